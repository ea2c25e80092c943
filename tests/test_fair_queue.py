"""The line of runs that wait: in order, with their places, whoever leaves it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from components.hosting.admission_control import ENDING, AdmissionControl, AdmissionTicket
from components.hosting.fair_queue import FairQueue
from components.settings import Settings
from components.streaming import READERS, Admission, Failure, Fault, Report, Stop, run
from tests.event_runs import scripted
from tests.runs import openai
from tests.servers.openai_api import OpenAIServer


class Waiting:
    """One in line, and the places it was told."""

    def __init__(self, line: FairQueue) -> None:
        self.places: list[int] = []
        self._more = asyncio.Event()
        self.task = asyncio.ensure_future(line.enter(self._tell))

    def _tell(self, place: int) -> None:
        self.places.append(place)
        self._more.set()

    async def told(self, place: int) -> None:
        async with asyncio.timeout(60):
            while not self.places or self.places[-1] != place:
                self._more.clear()
                await self._more.wait()


async def test_first_come_first_served() -> None:
    line = FairQueue(2, 10)
    inside = [Waiting(line) for _ in range(2)]
    await asyncio.gather(*(one.task for one in inside))
    assert [one.places for one in inside] == [[], []]
    first, second, third = (Waiting(line) for _ in range(3))
    for place, one in enumerate((first, second, third), 1):
        await one.told(place)
    line.leave()
    await first.told(0)
    await second.told(1)
    await third.told(2)
    second.task.cancel()
    await third.told(1)
    assert (line.inside, len(line.waiting)) == (2, 1)
    line.leave()
    await third.told(0)
    assert third.places == [3, 2, 1, 0]
    line.leave()
    line.leave()
    assert (line.inside, len(line.waiting)) == (0, 0)


async def test_one_who_leaves_as_the_turn_comes_gives_it_on() -> None:
    line = FairQueue(1, 10)
    await line.enter(print)
    first, second = Waiting(line), Waiting(line)
    await second.told(2)
    line.leave()  # first has its turn, but hasn't woken yet
    first.task.cancel()
    await second.told(0)
    await asyncio.wait([first.task])
    assert first.task.cancelled()
    line.leave()
    assert (line.inside, len(line.waiting)) == (0, 0)


async def test_a_full_line_and_one_who_does_not_wait() -> None:
    line = FairQueue(1, 1)
    await line.enter(print)
    with pytest.raises(Failure) as caught:
        await line.enter(print, wait=False)
    assert caught.value.fault.kind == "busy"
    one = Waiting(line)
    await one.told(1)
    with pytest.raises(Failure):
        await line.enter(print)
    line.leave()
    await one.told(0)


class Behind(Admission):
    """The admission of a run that has to wait in `line`."""

    def __init__(self, line: FairQueue) -> None:
        self.line = line
        self.left: list[Any] = []
        self.inside = False

    async def enter(self, tell: Any) -> None:
        await self.line.enter(tell)
        self.inside = True

    def leave(self, ran: Any) -> None:
        self.left.append(ran)
        if self.inside:
            self.line.leave()


@pytest.mark.parametrize("method", ["stream", "astream", "astream_events", "invoke"])
async def test_stop_in_line(method: str) -> None:
    line = FairQueue(1, 10)
    await line.enter(print)
    admission, stop = Behind(line), Stop()
    places = []
    async for frame in run(scripted(), READERS[method], stop=stop, admission=admission):
        places.append(frame.place)
        if frame.place == 1:
            stop.set()
    assert frame.report is not None
    assert (frame.report.verdict, frame.report.attempts, frame.report.closed_after) == ("stopped", 0, 0.0)
    assert 1 in places
    assert not line.waiting
    assert [ran.verdict for ran in admission.left] == ["stopped"]


async def test_a_reader_who_goes_leaves_the_line_and_the_place() -> None:
    line = FairQueue(1, 10)
    first = Behind(line)
    running = run(scripted(length=1000, rate=0.1), admission=first)
    async for frame in running:
        if frame.text:
            break
    second = Behind(line)
    waiting = run(scripted(), admission=second)
    async for frame in waiting:
        assert frame.place == 1
        break
    await waiting.aclose()
    assert (line.inside, len(line.waiting)) == (1, 0)
    await running.aclose()
    assert (line.inside, len(line.waiting)) == (0, 0)
    assert first.left[0].verdict == "stopped"
    assert first.left[0].text
    assert second.left[0].chunks == 0


async def test_its_turn_comes() -> None:
    line = FairQueue(1, 10)
    await line.enter(print)
    admission, text = Behind(line), ""
    async for frame in run(scripted(length=5, rate=0), admission=admission):
        text = frame.text
        if frame.place:
            line.leave()
    assert text
    (ran,) = admission.left
    assert (ran.verdict, ran.text, ran.fault) == ("streamed", text, None)
    assert ran.tokens > 0
    assert line.inside == 0


async def test_who_leaves_or_is_turned_away_as_a_place_is_given_takes_none() -> None:
    line = FairQueue(1, 10)
    await line.enter(print)
    leaving, away, last = (Waiting(line) for _ in range(3))
    await last.told(3)
    leaving.task.cancel()
    line.leave()  # before the one that leaves has seen it
    await away.told(0)
    with pytest.raises(asyncio.CancelledError):
        await leaving.task
    assert (line.inside, len(line.waiting)) == (1, 1)
    await asyncio.to_thread(line.turn_away, Fault("ending"))
    with pytest.raises(Failure, match="ending"):
        await last.task
    line.leave()
    assert (line.inside, len(line.waiting)) == (0, 0)


async def test_a_server_that_ends_lets_nobody_in_and_those_inside_try_again(
    openai_server: OpenAIServer,
) -> None:
    control = AdmissionControl(Settings(streams=1))
    admitted = [
        AdmissionTicket(control, name, {}, characters=1, waits=True) for name in ("in", "waits", "comes")
    ]
    model = "500,fail_times=1,hold_after=0,id=ends-meanwhile"
    source = openai(openai_server.base_url, model)

    in_line = asyncio.Event()

    async def ends(admission: Admission) -> Report:
        async for frame in run(source, admission=admission):
            if frame.place:
                in_line.set()
        assert frame.report is not None
        return frame.report

    running = asyncio.ensure_future(ends(admitted[0]))
    await asyncio.to_thread(openai_server.wait_for, lambda entry: True, model)
    waiting = asyncio.ensure_future(ends(admitted[1]))
    async with asyncio.timeout(60):
        await in_line.wait()
    await asyncio.to_thread(control.end)
    for refused in (await waiting, await ends(admitted[2])):
        assert (refused.fault, refused.attempts) == (ENDING, 0)
    assert not running.done()
    openai_server.release("ends-meanwhile", 2)
    report = await running
    assert (report.fault, report.attempts) == (None, 2)
    assert len(openai_server.requests(model)) == 2
