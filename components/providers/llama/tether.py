"""Child processes that end when the app does, however the app ended.

The child's stdin is a pipe whose other end only the app holds. When the app is gone, killed or not, the
system closes it and the child reads the end of the file: the same on Linux, macOS and Windows.
"""

from __future__ import annotations

import os
import subprocess
import sys
from threading import Thread
from typing import Any

from components.children import ROOT


def hold() -> None:
    """In the child: leave at once when stdin ends. Nothing may be sent to stdin any more."""
    if sys.platform == "linux":
        # While xllamacpp loads a model it keeps Python's lock, so the thread below can't run;
        # SIGIO, whose default is to end the process, needs no Python.
        import fcntl
        import signal

        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    Thread(target=_leave_at_the_end, name="tether", daemon=True).start()


def _leave_at_the_end() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def spawn(module: str, *arguments: str, environ: dict[str, str], **streams: Any) -> subprocess.Popen[bytes]:
    """In the app: run one of our modules in a child that Ctrl-C in the app's terminal doesn't reach.

    `streams`: stdin, which has to be a pipe, and the others, as for Popen.
    """
    apart: dict[str, Any] = {}
    if sys.platform == "win32":
        apart["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        apart["start_new_session"] = True
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environ, **streams, **apart)  # noqa: S603 - our own module
