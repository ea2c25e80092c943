"""How the process ends: what is under way, what comes then, and who has no patience."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
import time
from contextlib import suppress

import httpx
import psutil

from components.locale import Words
from components.locale.report import sentences
from components.streaming import Fault
from tests.app_process import App, running
from tests.http_stream import EVENTS, ask, events, get
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD, pieces
from tests.visitors import Refused, Visitor

ENDING = " ".join(sentences(Words("en"), Fault("ending")))
# Longer than any test here may take.
FOR_EVER = "600"


def asks(server: OpenAIServer, **environment: str) -> dict[str, str]:
    """For an app whose model does what the message says."""
    return {"OPENAI_BASE_URL": server.base_url, "PROVIDER": "openai", "MODEL": AS_TOLD, **environment}


class Chat:
    """A visitor of `/chat`, who reads in a thread of their own."""

    def __init__(self, app: App, message: str) -> None:
        self.text = ""
        self.refused = ""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._read(app.url, message)))
        self._thread.start()

    def has_begun(self) -> None:
        deadline = time.monotonic() + 60
        while not self.text:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def has_ended(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()

    async def _read(self, url: str, message: str) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            try:
                async for text in Visitor(http).chats(message):
                    self.text = text
            except Refused as refused:
                self.refused = str(refused)


def ends(app: App) -> None:
    """Wait until it has noticed that it is to end."""
    deadline = time.monotonic() + 60
    while not get(app.url, "/healthz")[1]["ending"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_is_under_way_is_finished_and_nothing_else_begun(openai_server: OpenAIServer) -> None:
    with running(**asks(openai_server, DRAIN_SECONDS=FOR_EVER)) as app:
        status, health = get(app.url, "/healthz")
        assert (status, health["alive"], health["ready"], health["ending"]) == (200, True, True, False)
        plan = "chunks=60,rate=60,hold_after=20,id=under-way"
        chat = Chat(app, plan)
        stream = events(ask(app.url, plan, EVENTS))
        assert next(stream)[0] == "token"
        chat.has_begun()

        app.process.send_signal(signal.SIGTERM)
        ends(app)
        status, health = get(app.url, "/healthz")
        assert (status, health["alive"], health["ready"]) == (503, True, False)
        refused = ask(app.url, "chunks=3,id=refused")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        told = json.load(refused)
        assert (told["kind"], told["retryable"]) == ("ending", True)
        assert f"{told['message']} {told['do']}" == ENDING
        other = Chat(app, "chunks=3,id=refused")
        other.has_ended()
        assert ENDING in other.refused

        openai_server.release("under-way", 2)
        name, done = list(stream)[-1]
        assert (name, done["verdict"], done["chunks"] >= 60) == ("done", "streamed", True)
        chat.has_ended()
        assert (chat.text, chat.refused) == ("".join(pieces("lorem", 60)), "")
        assert app.ended() == 0
        assert "Traceback" not in app.log()
    asked = [entry.body["messages"][-1]["content"] for entry in openai_server.requests(AS_TOLD)]
    assert "chunks=3,id=refused" not in asked


def test_what_takes_too_long_is_broken_off_with_a_sentence(openai_server: OpenAIServer) -> None:
    with running(**asks(openai_server, DRAIN_SECONDS="1")) as app:
        chat = Chat(app, "chunks=50,stall_after=5,id=too-long")
        stream = events(ask(app.url, "chunks=50,stall_after=5,id=too-long", EVENTS))
        assert next(stream)[0] == "token"
        chat.has_begun()
        app.process.send_signal(signal.SIGTERM)
        *_, (name, told) = stream
        assert (name, told["kind"], f"{told['message']} {told['do']}") == ("fault", "ending", ENDING)
        chat.has_ended()
        assert ENDING in chat.refused
        assert chat.text == "".join(pieces("lorem", 5))  # what had arrived
        assert app.ended() == 0
        assert "2 runs were broken off" in app.log()
        assert "Traceback" not in app.log()
    for entry in openai_server.requests(AS_TOLD):
        if "id=too-long" in entry.body["messages"][-1]["content"]:
            assert entry.closed is not None
            assert entry.finished is None


def test_ctrl_c_waits_for_replies_and_twice_waits_for_nothing(openai_server: OpenAIServer) -> None:
    with running(**asks(openai_server, DRAIN_SECONDS=FOR_EVER, LOCAL_MODEL="")) as app:
        process = psutil.Process(app.process.pid)
        deadline = time.monotonic() + 60
        while not (started := process.children(recursive=True)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        stream = events(ask(app.url, "chunks=50,stall_after=5,id=ctrl-c", EVENTS))
        assert next(stream)[0] == "token"
        app.process.send_signal(signal.SIGINT)
        ends(app)
        assert "1 runs are under way and have up to 600 s. Ctrl+C again leaves at once." in app.log()
        app.process.send_signal(signal.SIGTERM)  # which may come as well, and changes nothing
        assert get(app.url, "/healthz")[1]["alive"]

        asked = time.monotonic()
        app.process.send_signal(signal.SIGINT)
        assert app.ended() == 128 + signal.SIGINT
        print(f"left {time.monotonic() - asked:.2f} s after the second Ctrl+C")
        with suppress(OSError):  # it may break anywhere
            list(stream)
        _, alive = psutil.wait_procs(started, timeout=60)
        assert alive == []
        assert "Traceback" not in app.log()
