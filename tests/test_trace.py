"""Traces of any kind: what a run's report says, its replay says; every beginning of its file opens."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.streaming import Fault, Outcome, Report, Trace
from components.streaming.meter import PACE, Meter
from components.streaming.records import Chunk, Ending, Phase, Read, Record, Sent, line_of
from components.streaming.replay import replay
from components.streaming.trace import open_run_file, seen_by_page

KEY = "sk-good-SECRETSECRETSECRET-7Q4Z"

# Clocks that stand still, jump on and jump back; a run is never a negative time old.
TIMES = st.floats(0, 1e5, allow_nan=False)
TEXTS = st.text(max_size=8) | st.sampled_from(["", " ", "\ud83d", KEY, KEY[:12], KEY[12:], "日本"])
FAULTS = st.sampled_from([Fault("cut_off"), Fault("dropped", {"detail": f"with {KEY}"}, retryable=True)])
COUNTS = st.none() | st.integers(0, 10**6)
RECORDS: st.SearchStrategy[Record] = st.one_of(
    st.builds(
        Chunk,
        TIMES,
        TIMES,
        TEXTS,
        kind=st.sampled_from(["text", "reasoning", "tool_call"]),
        name=st.sampled_from(["", "f"]),
        call=st.integers(0, 3),
        heard=st.booleans(),
    ),
    st.builds(Read, TIMES, st.integers(0, 10**6), st.booleans()),
    st.builds(Sent, TIMES, st.floats(0, 10), st.integers(0, 100)),
    st.builds(Phase, TIMES, st.just("attempt"), seconds=st.floats(0, 10), attempt=st.integers(1, 3)),
    st.builds(Phase, TIMES, st.just("queued"), place=st.integers(0, 9)),
    st.builds(Phase, TIMES, st.just("retry"), seconds=st.floats(0, 9), attempt=st.just(2), fault=FAULTS),
    st.builds(Phase, TIMES, st.just("late"), seconds=st.floats(0, 9)),
    st.builds(Phase, TIMES, st.just("headers"), status=st.just(200)),
    st.builds(Phase, TIMES, st.just("progress"), done=st.integers(0, 9), total=st.integers(0, 9)),
    st.builds(Phase, TIMES, st.sampled_from(["opening", "connecting", "connected", "sent", "stop"])),
)
ENDINGS = st.builds(
    Ending,
    st.builds(Outcome, st.sampled_from(["", "stop", "length"]), COUNTS, COUNTS, COUNTS),
    st.none() | FAULTS,
    st.booleans(),
    st.none() | st.floats(0, 9),
    st.sampled_from([(), (("base_url", f"http://me:{KEY}@host/v1"),)]),
)
ANY = settings(max_examples=60)


def run(path: Path | None, records: list[Record], ending: Ending | None) -> Trace:
    trace = Trace(path=path)
    trace.start("stream")
    trace.attempt(1, 0.0, (KEY,), {"question": KEY})
    for record in records:
        trace.add(record)
    if ending is not None:
        trace.end(ending)
    trace.close()
    return trace


@ANY
@given(st.lists(RECORDS, max_size=30), ENDINGS)
async def test_a_replay_says_what_the_run_said(tmp_path: Path, records: list[Record], ending: Ending) -> None:
    path = tmp_path / "run.jsonl"
    trace = run(path, records, ending)

    run_file = open_run_file(path)
    assert (run_file.damage, run_file.report) == (None, trace.report)
    assert list(run_file.records()) == trace.frame().records
    last = [frame async for frame in replay(run_file, speed=math.inf)][-1]
    assert last.report == trace.report
    assert KEY not in path.read_text("utf-8")
    check(trace.report)


OVER = Ending(Outcome("stop"), None, stopped=False, closed_after=None)
# Ten frames a second, of which the page had the last seven when the last was sent, and painted them all then.
FRAMES: list[Record] = [Sent(number / 10, 0.0, number) for number in range(1, 11)]
CAME = [(number, 1.0 if number > 3 else number / 10, 1.1) for number in range(1, 11)]


def test_what_the_page_tells_of_a_run_joins_it(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    trace = run(path, together(chunks(0.05, 0.1, 10), FRAMES), OVER)
    before, (live, records) = trace.report, (path.read_bytes(), open_run_file(path).count)
    assert before is not None
    by_page = seen_by_page(CAME, 0.01)
    assert by_page is not None
    report = trace.seen(by_page)
    assert report is not None
    assert report == replace(before, held_frames=4, held_back=report.held_back)
    assert report.held_back == pytest.approx(0.6)
    opened = open_run_file(path)
    assert (opened.report, opened.count, opened.damage) == (report, records + 1, None)
    assert list(opened.records())[-1] == by_page
    assert path.read_bytes().startswith(live[: live.rindex(b'{"report"')])
    # Once, and where there is still a file.
    assert trace.seen(by_page) is None
    trace = run(path, FRAMES, OVER)
    path.unlink()
    assert trace.seen(by_page) is not None
    assert not path.exists()


@pytest.mark.parametrize(
    ("frames", "busy", "held"),
    [
        ([(number, number / 10, 2.0) for number in range(1, 11)], 0.0, 0),  # drawn late, but come at once
        ([(number, number / 10 + 0.2, 2.0) for number in range(1, 11)], 0.0, 0),  # far away
        (CAME, 0.5, 0),  # the page could not look
        (CAME[:5], 0.0, 0),  # too few
        ([*CAME, (99, 5.0, 5.0)], 0.0, 4),  # one that was never sent
    ],
)
def test_whether_the_way_to_the_page_held_frames(
    frames: list[tuple[int, float, float]], busy: float, held: int
) -> None:
    trace = run(None, FRAMES, OVER)
    by_page = seen_by_page(frames, busy)
    assert by_page is not None
    report = trace.seen(by_page)
    assert report is not None
    assert report.held_frames == held


@pytest.mark.parametrize(
    ("frames", "busy"),
    [
        (None, None),
        ("1", 0),
        ([[1, 0.1]], 0),
        ([[0, 0.1, 0.1]], 0),
        ([[1, -0.1, 0.1]], 0),
        ([[1, math.nan, 0.1]], 0),
        ([[1, 0.1, math.inf]], 0),
        ([[1, 0.1, 0.1]], math.nan),
        ([[1, 0.1, {}]], 0),
        ([[1, 0.1, 0.1]] * 20_001, 0),
    ],
)
def test_what_no_page_of_ours_tells_is_nothing(frames: object, busy: object) -> None:
    assert seen_by_page(frames, busy) is None


def check(report: Report | None) -> None:
    """No clock makes a time negative, and no phase begins before the one before it ends."""
    assert report is not None
    times = {name: value for name, value in asdict(report).items() if isinstance(value, float)}
    assert [name for name, value in times.items() if value < 0] == []
    for one, next_ in zip(report.phases, report.phases[1:], strict=False):
        assert one.name != next_.name
        assert one.at + one.seconds == pytest.approx(next_.at)


@ANY
@given(st.lists(RECORDS, max_size=12), st.none() | ENDINGS, st.floats(0, 1))
def test_any_beginning_of_a_file_opens(
    tmp_path: Path, records: list[Record], ending: Ending | None, part: float
) -> None:
    """Cut at any byte, in the middle of a letter too; the header is written at once."""
    path = tmp_path / "run.jsonl"
    run(path, records, ending)
    whole = path.read_bytes()
    head = whole.index(b"\n") + 1
    path.write_bytes(whole[: head + math.ceil(part * (len(whole) - head))])
    run_file = open_run_file(path)
    assert run_file.damage is None
    # The end of the run's last record may be there without the line's, and without the report behind it.
    assert run_file.report is None or ending is not None


def test_a_hundred_thousand_records(tmp_path: Path) -> None:
    chunks: list[Record] = [Chunk(number / 1000, 0.0, "ab") for number in range(100_000)]
    trace = run(tmp_path / "run.jsonl", chunks, Ending(Outcome("stop"), None, False, None))

    assert trace.report is not None
    assert trace.report.chunks == 100_000
    assert open_run_file(tmp_path / "run.jsonl").report == trace.report


def test_a_disk_that_is_full() -> None:
    trace = run(Path("/dev/full"), [Chunk(0.1, 0.0, "a")], Ending(Outcome("stop"), None, False, None))
    assert trace.trouble == "disk_full"
    assert trace.report is not None
    assert trace.report.chunks == 1


def reads(first: float, gap: float, count: int) -> list[Record]:
    return [Read(first + gap * number, 100, True) for number in range(count)]


def chunks(first: float, gap: float, count: int) -> list[Record]:
    return [Chunk(first + gap * number, 0.0, "ab") for number in range(count)]


def together(*lanes: list[Record]) -> list[Record]:
    return sorted((record for lane in lanes for record in lane), key=lambda record: record.at)


HELD: dict[str, tuple[list[Record], str]] = {
    "the model was silent": (
        together(reads(0.5, 0.1, 3), reads(2.0, 0.1, 3), chunks(0.501, 0.1, 3), chunks(2.001, 0.1, 3)),
        "model",
    ),
    "keep-alives are no reply": (
        together([Read(n / 10, 9, False) for n in range(20)], reads(2.0, 0.01, 9), chunks(2.001, 0.001, 9)),
        "model",
    ),
    "a step waits for all": (together(reads(0.1, 0.1, 20), chunks(2.1, 0.0001, 20)), "langchain"),
    "a step works before it asks": (
        together([Phase(3.0, "sent")], reads(3.1, 0.01, 5), chunks(3.101, 0.0001, 5)),
        "langchain",
    ),
    "frames are late": (
        together(reads(0.1, 0.1, 9), chunks(0.101, 0.1, 9), [Sent(0.11, 0.0, 1), Sent(1 + PACE, 0.0, 9)]),
        "server",
    ),
    "a reader takes nothing": (
        together(reads(0.1, 0.1, 9), chunks(0.101, 0.1, 9), [Sent(0.95, 0.8, 9)]),
        "reader",
    ),
    "nothing came": ([], ""),
}


@pytest.mark.parametrize("name", HELD)
def test_who_held_it(name: str) -> None:
    records, by = HELD[name]
    meter = Meter("stream")
    started: list[Record] = [Phase(0.0, "attempt")]
    if not any(isinstance(record, Phase) for record in records):
        started.append(Phase(0.0, "sent"))
    for record in (*started, *records, Phase(9.0, "end", ending=Ending(Outcome("stop"), None, False, None))):
        meter.feed(record)
    assert meter.report is not None
    assert meter.report.held_by == by


def test_the_phases() -> None:
    meter = Meter("stream")
    for record in (
        Phase(0.0, "queued", place=2),
        Phase(1.0, "opening"),
        Phase(1.5, "attempt"),
        Phase(1.6, "connecting"),
        Phase(1.8, "sent"),
        Phase(2.0, "headers", status=500),
        Phase(2.1, "retry", seconds=1.0, attempt=2, fault=Fault("server_error")),
        Phase(3.1, "opening"),
        Phase(3.2, "attempt"),
        Phase(3.3, "sent"),
        Phase(3.5, "progress", done=1, total=2),
        Chunk(4.0, 0.0, "Hm", "reasoning"),
        Chunk(5.0, 0.0, "Yes"),
        Phase(6.0, "end", ending=Ending(Outcome("stop"), None, False, None)),
    ):
        meter.feed(record)
    assert meter.report is not None
    assert [(span.name, span.at, round(span.seconds, 3)) for span in meter.report.phases] == [
        ("queued", 0.0, 1.0),
        ("connecting", 1.0, 0.8),
        ("waiting", 1.8, 0.3),
        ("retrying", 2.1, 1.0),
        ("connecting", 3.1, 0.2),
        ("waiting", 3.3, 0.2),
        ("reading", 3.5, 0.5),
        ("thinking", 4.0, 1.0),
        ("writing", 5.0, 1.0),
    ]


def test_a_record_takes_one_line() -> None:
    assert (
        line_of(Phase(0.5, "headers", status=200))
        == b'{"lane":"wire","at":0.5,"phase":"headers","status":200}\n'
    )
    assert line_of(Read(0.5, 7, True)) == b'{"lane":"wire","at":0.5,"size":7,"content":true}\n'
