"""The child process that is llama.cpp: `python -m components.providers.llama.child`.

It reads one line of JSON from stdin, {"model": path, "name": str, "key": str}, and says one on stdout:
{"address": "http://127.0.0.1:PORT"} once it answers requests, or {"error": one sentence}.

It ends when the app does, however the app ended: its stdin is a pipe whose other end only the app holds.
When the app is gone, killed or not, the system closes it and the child reads the end of the file: the same
on Linux, macOS and Windows.
"""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

SLOTS = 4
WINDOW = 2048
# Prompts of idle slots kept in memory, in MiB; llama.cpp's own default is 8,192.
CACHE_MIB = 256


def main() -> None:
    request = json.loads(sys.stdin.readline())
    _end_with_the_app()
    # llama.cpp may print: its stdout becomes stderr, and only our one line goes where the app reads.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as said:
        os.dup2(2, 1)
        server, answer = _serve(request)
        said.write(json.dumps(answer) + "\n")
    if server is not None:
        threading.Event().wait()  # until `_end_with_the_app` ends the process


def _serve(request: dict[str, str]) -> tuple[Any, dict[str, str]]:
    # Its threads meet several hundred times a token. Waiting there busily, they burn the time of the one
    # they wait for as soon as something else wants the processor: 2 to 7 tokens a second instead of 16 to 63
    # beside other work on two cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read once, as the library is loaded
    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = request["model"]
    params.model_alias = {request["name"]}
    params.api_keys = [request["key"]]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * WINDOW
    params.cache_ram_mib = CACHE_MIB
    params.endpoint_slots = True
    params.ui = False
    params.verbosity = 2  # warnings: the level above it logs every request
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = _processors()
    try:
        server = Server(params)
    except RuntimeError:  # it has said why on stderr, at length; its own words here are no help
        return None, {"error": f"llama.cpp can't load {Path(request['model']).name}."}
    return server, {"address": server.listening_address}


def _processors() -> int:
    """How many threads may really run: llama.cpp counts the host's processors, and in a container that has
    two of 64, 64 threads that wait for each other are many times slower than two."""
    count = len(os.sched_getaffinity(0)) if sys.platform == "linux" else (os.cpu_count() or 1)
    quota = Path("/sys/fs/cgroup/cpu.max")
    if quota.is_file():
        limit, period = quota.read_text().split()
        if limit != "max":
            count = min(count, max(1, round(int(limit) / int(period))))
    return count


def _end_with_the_app() -> None:
    """Leave at once when stdin ends. Nothing may be sent to it any more."""
    if sys.platform == "linux":
        # While xllamacpp loads a model it keeps Python's lock, so the thread below can't run;
        # SIGIO, whose default is to end the process, needs no Python.
        import fcntl
        import signal

        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    threading.Thread(target=_leave_at_the_end, name="parent", daemon=True).start()


def _leave_at_the_end() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
