"""A race's lanes: side by side or one after the other, each limited and failing by itself; and its file."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path

import httpx  # noqa: F401, as the app has: openai looks into it, also where another thread has half imported it
import pytest

from components.providers import Choice, registry
from components.runs.ask import Ask, about
from components.runs.lab import Lab
from components.runs.race import LANE_CHAINS, MOST, WAITS, Lane, frames, join, replayed, split
from components.settings import Settings
from components.streaming import Frame, Report, Stop, Trace
from components.streaming.trace import BadRunFile, RunFile, open_run_file
from components.tabs.session import Kept
from tests.runs import KEY
from tests.servers.openai_api import OpenAIServer

QUICK = {"delay": "0", "rate": "100", "length": "20"}


def lane(
    lab: Lab, method: str = "stream", *, path: Path | None = None, chain: str = "chat", **values: str
) -> Lane:
    choice = Choice(values.pop("provider", "scripted"), values.pop("model", ""), values={**QUICK, **values})
    asked = Ask("Hi", [], choice, "", method, "someone")
    return Lane(asked, chain, Trace(about(lab, asked, chain), path=path), Stop())


async def raced(lab: Lab, *lanes: Lane) -> dict[int, Frame]:
    last: dict[int, Frame] = {}
    async with aclosing(frames(lab, lanes)) as running:
        async for new in running:
            last |= new
    return last


def reports(last: Mapping[int, Frame]) -> list[Report]:
    found = [last[number].report for number in sorted(last)]
    assert all(found)
    return [report for report in found if report]


async def test_each_lane_by_itself() -> None:
    lab = Lab(Settings(), registry(Settings()))
    last = await raced(
        lab,
        lane(lab),
        lane(lab, "invoke"),
        lane(lab, "astream", chain=WAITS, rate="40"),
        lane(lab, failure="drop", fail_after="5"),
    )
    told = [(report.method, report.verdict, report.chunks) for report in reports(last)]
    assert told[:3] == [("stream", "streamed", 20), ("invoke", "one_piece", 1), ("astream", "one_piece", 1)]
    # By a step that waits for the whole, unless this process itself was held up for longer.
    assert (told[3][1], reports(last)[2].held_by in ("langchain", "server")) == ("failed", True)
    assert len({last[number].text for number in range(3)}) == 1


async def test_a_lane_may_run_another_chain() -> None:
    lab = Lab(Settings(), registry(Settings()))
    lanes = [lane(lab, "astream_events", chain=name) for name in LANE_CHAINS if name != "json"]
    last = await raced(lab, *lanes)
    told = {
        lane.chain: (report.verdict, report.fault) for lane, report in zip(lanes, reports(last), strict=True)
    }
    assert told.pop(WAITS) == ("one_piece", None)
    assert list(told.values()) == [("streamed", None)] * len(told)
    assert last[LANE_CHAINS.index("agent") - 1].text != last[0].text


@pytest.mark.parametrize(
    ("limits", "kind"),
    [({"streams_per_visitor": 1}, "too_many_streams"), ({"runs_per_minute": 1}, "too_many_runs")],
)
async def test_limits_count_each_lane(limits: dict[str, int], kind: str) -> None:
    settings = Settings(**limits)  # type: ignore[arg-type]
    lab = Lab(settings, registry(settings))
    first, second = reports(await raced(lab, lane(lab), lane(lab)))
    assert (first.fault, second.fault and second.fault.kind) == (None, kind)


async def test_who_is_out_of_tokens_is_told_in_that_lane(openai_server: OpenAIServer) -> None:
    settings = Settings.load(
        None,
        {
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": openai_server.base_url,
            "HOSTED": "1",
            "TOKENS_PER_DAY": "9",
        }
        | {"PUBLIC_PROVIDERS": "scripted,openai", "MODEL": "chunks=20", "PROVIDER": "openai"},
    )
    lab = Lab(settings, registry(settings))

    def owners() -> Lane:
        return lane(lab, provider="openai", model="chunks=20")

    assert (await raced(lab, owners()))[0].text
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "spend"))
    first, second = reports(await raced(lab, lane(lab), owners()))
    assert (first.fault, second.fault and second.fault.kind) == (None, "tokens_spent")


async def test_one_after_the_other_on_the_embedded_model() -> None:
    """Without weights: each fails, and the next has its turn."""
    settings = Settings.load(None, {"LOCAL_MODEL": "/no/such/model.gguf"})
    lab = Lab(settings, registry(settings))
    lanes = [lane(lab, provider="local"), lane(lab), lane(lab, provider="local", dialect="messages")]
    order: list[int] = []
    async with aclosing(frames(lab, lanes)) as running:
        async for new in running:
            order += [number for number, frame in new.items() if frame.report]
    assert sorted(order) == [0, 1, 2]
    assert order.index(0) < order.index(2)
    assert lanes[2].trace.about.dialect == "messages"


async def test_one_file_holds_it_and_gives_it_back(tmp_path: Path) -> None:
    lab, paths = Lab(Settings(), registry(Settings())), [tmp_path / "0", tmp_path / "1"]
    live = await raced(lab, lane(lab, path=paths[0]), lane(lab, "invoke", path=paths[1]))
    whole, new = tmp_path / "race", [tmp_path / f"part-{number}" for number in range(MOST)]
    join(paths, whole)
    text = whole.read_bytes()
    parts = split(whole, new)
    assert [part.read_bytes() for part in parts] == [path.read_bytes() for path in paths]
    assert not whole.exists()

    run_files, last = [open_run_file(part) for part in parts], dict[int, Frame]()
    async with aclosing(replayed(lab, run_files, "someone", Stop())) as playing:
        async for frame in playing:
            last |= frame
    assert reports(last) == reports(live)
    assert [last[n].text for n in (0, 1)] == [live[n].text for n in (0, 1)]

    def opened(data: bytes) -> list[RunFile]:
        whole.write_bytes(data)
        return [open_run_file(part) for part in split(whole, new)]

    for form in (gzip.compress(text), text.decode().encode("utf-16"), b"\xef\xbb\xbf" + text):
        kept = Kept()
        whole.write_bytes(form)
        kept.open_race(whole)
        lanes = [open_run_file(lane.path).count for lane in kept.lanes if lane.path]
        assert lanes == [one.count for one in run_files]
        assert not whole.exists()
        kept.close()

    head = text.splitlines(keepends=True)[0]
    damaged = [one.damage for one in opened(text.replace(b'"lane":"chunk"', b'"lane":"gone"', 1))]
    assert (damaged[0] is not None, damaged[1]) == (True, None)
    assert len(opened(head * MOST)) == MOST
    for bad, kind in ((b"", "empty"), (b"no run\n", "foreign"), (head * (MOST + 1), "damaged")):
        with pytest.raises(BadRunFile) as refused:
            opened(bad)
        assert refused.value.kind == kind
        assert not whole.exists()
