"""A stand-in for OpenAI's API, in a process of its own, that does what the request's model name says.

`python -m tests.servers.openai_api --port 0` prints `{"address": "http://127.0.0.1:PORT"}` and serves
until its stdin closes. `tests/servers/openai_plan.py` says what a model name can ask for.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from tests.servers.openai_connection import Entry

ROOT = Path(__file__).parents[2]


class OpenAIServer:
    """The process, for a test: `with OpenAIServer() as server: ChatOpenAI(base_url=server.base_url, ...)`."""

    address: str = ""

    def __enter__(self) -> OpenAIServer:
        command = [sys.executable, "-m", "tests.servers.openai_api", "--port", "0"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.address = json.loads(self._process.stdout.readline())["address"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._process as process:  # closes its pipes, then waits
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def requests(self, model: str | None = None) -> list[Entry]:
        """What came in, oldest first; only the requests for `model` when it is given."""
        # Those of other models are often many, and one of them can be a megabyte.
        query = "" if model is None else f"?{urlencode({'model': model})}"
        return [Entry(**row) for row in self._call("GET", f"/_log{query}")]

    def wait_for(
        self, wanted: Callable[[Entry], bool], model: str | None = None, seconds: float = 60
    ) -> Entry:
        """The newest request for which `wanted` holds.

        Raises:
            TimeoutError: there was none within `seconds`.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            entries = self.requests(model)
            for entry in reversed(entries):
                if wanted(entry):
                    return entry
            time.sleep(0.03)
        raise TimeoutError(f"no such request within {seconds} s; the log holds {entries}")

    def reset(self) -> None:
        """Forget the requests, the counts of `fail_times` and what was released."""
        self._call("POST", "/_reset")

    def release(self, id: str = "", count: int = 1) -> None:
        """Let so many replies go on that their plan, which has this `id`, holds, or is about to."""
        self._call("POST", "/_release", {"id": id, "count": count})

    def set(self, plan: str) -> None:
        """What the model AS_SET does from now on."""
        self._call("POST", "/_set", {"plan": plan})

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            return json.load(connection.getresponse())
        finally:
            connection.close()


async def serve(port: int) -> None:
    from tests.servers.openai_service import Service

    server = await asyncio.start_server(Service().serve, "127.0.0.1", port)
    host, bound = server.sockets[0].getsockname()[:2]
    print(json.dumps({"address": f"http://{host}:{bound}"}), flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asyncio.run(serve(parser.parse_args().port))
