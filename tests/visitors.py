"""Visitors without a browser: what a page sends and reads, over HTTP, many at a time."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True)
class Served:
    """What the page's configuration says: where its events are."""

    config: Mapping[str, Any]

    @classmethod
    async def at(cls, http: httpx.AsyncClient) -> Served:
        response = await http.get("/config")
        response.raise_for_status()
        return cls(response.json())

    def event(self, elem_id: str, event: str) -> int:
        """The number of what happens on an element's event."""
        (element,) = (
            one["id"] for one in self.config["components"] if one["props"].get("elem_id") == elem_id
        )
        return next(
            int(one["id"]) for one in self.config["dependencies"] if [element, event] in one["targets"]
        )


@dataclass(frozen=True)
class Visitor:
    """One tab of a browser; `http` may be shared, its cookies are then too."""

    http: httpx.AsyncClient
    session: str = field(default_factory=lambda: uuid.uuid4().hex[:10])

    @property
    def heartbeat(self) -> str:
        return f"/gradio_api/heartbeat/{self.session}"

    @asynccontextmanager
    async def here(self) -> AsyncIterator[None]:
        """The page is open: its heartbeat goes on."""
        async with self.beats():
            yield

    @asynccontextmanager
    async def beats(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """The heartbeat itself, from its first beat."""
        async with self.http.stream("GET", self.heartbeat) as heartbeat:
            assert heartbeat.status_code == 200
            beats = heartbeat.aiter_bytes()  # which would end the stream if nobody held it
            await anext(beats)
            yield beats

    async def does(self, event: int, *data: Any, told: Any = None) -> AsyncIterator[dict[str, Any]]:
        """One of the page's own events: the server's messages until it has nothing more to say.

        `told`: what the element says of its event.
        """
        body = {"data": data, "fn_index": event, "session_hash": self.session, "trigger_id": None}
        body |= {"event_data": told}
        joined = await self.http.post("/gradio_api/queue/join", json=body)
        joined.raise_for_status()
        path = f"/gradio_api/queue/data?session_hash={self.session}"
        async with self.http.stream("GET", path) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    message = json.loads(line.removeprefix("data: "))
                    if message["msg"] == "close_stream":
                        return
                    yield message

    async def chats(self, message: str) -> AsyncGenerator[str]:
        """`/chat`: the text so far, each time there is more.

        Raises:
            Refused: what the server says instead of a reply.
            httpx.HTTPError: the connection broke.
        """
        body = {"data": [message], "session_hash": self.session}
        asked = await self.http.post("/gradio_api/call/chat", json=body)
        asked.raise_for_status()
        async with self.http.stream("GET", f"/gradio_api/call/chat/{asked.json()['event_id']}") as response:
            response.raise_for_status()
            event = ""
            async for line in response.aiter_lines():
                name, _, rest = line.partition(": ")
                if name == "event":
                    event = rest
                elif name == "data" and event == "error":
                    raise Refused(rest)
                elif name == "data" and event in {"generating", "complete"}:
                    yield json.loads(rest)[0]
                if name == "data" and event == "complete":
                    return
        raise httpx.RemoteProtocolError("the stream ended before its reply did")


class Refused(Exception):
    """The server's own words."""
