"""Carries out a plan on a connection."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tests.servers.dialect import Dialect
from tests.servers.openai_bodies import prompt_tokens
from tests.servers.openai_connection import Connection, Entry
from tests.servers.openai_plan import Plan, cut, pieces

BATCH = 65536
# Seconds.
KEEP_ALIVE = 20.0


class Reply:
    """One reply to one question. `run` says whether the connection can take another request."""

    def __init__(
        self, connection: Connection, entry: Entry, plan: Plan, dialect: Dialect, released: asyncio.Semaphore
    ) -> None:
        self.connection = connection
        self.entry = entry
        self.plan = plan
        self.released = released
        self.asked = dialect.asked(entry.path, entry.body)
        self.chunks = dialect.chunks(entry.id, str(entry.model))
        self.prompt = prompt_tokens(self.asked)
        self.texts: Sequence[str | dict[str, Any]] = self._texts()
        limit = self.asked.get("max_completion_tokens") or self.asked.get("max_tokens") or len(self.texts)
        limit = len(self.texts) if plan.recite else limit
        self.reason = plan.finish if limit >= len(self.texts) else "length"
        self.texts = self.texts[:limit]

    async def run(self) -> bool:
        if self.plan.stall_first:
            await self._stall(pings=0)
        if self.plan.drop_first:
            return await self._fail("drop")
        await asyncio.sleep(0 if self.plan.stall_headers else self.plan.first)
        return await (self._stream() if self.asked.get("stream") else self._whole())

    def _tool_call(self) -> tuple[str, str] | None:
        """A tool's name and its arguments as JSON, where the plan is to call one that hasn't answered."""
        tools = self.asked.get("tools")
        answered = any(message.get("role") == "tool" for message in self.asked.get("messages", []))
        if not self.plan.tool_call or not tools or answered:
            return None
        function = tools[0]["function"]
        name = next(iter(function["parameters"]["properties"]))
        return function["name"], json.dumps({name: self.plan.tool_call})

    def _texts(self) -> list[str | dict[str, Any]]:
        """What is said, piece by piece; a delta that is more than text is a dictionary."""
        if self.plan.recite:
            return list(json.loads(self.asked["messages"][-1]["content"]))
        if not self.plan.echo:
            thoughts = pieces(self.plan.text, self.plan.think, self.plan.size) if self.plan.think else []
            texts = pieces(self.plan.text, self.plan.chunks, self.plan.size)
            return [*({"reasoning_content": thought} for thought in thoughts), *texts]
        messages = [{key: m.get(key) for key in ("role", "content")} for m in self.asked.get("messages", [])]
        text = json.dumps(messages, ensure_ascii=False)
        return [*cut(text, len(text) // 4 + 1)]

    async def _whole(self) -> bool:
        """The non-streaming reply; a plan's hold or mid-stream failure is in the middle of its bytes."""
        failure, _ = self.plan.stop_after()
        reason = None if self.plan.no_finish else self.reason
        body = self.chunks.whole(self.texts, reason, self.prompt)
        if failure == "malformed":
            body = body[:-25]
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        await self.connection.head(200, {**headers, "x-request-id": f"req_{self.entry.id}"})
        fails, half = failure not in {"", "malformed"}, len(body) // 2
        if fails or self.plan.hold_after:
            await self.connection.send(body[:half])
            body = body[half:]
        if self.plan.hold_after:
            await self.released.acquire()
        if fails:
            return await self._fail(failure)
        await self.connection.send(body)
        return True

    async def _stream(self) -> bool:
        failure, after = self.plan.stop_after()
        await self._stream_head(close=failure == "close")
        if call := self._tool_call():
            self.texts, self.reason = [], "tool_calls"
            await self._events([self.chunks.tool_call(*call)])
        if not self.plan.stall_headers:
            await self._content(self.texts if after < 0 else self.texts[:after])
        if failure:
            return await self._fail(failure)
        usage = self.plan.echo_usage or (self.asked.get("stream_options") or {}).get("include_usage")
        reason = None if self.plan.no_finish else self.reason
        tail = self.chunks.tail(reason, self.prompt, self.texts, usage=bool(usage))
        await self._events([*tail, self.chunks.close()])
        await self.connection.send(b"0\r\n\r\n")
        return True

    async def _stream_head(self, close: bool) -> None:
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "x-request-id": f"req_{self.entry.id}"}
        self.connection.chunked = not close
        headers |= {"Connection": "close"} if close else {"Transfer-Encoding": "chunked"}
        await self.connection.head(200, headers)

    async def _content(self, texts: Sequence[str | dict[str, Any]]) -> None:
        await self._events([self.chunks.head(self.prompt)])
        sent = 0
        for hold in self.plan.hold_after:
            await self._paced(texts[sent:hold])
            await self._held()
            sent = hold
        await self._paced(texts[sent:])

    async def _held(self) -> None:
        """Until the test lets it go on; clients take a minute without a sign of life for the end."""
        while True:
            try:
                await asyncio.wait_for(self.released.acquire(), KEEP_ALIVE)
            except TimeoutError:
                await self.connection.body(self.chunks.ping())
            else:
                return

    async def _paced(self, texts: Sequence[str | dict[str, Any]]) -> None:
        """At the plan's rate. After a delay at most twice as fast: never what is behind in one piece."""
        start = sent = time.monotonic()
        if self.plan.rate <= 0:
            for batch, count in _batches(self.chunks.content(text) for text in texts):
                await self._events([batch], count)
            return
        period = 1 / self.plan.rate
        for number, text in enumerate(texts):
            due = max(start + number * period, sent + period / 2) if number else start
            await asyncio.sleep(max(0, due - time.monotonic()))
            sent = time.monotonic()
            await self._events([self.chunks.content(text)], 1)

    async def _events(self, events: list[bytes], count: int = 0) -> None:
        for event in filter(None, events):
            for part in (bytes([byte]) for byte in event) if self.plan.bytewise else (event,):
                await self.connection.body(part)
        self.entry.chunks += count
        if count:
            self.entry.last_chunk = time.monotonic()

    async def _fail(self, failure: str) -> bool:
        if failure == "stall":
            await self._stall(self.plan.pings)
        elif failure == "drop":
            self.connection.reset()
        elif failure in {"malformed", "error"}:
            await self._events([self.chunks.malformed() if failure == "malformed" else self.chunks.error()])
            await self._events([self.chunks.close()])
            await self.connection.send(b"0\r\n\r\n")
            return True
        return False  # "close" and "truncate" end with the FIN that now follows

    async def _stall(self, pings: float) -> None:
        while pings:
            await asyncio.sleep(pings)
            await self.connection.body(self.chunks.ping())
        await asyncio.Event().wait()  # until the client leaves


def _batches(events: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Events joined to about 64 KB, each with how many it holds: one write for a thousand chunks."""
    held: list[bytes] = []
    size = 0
    for event in events:
        held.append(event)
        size += len(event)
        if size >= BATCH:
            yield b"".join(held), len(held)
            held, size = [], 0
    if held:
        yield b"".join(held), len(held)
