"""The runner of lessons: Stop, faults, bounds, and two visitors at once."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from components.lessons import lessons, reader_of
from components.lessons.reader import CHARACTERS
from components.lessons.registry import read
from components.providers import Choice, registry
from components.settings import Settings
from components.streaming import Connection, Failure, Frame, Stop, run
from components.streaming.frame import LINES
from components.streaming.stop import Stopped
from tests.lesson_runs import Played, play, source
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import ENDLESS

KEY = "sk-good-SECRETSECRETSECRET-7Q4Z"
# Those that ask the model, by what they ask it with.
ASKING = [name for name in lessons() if name not in ("a_retriever", "passed_on_by_itself")]


def openai(server: OpenAIServer, name: str, model: str) -> Callable[[], Connection]:
    provider = registry(Settings.load(None, {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}))[
        "openai"
    ]
    return source(provider, name, Choice("openai", model, max_tokens=1000))


def scripted(name: str, max_tokens: int = 512, **values: str) -> Callable[[], Connection]:
    given = {"rate": "0", "delay": "0"} | values
    return source(registry(Settings())["scripted"], name, Choice("scripted", "", 0, max_tokens, given))


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainDeprecationWarning")
@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize("name", ASKING)
async def test_stop_closes_the_model_s_connection(name: str, openai_server: OpenAIServer) -> None:
    text = "json" if name == "structured_output" else "lorem"  # it gives up on what is no JSON
    model = f"{ENDLESS},text={text},id=lesson-{name}"
    stop = Stop()

    async def press() -> float:
        entry = await asyncio.to_thread(
            openai_server.wait_for, lambda entry: entry.first_byte is not None, model
        )
        assert entry.closed is None
        pressed = time.monotonic()
        stop.set()
        return pressed

    pressing = asyncio.create_task(press())
    played = await play(name, openai(openai_server, name, model), stop=stop)
    pressed = await pressing
    ended = played.report
    assert ended.verdict == "stopped"
    assert ended.fault is None
    assert ended.closed_after is not None
    entry = await asyncio.to_thread(
        openai_server.wait_for, lambda entry: entry.closed is not None and entry.closed > pressed, model
    )
    assert entry.closed is not None
    after = entry.closed - pressed
    print(f"{name}: closed {after * 1000:.0f} ms after Stop, told {ended.closed_after * 1000:.0f} ms")
    assert entry.finished is None


@pytest.mark.parametrize("plan", ["stall_first", "stall_headers"])
@pytest.mark.parametrize("name", ["stream", "astream", "auto_streaming", "fastapi"])
async def test_stop_before_the_first_chunk(name: str, plan: str, openai_server: OpenAIServer) -> None:
    model = f"{plan},id=lesson-{name}"
    stop = Stop()

    async def press() -> None:
        await asyncio.to_thread(openai_server.wait_for, lambda entry: True, model)
        stop.set()

    pressing = asyncio.create_task(press())
    played = await play(name, openai(openai_server, name, model), stop=stop)
    await pressing
    assert played.report.closed_after is not None
    await asyncio.to_thread(openai_server.wait_for, lambda entry: entry.closed is not None, model)


OWN_WORDS = ['password = input("x")', "{'Authorization': 'Bearer ' + token}", "****", "sk-learn-contrib"]


async def test_the_models_own_words_stay_and_a_key_does_not(openai_server: OpenAIServer) -> None:
    """The key is struck out even where a line is cut."""
    said = [*OWN_WORDS, f"It is {KEY}.", "x" * (CHARACTERS - 10) + KEY]
    provider = registry(
        Settings.load(None, {"OPENAI_BASE_URL": openai_server.base_url, "OPENAI_API_KEY": KEY})
    )["openai"]
    choice = Choice("openai", "recite", max_tokens=10_000)
    played = await play("stream", source(provider, "stream", choice, json.dumps(said)))

    *words, key, long = [text for text in played.texts if text != "[]"]
    assert words == [repr(word) for word in OWN_WORDS]
    assert key == "'It is [struck out].'"
    assert long == "'" + "x" * (CHARACTERS - 10) + "[struck o"


async def test_closing_the_iterator_ends_it(openai_server: OpenAIServer) -> None:
    model = f"{ENDLESS},id=lesson-closed"
    stop = Stop()
    frames = run(openai(openai_server, "stream", model), reader_of(lessons()["stream"], stop), stop=stop)
    async for frame in frames:
        if frame.lines:
            break
    await frames.aclose()
    entry = await asyncio.to_thread(openai_server.wait_for, lambda entry: entry.closed is not None, model)
    assert entry.finished is None


@pytest.mark.parametrize("name", [name for name in lessons() if "create_server" in lessons()[name].source])
async def test_its_server_is_gone_however_it_ends(name: str) -> None:
    """Stop is an exception in what it shows, and then a cancellation that finds it cleaning up."""
    loop = asyncio.get_running_loop()

    def show(shown: object) -> None:
        # uvicorn takes at least a tenth of a second to end.
        loop.call_soon_threadsafe(loop.call_later, 0.05, running.cancel)
        raise Stopped

    connection = scripted(name)()
    running = asyncio.ensure_future(lessons()[name].load(show)(connection.model, connection.value))
    with pytest.raises((Stopped, asyncio.CancelledError)):
        await running
    listening = [one for one in psutil.Process().net_connections() if one.status == psutil.CONN_LISTEN]
    assert listening == []


async def test_stop_while_the_provider_is_opened() -> None:
    opening, go_on, closed = threading.Event(), threading.Event(), threading.Event()
    stop = Stop()

    def opened() -> Connection:
        opening.set()
        assert go_on.wait(60)
        return Connection(model=None, close=closed.set)

    async def press() -> None:
        await asyncio.to_thread(opening.wait, 60)
        stop.set()

    pressing = asyncio.create_task(press())
    played = await play("stream", opened, stop=stop)
    await pressing
    assert played.report.closed_after == 0
    assert played.lines == []
    go_on.set()
    assert await asyncio.to_thread(closed.wait, 60)


@pytest.mark.parametrize(
    ("name", "plan", "kind", "lines"),
    [
        ("stream", "401", "unauthorized", 0),
        ("astream", "429", "rate_limited", 0),
        ("stream", "chunks=50,rate=100,drop_after=7", "dropped", 5),
        ("string_parser", "chunks=50,rate=100,malformed_after=7", "malformed", 5),
        ("langgraph_modes", "500", "server_error", 2),
        ("fastapi", "401", "unauthorized", 0),
        ("fastapi", "chunks=50,rate=100,drop_after=7", "dropped", 3),
        ("astream", "chunks=9,close_after=7", "cut_off", 5),
    ],
)
async def test_a_fault_ends_it(
    name: str,
    plan: str,
    kind: str,
    lines: int,
    openai_server: OpenAIServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    played = await play(name, openai(openai_server, name, f"{plan},id=lesson-fault"))
    assert played.report.fault is not None
    assert played.report.fault.kind == kind
    assert played.report.verdict != "stopped"
    assert len(played.lines) >= lines
    assert KEY not in caplog.text


@pytest.mark.parametrize("name", ["stream", "astream"])
async def test_it_is_tried_again_while_nothing_has_come(name: str, openai_server: OpenAIServer) -> None:
    played = await play(name, openai(openai_server, name, f"500,fail_times=1,chunks=5,id=again-{name}"))
    assert played.report.fault is None
    assert played.report.attempts == 2
    retries = [frame.retry for frame in played.frames if frame.retry]
    assert {retry.fault.kind for retry in retries if retry.fault} == {"server_error"}
    assert len(played.lines) >= 5


@pytest.mark.parametrize(
    "name", ["json_grows", "a_step_that_waits", "a_generator_step", "events_get_through"]
)
async def test_a_model_that_says_no_json(name: str) -> None:
    played = await play(name, scripted(name, language="en"))
    assert played.report.fault is not None
    assert (played.report.fault.kind, played.lines) == ("unreadable", [])


async def test_a_provider_that_cannot_be_opened() -> None:
    def opened() -> Connection:
        raise Failure("missing", fields="api_key")

    played = await play("stream", opened)
    assert played.report.fault is not None
    assert played.report.fault.kind == "missing"


async def test_a_lesson_prints_as_python_may(tmp_path: Path) -> None:
    """Each time it prints is a line, so that the page shows when that was."""
    file = tmp_path / "lesson_99_prints.py"
    prints = ('"a", "b", sep="", end="|", flush=True', '"c", end=""', 'end=""', "")
    body = "".join(f"    print({given})\n" for given in prints)
    file.write_text(f'"""Print."""\n\n\ndef lesson(model, prompt):\n{body}')
    file.with_suffix(".toml").write_text('theme = "basics"\nprompt = "Hi"\n[en]\ntext = "Look."\n')
    stop = Stop()
    async for frame in run(scripted("stream"), reader_of(read(file), stop), stop=stop):
        lines = [line.text for line in frame.lines]
    assert (lines, frame.report and frame.report.fault) == (["ab|", "c", " "], None)


async def test_output_is_bounded() -> None:
    played = await play("stream", scripted("stream", max_tokens=3000, length="3000"))
    assert len(played.lines) == LINES
    assert played.report.chunks == 3002
    assert played.frames[-1].left_out == 3002 - LINES
    long = await play("chunks_add_up", scripted("chunks_add_up", max_tokens=400, length="400"))
    assert max(map(len, long.texts)) == CHARACTERS


async def test_frames_are_fewer_than_lines_and_their_times_those_of_arrival() -> None:
    played = await play("stream", scripted("stream", rate="100", length="100"))
    assert 1 < len(played.frames) < len(played.lines)
    times = [line.at for line in played.lines]
    assert times == sorted(times)
    assert times[-1] > 0.3


async def test_one_visitor_does_not_wait_for_another() -> None:
    """One lesson blocks its thread; others come and go meanwhile."""
    stuck = threading.Event()

    def opened() -> Connection:
        connection = registry(Settings())["scripted"].open(Choice("scripted", values={"rate": "0"}))

        def hold() -> None:
            stuck.wait(300)

        return Connection(Held(connection, hold), "hi", connection.abort)

    waiting = asyncio.create_task(play("stream", opened))
    others = await asyncio.gather(*(play("astream", scripted("astream", length="20")) for _ in range(5)))
    assert all(other.report.fault is None and len(other.lines) > 20 for other in others)
    assert not waiting.done()
    stuck.set()
    assert (await waiting).report.fault is None


async def test_two_visitors_of_one_lesson_share_nothing() -> None:
    """Its server is a run's own."""
    english, japanese = await asyncio.gather(
        *(play("three_dialects", scripted("three_dialects", language=language)) for language in ("en", "ja"))
    )
    assert len(english.among("'Streaming'")) == len(japanese.among("'スト'")) == 3
    assert not english.among("'スト'")
    assert not japanese.among("'Streaming'")


class Held:
    """A model whose first chunk blocks its thread."""

    def __init__(self, connection: Connection, hold: Callable[[], None]) -> None:
        self.callbacks: Any = None
        self._connection = connection
        self._hold = hold

    def stream(self, prompt: str) -> Any:
        self._hold()
        return self._connection.model.stream(prompt)


async def test_the_view_may_be_slow() -> None:
    def slow(frame: Frame) -> None:
        time.sleep(0.02)

    played: Played = await play("stream", scripted("stream", rate="300", length="100"), seen=slow)
    assert len(played.lines) == 102
