"""The embedded model, with the real llama.cpp and the real weights: streaming, and what is left behind."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest
from langchain_core.exceptions import ModelError

from components.providers.local import MODEL, Local
from components.settings import Settings
from components.streaming.faults import Failure, Fault
from tests.local_child import LONG, ask, child, choice, until
from tests.processes import of_local

ROOT = Path(__file__).parents[1]
# An app that says its child's pid and address, or that the child is being started, and then waits.
APP = """
import signal, sys, threading, time
# Whoever starts the tests in the background hands an ignored SIGINT down to them.
signal.signal(signal.SIGINT, signal.default_int_handler)
from components.providers.local import Local
from components.settings import Settings
import psutil
local = Local(Settings())
local.start()
if sys.argv[1] == "ready":
    while local.status().state != "ready":
        time.sleep(0.001)
    print("ready", flush=True)
while not (children := psutil.Process().children()):
    time.sleep(0.001)
print(children[0].pid, flush=True)
threading.Event().wait()
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def local() -> Iterator[Local]:
    provider = Local(Settings())
    yield provider
    provider.stop()


def test_what_it_says_of_itself(local: Local) -> None:
    assert local.models == (MODEL,)
    assert ([field.name for field in local.fields], local.missing(choice())) == (["dialect"], ())
    assert local.status().state == "loading"


def test_it_streams_and_leaves_nothing_behind() -> None:
    threads, sockets = set(threading.enumerate()), psutil.Process().net_connections()
    descriptors = psutil.Process().num_fds()
    local = Local(Settings())
    try:
        local.start()
        local.start()
        connection = local.open(choice())
        assert local.status().state == "ready"
        chunks = list(connection.model.stream("Say hello"))
        connection.close()
    finally:
        print(f"stopped after {timed(local.stop):.3f} s")
    print("".join(chunk.text for chunk in chunks))
    assert sum(bool(chunk.text) for chunk in chunks) > 3
    local.stop()
    assert of_local() == []
    assert set(threading.enumerate()) <= threads
    assert psutil.Process().net_connections() == sockets
    assert psutil.Process().num_fds() <= descriptors + 1  # the selector of a library's event loop
    with pytest.raises(Failure):
        local.open(choice())


def timed(act: Callable[[], object]) -> float:
    began = monotonic()
    act()
    return monotonic() - began


def test_it_inherits_no_secret_and_logs_no_prompt(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-never-for-llama")
    local = Local(Settings())
    with caplog.at_level(logging.DEBUG, "components"):
        connection = local.open(choice())
        connection.model.invoke("My word is xylophonist.")
        assert ask(connection, "/slots", "guess")[0] == 401
        assert "sk-never-for-llama" not in child().environ().values()
        deadline = monotonic() + 60
        while "Invalid API Key" not in caplog.text:  # its stderr does arrive
            assert monotonic() < deadline, caplog.text
            sleep(0.01)
        local.stop()
    connection.close()
    assert "xylophonist" not in caplog.text
    assert connection.secrets[0] not in caplog.text


def test_a_proxy_is_not_for_loopback(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    connection = local.open(choice(4))
    assert list(connection.model.stream("Say hello"))
    assert connection.count_tokens("Say hello") == 7
    connection.close()


def test_killed_in_mid_reply_it_says_so_and_comes_back(local: Local) -> None:
    connection = local.open(choice(2000))
    stream = connection.model.stream(LONG)
    next(stream)
    killed = child().pid
    os.kill(killed, signal.SIGKILL)
    with pytest.raises(ModelError):
        list(stream)
    assert connection.refine(Fault("dropped", retryable=True)) == Fault("local_died", retryable=True)
    connection.close()
    again = local.open(choice(4))
    assert list(again.model.stream("Say hello"))
    assert child().pid != killed
    assert again.secrets != connection.secrets
    assert again.refine(Fault("dropped")) == Fault("dropped")
    again.close()


def test_it_gives_up_on_a_child_that_keeps_dying_and_tries_again_when_asked(local: Local) -> None:
    local.start()

    def kill() -> bool:
        for process in of_local():
            process.kill()
        return local.status().state == "failed"

    print(f"gave up after {until(kill):.1f} s")
    fault = local.status().fault
    assert fault is not None
    assert fault.kind == "local_failed"
    assert "5 times" in fault.params["detail"]
    assert local.open(choice()).window == 2048


@pytest.mark.parametrize("moment", ["loading", "ready"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_child_never_outlives_the_app(number: signal.Signals, moment: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", APP, moment], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as app:
        try:
            assert app.stdout is not None
            if moment == "ready":
                assert app.stdout.readline() == "ready\n"
            llama = psutil.Process(int(app.stdout.readline()))
            until(lambda: any(part.path.endswith(".gguf") for part in llama.memory_maps()))
            app.send_signal(number)
            app.wait(60)
        finally:
            app.kill()
    gone = until(lambda: not llama.is_running() or llama.status() == psutil.STATUS_ZOMBIE)
    print(f"{number.name} while {moment}: the child was gone {gone:.3f} s after the app")


class Waiting:
    """Someone who waits for a model, which is suspended before it has loaded."""

    def __init__(self) -> None:
        self.local = Local(Settings())
        self.faults: list[Fault] = []
        self.thread = threading.Thread(target=self._wait)
        self.thread.start()
        until(lambda: bool(of_local()) or not self.thread.is_alive())
        for process in of_local():
            process.suspend()

    @property
    def too_late(self) -> bool:
        return self.local.status().state != "loading"

    def _wait(self) -> None:
        try:
            self.local.open(choice()).close()
        except Failure as failure:
            self.faults.append(failure.fault)

    def ends(self) -> None:
        self.local.stop()
        self.thread.join(60)
        assert not self.thread.is_alive()


def test_stop_wakes_whoever_waits_for_it() -> None:
    while (waiting := Waiting()).too_late:  # it had loaded before it was suspended
        waiting.ends()
    waiting.ends()
    assert [fault.kind for fault in waiting.faults] == ["local_failed"]
    assert of_local() == []
