"""The process: what it refuses, how it ends, what it leaves behind, and what it doesn't import."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from gradio_client import Client

from tests.app_process import ROOT, App, clean_environment, running
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD, ENDLESS

SDKS = {
    "openai",
    "langchain_openai",
    "langchain_google_vertexai",
    "langchain_anthropic",
    "anthropic",
    "langchain_google_genai",
    "google.genai",
    "xllamacpp",
    "google.cloud.aiplatform",
    "grpc",
    "langgraph",
    "bm25s",
}
OURS = (
    "components",
    "components.streaming",
    "components.providers",
    "components.locale",
    "components.lessons",
)


def python(code: str, **environment: str) -> list[str]:
    """The words that `code` prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def refused(**environment: str) -> str:
    """What the app says as it ends with status 2."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 2, done.stderr
    return done.stderr


# The others are in tests/test_settings.py.
@pytest.mark.parametrize(("name", "value"), [("PROVIDER", "gpt"), ("GRADIO_SERVER_PORT", "http")])
def test_a_setting_that_cannot_be_used(name: str, value: str) -> None:
    said = refused(**{name: value})
    assert said.startswith(f"{name} is ")
    assert said.count("\n") == 1


def test_a_port_that_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for name in ("127.0.0.1", "0.0.0.0"):
            said = last_word(GRADIO_SERVER_PORT=str(port), GRADIO_SERVER_NAME=name)
            assert said.startswith(f"Nothing can be served at {name}, port {port} (GRADIO_SERVER_NAME, ")
            assert said.endswith("in use.")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GRADIO_SERVER_NAME", "192.0.2.1"),
        ("GRADIO_SERVER_NAME", "http://127.0.0.1"),
        ("GRADIO_TEMP_DIR", "/dev/null/uploads"),
    ],
)
def test_what_cannot_be_had(variable: str, value: str) -> None:
    """An address of another machine, none at all, and a folder that can't be written to."""
    assert value in last_word(**{variable: value})


def last_word(**environment: str) -> str:
    """With which it ends, and without a traceback."""
    said = refused(PROVIDER="scripted", **environment)
    assert "Traceback" not in said
    return said.splitlines()[-1]


def test_a_machine_so_slow_that_its_page_takes_seconds(tmp_path: Path) -> None:
    """Gradio would ask for the page itself, and not start where that takes more than three."""
    late = "def head(*_, **__):\n    raise httpx.ReadTimeout('three seconds')"
    (tmp_path / "sitecustomize.py").write_text(f"import httpx\n{late}\nhttpx.head = head\n")
    with running(PROVIDER="scripted", PYTHONPATH=str(tmp_path)) as app:
        assert "Traceback" not in app.log()


def ends_with_all_it_started(app: App, number: signal.Signals) -> None:
    """Its llama.cpp."""
    eventually(lambda: len(children(app)) == 1)
    started = children(app)
    app.process.send_signal(number)
    assert app.ended() == (-number if number == signal.SIGKILL else 0)
    _, alive = psutil.wait_procs(started, timeout=60)
    assert alive == []
    assert "Traceback" not in app.log()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_ends_with_all_it_started(number: signal.Signals) -> None:
    with running() as app:
        ends_with_all_it_started(app, number)


def test_ctrl_c_before_there_is_anything_to_end(tmp_path: Path) -> None:
    """While it reads its settings, as while it imports."""
    os.mkfifo(tmp_path / ".env")
    command = [sys.executable, str(ROOT / "app.py")]
    starting = subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), stderr=subprocess.PIPE)
    with (tmp_path / ".env").open("w"):  # it has opened it
        starting.send_signal(signal.SIGINT)
        _, said = starting.communicate(timeout=60)
    assert (starting.returncode, said) == (-signal.SIGINT, b"")


@pytest.mark.parametrize("started", [[str(ROOT / "app.py")], ["-m", "components.console", "hello"]])
def test_ctrl_c_while_it_imports(tmp_path: Path, started: list[str]) -> None:
    """A module of the library, which both need from their first lines on, waits to be read here."""
    os.mkfifo(tmp_path / "waits")
    (tmp_path / "tomllib.py").write_text("open('waits').read()")
    env = clean_environment() | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    starting = subprocess.Popen([sys.executable, *started], cwd=tmp_path, env=env, stderr=subprocess.PIPE)
    with (tmp_path / "waits").open("w"):
        starting.send_signal(signal.SIGINT)
        _, said = starting.communicate(timeout=60)
    assert (starting.returncode, said) == (-signal.SIGINT, b"")


def test_it_hears_a_signal_that_came_to_another_thread() -> None:
    """As one that comes a moment before the main thread waits, it wakes nobody."""
    waits = (
        "import signal, threading; from components.hosting.shutdown import Shutdown; ending = Shutdown();"
        "tell = lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM);"
        "threading.Timer(0.5, tell).start(); ending.wait(); print('ends')"
    )
    assert python(waits) == ["ends"]


def test_it_reads_dotenv_in_the_folder_where_it_is_started_and_ends_in_mid_reply(
    openai_server: OpenAIServer,
) -> None:
    model = "stall_first,id=the-app-ends"
    own = f"PROVIDER=openai\nMODEL={model}\nMETHOD=\nMAX_TOKENS=3\nOPENAI_BASE_URL={openai_server.base_url}\n"
    with running(dotenv=own) as app:
        assert Path(psutil.Process(app.process.pid).cwd()) != ROOT
        client = Client(app.url, verbose=False)
        client.submit("hello", api_name="/chat")
        body = openai_server.wait_for(lambda entry: True, model).body
        assert (body.get("max_completion_tokens") or body["max_tokens"]) == 3
        ends_with_all_it_started(app, signal.SIGTERM)
        assert openai_server.wait_for(lambda entry: entry.closed is not None, model)


@pytest.fixture(scope="module")
def app(openai_server: OpenAIServer) -> Iterator[App]:
    with running(PROVIDER="openai", MODEL=AS_TOLD, OPENAI_BASE_URL=openai_server.base_url) as app:
        yield app


def test_the_page_is_built_without_any_sdk() -> None:
    build = (
        "import sys, app; from components.settings import Settings;"
        "from components.providers import registry;"
        "from components.tabs import page; from components.runs.lab import Lab;"
        "settings = Settings.load(None); page.build(Lab(settings, registry(settings)), page.words());"
        "print(*sys.modules)"
    )
    imported = set(python(build, PROVIDER="scripted"))
    assert not SDKS & imported
    assert "gradio" in imported


@pytest.mark.parametrize("module", OURS)
def test_the_library_is_free_of_gradio(module: str) -> None:
    imported = set(python(f"import sys, {module}; print(*sys.modules)"))
    assert not {"gradio", "gradio_client", "langchain_core", *SDKS} & imported


@dataclass(frozen=True)
class Held:
    threads: int
    upstream: int
    """Sockets to the model's server."""
    files: int

    @classmethod
    def by(cls, app: App, port: int) -> Held:
        process = psutil.Process(app.process.pid)
        sockets = [one for one in process.net_connections("tcp") if one.raddr and one.raddr.port == port]
        return cls(process.num_threads(), len(sockets), process.num_fds())


def test_nothing_is_left_of_thirty_chats_of_which_half_were_stopped(
    app: App, openai_server: OpenAIServer
) -> None:
    earlier = {entry.id for entry in openai_server.requests(AS_TOLD)}  # other tests' of this session
    # Two, as cancelling one of a client's jobs ends them all.
    clients = Client(app.url, verbose=False), Client(app.url, verbose=False)
    chats(*clients, stopped=2)  # what is made once and kept
    eventually(lambda: Held.by(app, openai_server.port).upstream == 0)
    before = Held.by(app, openai_server.port)
    chats(*clients, stopped=15)

    def as_before() -> bool:
        now = Held.by(app, openai_server.port)
        # One for each that was stopped would be fifteen. AnyIO's pool grows and shrinks by half as many.
        return now.upstream == 0 and now.threads < before.threads + 15 and now.files <= before.files

    eventually(as_before, lambda: f"{before} became {Held.by(app, openai_server.port)}")
    print(before, Held.by(app, openai_server.port))
    mine = [entry for entry in openai_server.requests(AS_TOLD) if entry.id not in earlier]
    assert len([entry for entry in mine if entry.finished is None]) == 17


def chats(reader: Client, stopper: Client, *, stopped: int) -> None:
    """Fifteen at the same time, which are read to their end, and `stopped` others meanwhile."""
    whole = [reader.submit("chunks=40,rate=20", api_name="/chat") for _ in range(15)]
    for _ in range(stopped):
        job = stopper.submit(ENDLESS, api_name="/chat")
        texts = iter(job)
        while not next(texts):
            pass
        assert job.cancel()  # after which its iterator would wait for ever
        eventually(job.done)  # else it could be the next one that is ended
    for job in whole:
        assert job.result(60)


def children(app: App) -> list[psutil.Process]:
    return psutil.Process(app.process.pid).children(recursive=True)


def eventually(
    true: Callable[[], bool], why: Callable[[], str] = lambda: "it did not become true", seconds: float = 60
) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, why()
        time.sleep(0.02)
