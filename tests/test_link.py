"""A run in a link: what is in it, what isn't, and fragments that nobody made."""

from __future__ import annotations

import gzip
import random
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from components.locale import Words
from components.streaming import Fault, Outcome, Trace
from components.streaming.records import Chunk, Ending, Read, Sent
from components.streaming.replay import shown_frames
from components.streaming.trace import About, BadRunFile, RunFile, open_run_file
from components.streaming.trace.link import LARGEST, LARGEST_TEXT, LONGEST, asked_in, link_to, text_in
from components.tabs.run_view import recorded
from components.tabs.session import Kept

KEY, SERVER = "sk-good-SECRETSECRETSECRET-7Q4Z", "llm.example.org"
ASKED = {"messages": [{"kwargs": {"content": "before"}}, {"kwargs": {"content": "<b>why?</b>"}}]}
FAULT = Fault(
    "unreachable",
    {"host": SERVER, "detail": f"No route to 10.1.2.3, https://{SERVER}/v1, {SERVER}:8000 or {SERVER}"},
)
NOTES = (("left_out", "temperature"), ("later", "{0.x}"), ("base_url", f"https://{SERVER}/v1"))


def run_of(path: Path, chunks: int, *, frames: bool = True, words: int = 9) -> RunFile:
    """A run that wrote so many chunks, each with a read before it, and failed."""
    trace, dice = Trace(About("openai", "gpt", "chat"), path=path), random.Random(3)
    trace.start("stream")
    trace.attempt(1, 0.1, [KEY], ASKED)
    for number in range(chunks):
        at = number / 50 + dice.random() / 100
        text = "".join(dice.choices("abcdefghij klmnop", k=words))
        trace.add(Read(at, 200 + dice.randrange(9), True))
        trace.add(Chunk(at + 0.001, dice.random(), text))
        if frames and not number % 4:
            trace.add(Sent(at + 0.002, 0.001, number + 1))
    trace.add(Chunk(chunks / 50, 1.0, f" {KEY} https://example.com/ is said"))
    trace.end(Ending(Outcome("stop", 3, chunks), FAULT, False, None, NOTES))
    return open_run_file(path)


def texts(run_file: RunFile) -> list[str]:
    """What each frame added."""
    return [
        "".join(record.text for record in frame.records if isinstance(record, Chunk))
        for frame in shown_frames(run_file)
    ]


def fragment(text: bytes, version: str = "1") -> str:
    return f"{version}.{urlsafe_b64encode(gzip.compress(text, mtime=0)).decode().rstrip('=')}"


def test_a_run_there_and_back(tmp_path: Path) -> None:
    run_file = run_of(tmp_path / "run.jsonl", 500)
    link = link_to([run_file.path])
    made = fragment(link.text.encode())
    assert len(made) < 20_000
    # As it is sent by hand, with what stands behind it.
    (tmp_path / "back.jsonl").write_bytes(text_in(f"{made}.)"))
    back = open_run_file(tmp_path / "back.jsonl")
    assert (back.count, back.damage, back.header.model) == (run_file.count, None, "gpt")
    assert texts(back) == texts(run_file)
    assert back.report is not None
    assert run_file.report is not None
    assert back.report.verdict == run_file.report.verdict
    assert back.report.first_token == pytest.approx(run_file.report.first_token, abs=1e-3)
    assert back.report.notes == NOTES[:2]
    assert recorded(Words("en"), back)["prompt"] == "<b>why?</b>"  # whatever it has been told
    assert asked_in(back.header.input) == "<b>why?</b>"
    for secret in (KEY, SERVER, "10.1.2.3", "before"):
        assert secret not in link.text
    assert "https://example.com/ is said" in link.text  # that is the reply


def test_a_race_there_and_back(tmp_path: Path) -> None:
    lanes = [run_of(tmp_path / f"{number}.jsonl", number * 10) for number in (1, 2)]
    back = tmp_path / "back.jsonl"
    back.write_bytes(text_in(fragment(link_to([lane.path for lane in lanes]).text.encode())))
    damage = open_run_file(back).damage
    assert damage is not None
    assert damage.kind == "several"
    kept = Kept()
    kept.open_race(back)
    opened = [open_run_file(lane.path).count for lane in kept.lanes if lane.path]
    assert opened == [lane.count for lane in lanes]
    kept.close()


def test_the_wire_is_left_out_where_there_is_no_room(tmp_path: Path) -> None:
    run_file = run_of(tmp_path / "run.jsonl", 1500)
    link = link_to([run_file.path])
    assert '"size"' not in link.text
    assert link.text.count('"busy"') == 1501
    assert 0 < link.size <= LARGEST


def test_what_is_too_large_says_how_large(tmp_path: Path) -> None:
    link = link_to([run_of(tmp_path / "run.jsonl", 2000, words=60).path])
    assert link.text == ""
    assert LARGEST < link.size < 120_000


WHOLE = fragment(b'{"some": "lines"}\n' * 100)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("", "link_damaged"),
        ("nonsense", "link_damaged"),
        ("1.", "link_damaged"),
        ("1.A", "link_damaged"),
        ("1.%%%", "link_damaged"),
        ("1." + urlsafe_b64encode(b"no gzip at all").decode(), "link_damaged"),
        (WHOLE[:-20], "link_damaged"),
        (WHOLE[:40] + "AAAA" + WHOLE[44:], "link_damaged"),
        (fragment(b"", "2"), "link_newer"),
        ("999999999.x", "link_newer"),
        (fragment(b"0" * (LARGEST_TEXT + 1)), "link_too_large"),
        (fragment(b"0" * 40_000_000), "link_too_large"),
        ("1." + "A" * LONGEST, "link_too_large"),
    ],
)
def test_fragments_that_hold_no_run(given: str, kind: str) -> None:
    with pytest.raises(BadRunFile) as refused:
        text_in(given)
    assert refused.value.kind == kind


def test_a_file_without_frames_is_shown_piece_by_piece(tmp_path: Path) -> None:
    frames = list(shown_frames(run_of(tmp_path / "run.jsonl", 100, frames=False)))
    assert len(frames) > 20
    assert frames[-1].report is not None
