"""One line of JSON for each run: what it says, and what it never says."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from components.hosting.admission_control import RUNS
from components.lessons.registry import find
from components.providers import Choice, registry
from components.runs import ask as asks
from components.runs import json as json_run
from components.runs import lesson
from components.runs.ask import Ask
from components.runs.lab import Lab
from components.settings import Settings
from components.streaming import Stop
from tests.app_process import ROOT, clean_environment
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD, ENDLESS

KEY = "sk-good-OWNERS-KEY-0123456789"
VISITOR = "0123456789abcdef"
FIELDS = {
    *("time", "kind", "provider", "model", "method", "first_token", "seconds", "chunks", "tokens"),
    *("verdict", "fault", "visitor"),
}


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())

    @property
    def last(self) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(self.texts[-1])
        return line


@pytest.fixture
def log() -> Iterator[Lines]:
    lines = Lines()
    RUNS.addHandler(lines)
    RUNS.setLevel(logging.INFO)
    yield lines
    RUNS.removeHandler(lines)


def lab(server: OpenAIServer, **more: Any) -> Lab:
    settings = Settings(variables={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}, **more)
    return Lab(settings, registry(settings))


def asking(message: str, method: str = "stream") -> Ask:
    return Ask(message, [], Choice("openai", AS_TOLD), "", method, VISITOR)


async def all_of(frames: Any) -> Any:
    async with aclosing(frames):
        return [frame async for frame in frames][-1]


async def test_every_kind_of_run(openai_server: OpenAIServer, log: Lines) -> None:
    ours = lab(openai_server)
    plan = asking("chunks=6")
    found = find("stream")
    assert found is not None
    of_events = replace(plan, method="astream_events")
    runs = {
        "chat": (asks.frames(ours, plan, Stop()), "stream"),
        "test": (asks.frames(ours, plan, Stop(), kind="test"), "stream"),
        "json": (json_run.frames(ours, json_run.JsonReply(plan, None, constrain=True), Stop()), "stream"),
        "events": (asks.frames(ours, of_events, Stop(), kind="events", rows=True), "astream_events"),
        "lesson stream": (lesson.frames(ours, found, plan, Stop()), "stream"),
    }
    for kind, (frames, method) in runs.items():
        before = len(log.texts)
        await all_of(frames)
        assert len(log.texts) == before + 1, kind
        line = log.last
        assert set(line) == FIELDS
        assert (line["kind"], line["method"], line["visitor"]) == (kind, method, VISITOR)
        assert (line["provider"], line["model"]) == ("openai", AS_TOLD)
        assert line["tokens"] > 0, kind
        if kind != "json":
            assert line["fault"] is None, line
            assert line["verdict"] in ("streamed", "one_piece", "ended")
            assert line["chunks"] >= 6
            assert 0 < line["first_token"] <= line["seconds"]


async def test_a_visitor_s_own_tokens_are_nobody_s_to_estimate(
    openai_server: OpenAIServer, log: Lines
) -> None:
    ours = lab(openai_server)
    theirs = openai_server.base_url.replace("127.0.0.1", "localhost")
    own = {"api_key": "sk-good-VISITORS-KEY-9876543210", "base_url": theirs}
    plan = asking(ENDLESS)
    for ask in (plan, replace(plan, choice=replace(plan.choice, values=own))):
        stop = Stop()
        async for frame in asks.frames(ours, ask, stop):
            if frame.text:
                stop.set()
    owners, visitors = (json.loads(text)["tokens"] for text in log.texts)
    assert owners > 0
    assert visitors == 0
    plan = replace(plan, message="chunks=6", choice=replace(plan.choice, values=own))
    await all_of(asks.frames(ours, plan, Stop()))
    assert log.last["tokens"] > 0, "as the model said"


async def test_failed_stopped_and_left(openai_server: OpenAIServer, log: Lines) -> None:
    ours = lab(openai_server)
    await all_of(asks.frames(ours, asking("status=401"), Stop()))
    assert (log.last["verdict"], log.last["fault"], log.last["first_token"]) == (
        "failed",
        "unauthorized",
        None,
    )
    assert log.last["tokens"] == 0, "nothing was answered, and nothing is to be paid"
    stop = Stop()
    async for frame in asks.frames(ours, asking(ENDLESS), stop):
        if frame.text:
            stop.set()
    assert (log.last["verdict"], log.last["fault"]) == ("stopped", None)
    assert log.last["tokens"] > 0, "what came before Stop is to be paid, though the model couldn't count it"
    async with aclosing(asks.frames(ours, asking(ENDLESS), Stop())) as left:
        async for frame in left:
            if frame.text:
                break
    # The engine's iterator inside is closed by the loop, once nobody holds it.
    async with asyncio.timeout(60):
        while len(log.texts) < 3:  # noqa: ASYNC110 - the log has no event
            await asyncio.sleep(0.01)
    assert log.last["verdict"] == "stopped"


async def test_what_is_said_stays_out_unless_it_is_wanted(openai_server: OpenAIServer, log: Lines) -> None:
    said = f"echo,chunks=3 {KEY} <script>"
    pieces = ["The key ", "is ", KEY[:8], KEY[8:], ", I was told."]
    ask = replace(asking(json.dumps(pieces)), choice=Choice("openai", "recite=1"))
    await all_of(asks.frames(lab(openai_server), ask, Stop()))
    assert set(log.last) == FIELDS
    assert "was told" not in log.texts[-1]
    wordy = lab(openai_server, log_text=True)
    await all_of(asks.frames(wordy, ask, Stop()))
    assert log.last["text"] == "The key is [struck out], I was told."
    await all_of(asks.frames(wordy, asking(said), Stop()))
    assert log.last["message"] == "echo,chunks=3 [struck out] <script>"
    assert KEY not in "".join(log.texts)


async def test_the_owner_in_a_terminal_is_nobody_s_visitor(openai_server: OpenAIServer, log: Lines) -> None:
    ours = lab(openai_server, runs_per_minute=1, message_characters=1)
    for _ in range(2):
        last = await all_of(asks.frames(ours, replace(asking("chunks=3"), visitor=None), Stop()))
        assert last.report.whole
    assert log.texts == []


def test_it_is_utf_8_whatever_the_terminal_reads() -> None:
    """As Windows has it in a file: cp1252."""
    write = (
        "from components.hosting.admission_control import RUNS, log_to_stdout;"
        "log_to_stdout(); RUNS.info('%s', '\u65e5\U0001f600')"
    )
    env = clean_environment() | {"PYTHONIOENCODING": "cp1252"}
    done = subprocess.run([sys.executable, "-c", write], cwd=ROOT, env=env, capture_output=True)
    assert (done.stdout.decode().strip(), done.stderr) == ("\u65e5\U0001f600", b"")
