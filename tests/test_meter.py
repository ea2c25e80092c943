"""The figures of a run and its one word, from arrivals whose times are given."""

from __future__ import annotations

import pytest

from components.streaming import Fault, Outcome, Report, Verdict
from components.streaming.meter import Meter
from components.streaming.records import Chunk, Ending, Phase

DONE = Outcome("stop", input_tokens=7, output_tokens=11)


def report(
    first: float,
    gaps: list[float],
    *,
    work: float = 0.0001,
    late: float = 0.0,
    outcome: Outcome = DONE,
    fault: Fault | None = None,
    stopped: bool = False,
) -> Report:
    """A run whose first text came after `first` seconds, the others after `gaps`, each `work` to read."""
    meter = Meter("stream")
    meter.feed(Phase(0.0, "attempt", seconds=0.25))
    at, busy = first, 1.0
    chunks = [Chunk(at, busy, ""), Chunk(at, busy, "ab")]
    for gap in gaps:
        at, busy = at + gap, busy + work
        chunks.append(Chunk(at, busy, "cd"))
    for chunk in chunks:
        meter.feed(chunk)
    meter.feed(Phase(at, "late", seconds=late))
    return ended(meter, at + 0.001, Ending(outcome, fault, stopped, 0.5 if stopped else None))


def ended(meter: Meter, at: float, ending: Ending) -> Report:
    meter.feed(Phase(at, "end", ending=ending))
    assert meter.report is not None
    return meter.report


def test_the_figures_of_a_reply() -> None:
    told = report(0.5, [0.1] * 5 + [0.3] + [0.1] * 4)

    assert told.first_token == pytest.approx(0.5, abs=0.01)
    assert told.seconds == pytest.approx(0.5 + 1.2, abs=0.01)
    assert told.longest_gap == pytest.approx(0.3, abs=0.001)
    assert told.tokens_per_second == pytest.approx(10 / 1.2, rel=0.01)
    assert (told.chunks, told.characters, told.setup, told.attempts) == (11, 22, 0.25, 1)
    assert told.outcome == DONE
    assert told.verdict is Verdict.STREAMED


@pytest.mark.parametrize(
    ("first", "gaps", "work", "verdict"),
    [
        (0.5, [0.01] * 100, 0.0001, Verdict.STREAMED),
        (5.0, [0.01] * 100, 0.0001, Verdict.STREAMED),  # late, but then a hundred a second
        (2.0, [0.0001] * 100, 0.0001, Verdict.ONE_PIECE),
        (2.0, [0.0015] * 300, 0.0014, Verdict.ONE_PIECE),  # the gaps are the reader's own work
        (2.0, [0.0020] * 1100, 0.0019, Verdict.STREAMED),  # as on a busy loop, which reads for long
        (0.01, [0.0001] * 100, 0.0001, Verdict.STREAMED),  # at once, and nobody had to wait
        (1.0, [], 0.0, Verdict.ONE_PIECE),
    ],
)
def test_whether_it_streamed(first: float, gaps: list[float], work: float, verdict: Verdict) -> None:
    assert report(first, gaps, work=work).verdict is verdict


@pytest.mark.parametrize(
    ("late", "verdict"), [(0.1, Verdict.ONE_PIECE), (0.3, Verdict.STREAMED), (1.2, Verdict.STREAMED)]
)
def test_what_came_while_nobody_could_look_is_held_against_no_one(late: float, verdict: Verdict) -> None:
    assert report(1.0, [0.0001] * 100, late=late).verdict is verdict


def test_stop_and_faults_come_before_how_it_came() -> None:
    steady = [0.01] * 20
    assert report(0.1, steady, fault=Fault("dropped")).verdict is Verdict.FAILED
    assert report(0.1, steady, fault=Fault("cut_off")).verdict is Verdict.CUT_OFF
    told = report(0.1, steady, outcome=Outcome(), stopped=True)
    assert (told.verdict, told.closed_after) == (Verdict.STOPPED, 0.5)


def test_the_time_in_which_a_run_asks_its_reader_is_nobody_s_gap() -> None:
    meter = Meter("astream_events")
    for record in (
        Phase(0.0, "attempt", seconds=0.0),
        Chunk(0.1, 0.0, "ab"),
        Phase(0.2, "asking"),
        Phase(60.2, "answered"),
        Chunk(60.3, 0.0, "cd"),
    ):
        meter.feed(record)
    told = ended(meter, 60.4, Ending(DONE, None, False, None))
    assert told.longest_gap == pytest.approx(0.2)
    assert told.tokens_per_second == pytest.approx(10 / 0.2)


def test_no_usage_gives_no_rate() -> None:
    assert report(0.1, [0.1], outcome=Outcome("stop")).tokens_per_second is None
    assert report(0.1, []).tokens_per_second is None


def test_nothing_came() -> None:
    told = ended(Meter("stream"), 3.0, Ending(Outcome(), Fault("missing"), False, None))

    assert (told.first_token, told.tokens_per_second, told.attempts, told.chunks) == (None, None, 0, 0)
    assert told.seconds == 0
