"""`python -m tests.bench.reader_client URL READERS MESSAGE VISIT`: many readers of `/chat`, all at once.

Speaks Gradio's protocol as its page does, `/queue/join` and then the stream of `/queue/data`, which sends
what is new and not the text so far. In a process of its own, and not much work: after the first text only the
end is looked for. `VISIT`: readers of the same visit are the same visitors. Prints a JSON object: `first` and
`done`, seconds since its request for each reader that was told the whole text, `failures`, and the last of
them in words.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.servers.openai_plan import parse, pieces

ENDED = b'"msg":"process_completed"'
LIMIT = 2**24


@dataclass
class Told:
    first: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)
    failures: int = 0
    why: str = ""


@dataclass(frozen=True)
class Endpoint:
    """`inputs`: how many values `/chat` takes; all but the first are the session's own."""

    host: str
    port: int
    number: int
    inputs: int

    @classmethod
    def at(cls, url: str) -> Endpoint:
        with urllib.request.urlopen(f"{url}/config") as response:
            config = json.load(response)
        (chat,) = (one for one in config["dependencies"] if one["api_name"] == "chat")
        parts = urlsplit(url)
        return cls(str(parts.hostname), int(parts.port or 80), chat["id"], len(chat["inputs"]))

    async def read(self, message: str, session: str) -> tuple[float, float, str]:
        """Seconds to the first text and to the end, and the text."""
        data = {"data": [message, *[None] * (self.inputs - 1)], "fn_index": self.number}
        asked = json.dumps({**data, "session_hash": session, "event_data": None, "trigger_id": None}).encode()
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=LIMIT)
        try:
            writer.write(self._request("POST", "/gradio_api/queue/join", asked))
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.partition(b"\r\n")[0]:
                raise ConnectionError(head.partition(b"\r\n")[0].decode())
            writer.write(self._request("GET", f"/gradio_api/queue/data?session_hash={session}"))
            first, last = await _listen(reader, began)
        finally:
            writer.close()
        return first, time.perf_counter() - began, str(last["output"]["data"][0])

    def _request(self, method: str, path: str, body: bytes = b"") -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*lines, "Content-Type: application/json", "", ""]).encode() + body


async def _listen(reader: asyncio.StreamReader, began: float) -> tuple[float, dict[str, Any]]:
    """Seconds to the first text, and the last message."""
    first = 0.0
    while True:
        event = await reader.readuntil(b"\n\n")
        at = event.find(b"data: ")
        if at < 0 or (first and ENDED not in event):
            continue
        told = json.loads(event[at + 6 :])
        if told["msg"] == "process_completed":
            if not told["success"]:
                raise ConnectionError(json.dumps(told["output"]))
            return first or time.perf_counter() - began, told
        # The first one is the values themselves, those after it say what to add to them.
        if told["msg"] == "process_generating" and told["output"]["data"][0]:
            first = time.perf_counter() - began


async def read(endpoint: Endpoint, message: str, session: str, told: Told) -> None:
    plan = parse(message)
    wanted = "".join(pieces(plan.text, plan.chunks))
    try:
        first, done, text = await endpoint.read(message, session)
    except (OSError, EOFError, ValueError) as exc:  # counted, and said
        told.failures, told.why = told.failures + 1, f"{type(exc).__name__}: {exc}"
        return
    if text != wanted:
        told.failures, told.why = told.failures + 1, f"another text: {text[-200:]!r}"
        return
    told.first.append(first)
    told.done.append(done)


async def main(url: str, readers: int, message: str, visit: str) -> None:
    told, endpoint = Told(), Endpoint.at(url)
    await asyncio.gather(*(read(endpoint, message, f"{visit}-{number}", told) for number in range(readers)))
    print(json.dumps(asdict(told)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
