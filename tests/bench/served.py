"""The apps, ours and those it is compared with, as processes that serve a page."""

from __future__ import annotations

import http.client
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from tests.app_process import ROOT, clean_environment, end, free_port

Which = Literal["ours", "without_run", "plain", "streamlit"]
BENCH = ROOT / "tests" / "bench"
# Gradio's own settings are in the environment.
COMMANDS: dict[Which, tuple[str, ...]] = {
    "ours": (str(ROOT / "app.py"),),
    "without_run": (str(BENCH / "without_run.py"),),
    "plain": (str(BENCH / "plain_app.py"),),
    "streamlit": ("-m", "streamlit", "run", str(BENCH / "streamlit_app.py")),
}
STREAMLIT = {"HEADLESS": "true", "FILE_WATCHER_TYPE": "none", "ADDRESS": "127.0.0.1"}
LONGEST_START = 120.0


@dataclass(frozen=True)
class Served:
    """`seconds`: from the process's start until its page was served; `cpu_seconds`: what that took."""

    url: str
    seconds: float
    cpu_seconds: float
    process: psutil.Process

    def cpu(self) -> float:
        """Seconds of CPU that the server has used, without its children."""
        return _cpu(self.process)

    def idle(self, seconds: float) -> float:
        """CPU a second of a server that nobody asks anything: Gradio's own timers."""
        before, began = self.cpu_at_rest(), time.perf_counter()
        time.sleep(seconds)
        return (self.cpu() - before) / (time.perf_counter() - began)

    def cpu_at_rest(self, rest: float = 0.3, longest: float = 30.0) -> float:
        """The same once the server has done what it still had to do, for `rest` seconds."""
        deadline = time.monotonic() + longest
        used, since = self.cpu(), time.monotonic()
        while time.monotonic() - since < rest:
            time.sleep(0.02)
            # Heartbeats and timers are no work: Gradio's own take a twentieth of a processor.
            if (now := self.cpu()) > used + 0.15 * rest:
                used, since = now, time.monotonic()
            if time.monotonic() > deadline:
                raise TimeoutError(f"the server is still busy after {longest} s")
        return self.cpu()


@contextmanager
def served(which: Which, **environment: str) -> Iterator[Served]:
    """Start an app with these variables and end it; Gradio's own are set alike for both that use it."""
    port = free_port()
    env = clean_environment()
    env |= {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", **environment}
    env |= {f"STREAMLIT_SERVER_{name}": value for name, value in {**STREAMLIT, "PORT": str(port)}.items()}
    env["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] = "false"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        env["GRADIO_TEMP_DIR"] = str(Path(folder) / "uploads")
        command = [sys.executable, *COMMANDS[which]]
        with log.open("wb") as out:
            began = time.monotonic()
            process = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out)
        try:
            _wait_for_page(process, port, log, began + LONGEST_START)
            seconds = time.monotonic() - began
            own = psutil.Process(process.pid)
            yield Served(f"http://127.0.0.1:{port}", seconds, _cpu(own), own)
        finally:
            end(process)


def _cpu(process: psutil.Process) -> float:
    if sys.platform == "linux":
        # Its own clock, as `clock_getcpuclockid` names it; what /proc tells are ticks of 10 ms.
        return time.clock_gettime(~process.pid << 3 | 2)
    times = process.cpu_times()
    return float(times.user + times.system)


def _wait_for_page(process: subprocess.Popen[bytes], port: int, log: Path, deadline: float) -> None:
    while not _answers(port):
        if process.poll() is not None:
            raise RuntimeError(f"it ended with {process.returncode}:\n{log.read_text('utf-8', 'replace')}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"no page within {LONGEST_START} s:\n{log.read_text('utf-8', 'replace')}")
        time.sleep(0.005)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_START)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (ConnectionError, http.client.HTTPException):
        return False
    finally:
        connection.close()
