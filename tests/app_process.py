"""The app as its user starts it: `python app.py` in a process of its own, on a free port."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
NO_WEIGHTS = "/no/such/model.gguf"
# What would change the app's behaviour if the one who runs the tests happens to have it.
OURS = (
    "OPENAI_",
    "GOOGLE_",
    "AZURE_",
    "ANTHROPIC_",
    "GRADIO_",
    "PROVIDER",
    "MODEL",
    "METHOD",
    "TEMPERATURE",
    "MAX_TOKENS",
    "LOCAL_",
    "HOSTED",
    "SPACE_ID",
    "PUBLIC_PROVIDERS",
    "RUNS_PER_MINUTE",
    "STREAMS",
    "TOKENS_PER_DAY",
    "MESSAGE_CHARACTERS",
    "REDIS_URL",
    "TRUSTED_PROXIES",
    "ALLOWED_HOSTS",
    "PASSWORD",
    "LOG_TEXT",
    "DRAIN_",
    "FORGET_",
)


@dataclass(frozen=True)
class App:
    url: str
    process: subprocess.Popen[bytes]
    log_file: Path
    temp: Path

    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace")

    def ended(self) -> int:
        """Its exit status, within a minute; else what all its threads were doing."""
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.process.wait()
            raise RuntimeError(f"the app did not end:\n{self.log()}") from None

    def llama(self) -> psutil.Process:
        """Its llama.cpp, which a test may suspend to look at what waits for it."""
        (found,) = [
            child
            for child in psutil.Process(self.process.pid).children(recursive=True)
            if "components.providers.llama.child" in child.cmdline()
        ]
        return found

    def work_until(self, true: Callable[[], bool]) -> None:
        """Its llama.cpp works for a moment at a time until that is so, and is suspended then."""
        model, deadline = self.llama(), time.monotonic() + 120
        while not true():
            assert time.monotonic() < deadline
            model.resume()
            time.sleep(0.05)
            model.suspend()


# Below those that the system gives away by itself, to servers and to whoever connects: what is started here
# listens some seconds later. So many for each process, as others ask for theirs meanwhile: whoever holds the
# first has them all.
_PORTS, _OF_ONE = range(10_000, 32_000), 500
_held = socket.socket()
for _first in _PORTS[::_OF_ONE]:
    with suppress(OSError):
        _held.bind(("127.0.0.1", _first))
        break
else:
    raise RuntimeError("no ports are left")
_next = itertools.cycle(range(_first + 1, _first + _OF_ONE))


def free_port() -> int:
    """One that nobody listens at, and that nobody is given before it is used."""
    for port in _next:
        with socket.socket() as asked:
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                asked.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("unreachable")


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


@contextmanager
def running(*, dotenv: str = "", root: str = str(ROOT), **environment: str) -> Iterator[App]:
    """Start the app with these variables, wait until its page is served, end it as a terminal would.

    Its working directory is a new one; `dotenv` is the text of the `.env` there, `root` another
    copy of the repository. It doesn't wait for what is
    still under way when it is ended, unless it is told to. One that begins with another provider has no
    embedded model beside it, unless LOCAL_MODEL says so: "" is for the built-in one.
    """
    port = int(environment.get("GRADIO_SERVER_PORT") or free_port())
    env = clean_environment()
    with tempfile.TemporaryDirectory() as folder:
        temp = Path(folder)
        (temp / ".env").write_text(dotenv)
        ours = {
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_TEMP_DIR": str(temp / "uploads"),
            "DRAIN_SECONDS": "0",
            "PYTHONFAULTHANDLER": "1",  # see `ended`
        }
        if environment.get("PROVIDER", "local") != "local":
            ours["LOCAL_MODEL"] = NO_WEIGHTS
        env |= {**ours, **environment}
        log_file = temp / "log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, str(Path(root, "app.py"))], cwd=temp, env=env, stdout=log, stderr=log
            )
        app = App(f"http://127.0.0.1:{port}", process, log_file, temp)
        try:
            _wait_for(app)
            yield app
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """As a terminal ends it, within a minute."""
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def _wait_for(app: App, seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if app.process.poll() is not None:
            raise RuntimeError(f"the app ended with {app.process.returncode}:\n{app.log()}")
        try:
            with urllib.request.urlopen(app.url, timeout=5) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.05)
    raise TimeoutError(f"no page within {seconds} s:\n{app.log()}")
