"""Live frames: each row once, changed runs only, as it happens; the log and what it lets go."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tracemalloc
from dataclasses import asdict
from typing import Any

from components.locale import DEFAULT, Words
from components.streaming import READERS, Connection, Frame, Stop, Trace, run
from components.streaming.events import MOST_ROWS, Events
from components.streaming.records import Event, line_of
from components.tabs.events_view import EventsView
from tests import event_runs
from tests.app_process import ROOT
from tests.event_runs import Recorder, live, saying, scripted
from tests.runs import openai
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import pieces


async def test_rows_are_new_and_nodes_have_changed(openai_server: OpenAIServer) -> None:
    """`Shown` checks the rules of every frame; here the runs' rule, and the whole against the log."""
    before, said = dict[str, Any](), [""]
    plan = "chunks=40,hold_after=8+16+24+32,id=rows"

    def look(page: event_runs.Shown) -> None:
        if page.text != said[-1]:
            said.append(page.text)
            openai_server.release("rows")  # the next are for another frame
        for node in page.frames[-1].nodes:
            now = node | {"ticks": [], "customs": []}
            assert node["ticks"] or node["customs"] or now != before.get(node["id"])
            before[node["id"]] = now

    recorder = Recorder()
    page = await live(openai(openai_server.base_url, plan), recorder, seen=look)

    assert page.text == "".join(pieces("lorem", 40))
    assert len(page.frames) > 4
    assert len(said) > 4
    assert json.loads(json.dumps([asdict(frame) for frame in page.frames])) is not None
    for row in page.rows:
        event = json.loads(recorder.log.line(row["n"]) or "")
        if row["type"] == "lab":
            assert (event["lane"], event["at"]) == ("wire", row["at"])
        else:
            assert (event["at"], event["event"], event["run_id"]) == (row["at"], row["event"], row["run"])
    assert recorder.log.line(0) is recorder.log.line(len(page.rows) + 1) is None
    for node in page.nodes.values():
        streams = [row for row in page.rows if row["run"] == node["id"] and row["event"].endswith("_stream")]
        assert node["ticks"] == [row["at"] for row in streams]
        assert node["count"] == len(streams)
        with_text = [row["at"] for row in streams if row["preview"] and "finish" not in row["preview"]]
        assert node["first"] == (with_text[0] if with_text else None)
    assert page.report.method == "astream_events"


async def test_rows_come_while_the_model_is_silent(openai_server: OpenAIServer) -> None:
    stop = Stop()
    rows_before_stop = []

    def look(page: event_runs.Shown) -> None:
        if page.text == "".join(pieces("lorem", 5)) and not stop.is_set():
            rows_before_stop.extend(page.events)
            stop.set()

    page = await live(openai(openai_server.base_url, "stall_after=5"), stop=stop, seen=look)
    assert rows_before_stop.count("on_chat_model_stream") >= 5
    assert page.events[-1] == "lab_stopped"


async def test_the_first_rows_wait_for_no_text(openai_server: OpenAIServer) -> None:
    stop = Stop()
    page = await live(
        openai(openai_server.base_url, "stall_headers"),
        stop=stop,
        seen=lambda page: stop.set() if "on_chat_model_start" in page.events else None,
    )
    assert page.text == ""
    assert page.events[0] == "lab_attempt"


async def test_many_at_once_come_in_portions() -> None:
    view = EventsView(Words(DEFAULT), 1, Trace())
    running = run(scripted(length=700), READERS["astream_events"], rows=True)
    bodies = [
        json.loads(body)
        async for frame in running
        for message in view.messages(frame)
        for body in message.values()
    ]
    assert sum(len(body["rows"]) for body in bodies) == bodies[-1]["total"] > 2 * MOST_ROWS
    assert max(len(body["rows"]) for body in bodies) <= MOST_ROWS
    assert bodies[-1]["dropped"] == 0
    assert [body["going"] for body in bodies] == [True] * (len(bodies) - 1) + [False]


async def test_a_bounded_log_says_what_it_let_go() -> None:
    recorder = Recorder(limit=100)
    page = await live(scripted(length=300), recorder)

    last = page.frames[-1]
    assert last.total == recorder.log.last > 600
    assert last.dropped == last.total - 100
    assert recorder.log.last - recorder.log.dropped == 100
    assert recorder.log.line(last.dropped) is None
    assert recorder.log.line(last.dropped + 1) is not None
    assert page.rows[-1]["n"] == last.total
    # Ticks and text are not lost with the rows.
    assert page.named("ScriptedModel")["count"] == len(page.named("ScriptedModel")["ticks"]) >= 200
    assert page.report.characters == len(page.text)


def test_a_log_is_bounded_in_bytes_too() -> None:
    log = Events(limit=1000, most_bytes=10_000)

    def add(size: int) -> None:
        event = Event(0.0, "lab_attempt", "", "", [], [], {}, "")
        event.written(line_of(event).ljust(size))
        log.feed(Frame("", 0, records=[event]))

    for _ in range(100):
        add(1024)
    assert (log.last, log.dropped) == (100, 91)
    add(20_000)  # one alone may be larger
    assert (log.last, log.dropped) == (101, 100)


async def held(words: int) -> int:
    """Bytes that a trace holds after its run."""
    tracemalloc.start()
    try:
        trace = Trace()
        text = " ".join("word" for _ in range(words))
        async for _ in run(lambda: Connection(saying(text), "Hi"), READERS["astream_events"], trace=trace):
            pass
        gc.collect()
        assert trace.report is not None
        assert trace.report.chunks > words
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


async def test_memory_stays_though_the_run_goes_on() -> None:
    await held(100)  # imports
    short, long = await held(100), await held(700)
    print(f"{short / 1e3:.0f} kB after 200 chunks, {long / 1e3:.0f} kB after 1,400")
    assert long < short + 400_000


async def test_a_run_that_cannot_be_opened() -> None:
    def refuse() -> Connection:
        raise RuntimeError("no such thing")

    page = await live(refuse)
    assert page.events == ["lab_failed"]
    assert page.nodes == {}
    assert page.report.fault is not None


def test_importing_it_imports_no_langchain() -> None:
    code = (
        "import sys, components.streaming.events\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}"
        " & {'gradio', 'langchain_core', 'langgraph', 'openai', 'pydantic'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
