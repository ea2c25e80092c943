"""The stand-in's routes and the log of what came in."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers import anthropic_bodies, azure_bodies, gemini_bodies, responses_bodies
from tests.servers import openai_bodies as bodies
from tests.servers.dialect import Dialect
from tests.servers.openai_connection import Connection, Entry
from tests.servers.openai_plan import AS_SET, AS_TOLD, Plan, PlanError, parse
from tests.servers.openai_reply import Reply

OPENAI = bodies.Dialect()
DIALECTS: tuple[Dialect, ...] = (
    OPENAI,
    responses_bodies.Dialect(),
    azure_bodies.Dialect(),
    anthropic_bodies.Dialect(),
    gemini_bodies.Dialect(),
)


@dataclass(slots=True)
class Service:
    log: list[Entry] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    released: defaultdict[str, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(0))
    )
    served: int = 0
    set: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, until either end closes it."""
        connection = Connection(reader, writer)
        try:
            while request := await connection.request():
                connection.entry = None
                answer = asyncio.ensure_future(self._answer(connection, *request))
                if not await _unless_closed(answer, connection):
                    break
        except asyncio.CancelledError:
            pass  # the process ends; Python 3.11 would print a traceback for each open connection
        finally:
            writer.close()

    async def _answer(
        self, connection: Connection, method: str, path: str, headers: dict[str, str], raw: bytes
    ) -> bool:
        route = f"{method} {path.partition('?')[0]}"
        if route == "GET /_log":
            model = parse_qs(urlsplit(path).query, keep_blank_values=True).get("model")
            wanted = [entry.as_json() for entry in self.log if model is None or entry.model == model[0]]
            return await _json(connection, 200, json.dumps(wanted).encode())
        if route == "POST /_reset":
            self.log.clear()
            self.failed.clear()
            self.released.clear()
            return await _json(connection, 200, b"{}")
        body, readable = _read(raw)
        if route == "POST /_set":
            self.set = str(body["plan"])
            return await _json(connection, 200, b"{}")
        if route == "POST /_release":
            for _ in range(body["count"]):
                self.released[body["id"]].release()
            return await _json(connection, 200, b"{}")
        self.served += 1
        entry = Entry(self.served, method, path, headers, body, time.monotonic())
        self.log.append(entry)
        connection.entry = entry
        asked = body if isinstance(body, dict) else {}
        for dialect in DIALECTS:
            entry.model = dialect.model(method, path.partition("?")[0], asked)
            if entry.model is not None:
                again = await self._chat(connection, entry, dialect, readable)
                break
        else:
            again = await self._other(connection, route)
        if again:
            entry.finished = time.monotonic()
        return again

    async def _other(self, connection: Connection, route: str) -> bool:
        if route == "GET /v1/models":
            rows = [
                {"id": name, "object": "model", "created": 0, "owned_by": "system"} for name in bodies.MODELS
            ]
            return await _json(connection, 200, json.dumps({"object": "list", "data": rows}).encode())
        return await _json(connection, 404, bodies.error(f"Invalid URL ({route})"))

    async def _chat(self, connection: Connection, entry: Entry, dialect: Dialect, readable: bool) -> bool:
        if not readable or not isinstance(entry.body, dict):
            return await _json(
                connection, 400, bodies.error("We could not parse the JSON body of your request.")
            )
        model = str(entry.model)
        asked = dialect.asked(entry.path, entry.body)
        try:
            plan = parse(self._told(model, asked))
        except PlanError as reason:
            return await _json(connection, 400, bodies.error(f"The stand-in can't: {reason}.", param="model"))
        key = dialect.key(entry.headers)
        status = self._status(plan, model, key)
        if not status:
            return await Reply(connection, entry, plan, dialect, self.released[plan.id]).run()
        if plan.hold_after:
            await self.released[plan.id].acquire()
        more = {"retry-after": plan.retry_after} if plan.retry_after else {}
        error = dialect.status_error(status, model, key)
        if plan.context_overflow:
            error = dialect.context_overflow(bodies.prompt_tokens(asked))
        return await _json(connection, dialect.status(status), error, **more)

    def _told(self, model: str, body: dict[str, Any]) -> str:
        plan = self.set if model == AS_SET else model
        return str(body["messages"][-1]["content"]) if plan == AS_TOLD else plan

    def _status(self, plan: Plan, model: str, key: str) -> int:
        """The HTTP error this request gets, 0 for none."""
        if model == "nope":
            return 404
        if plan.auth and not key.startswith("sk-good"):
            return 401
        if plan.context_overflow:
            return 400
        if plan.status and plan.fail_times:
            self.failed[plan.id] += 1
            return plan.status if self.failed[plan.id] <= plan.fail_times else 0
        return plan.status


async def _unless_closed(answer: asyncio.Future[bool], connection: Connection) -> bool:
    """Await an answer while watching the client's end; False when either says to stop."""
    watch = asyncio.ensure_future(connection.closing())
    tasks: list[asyncio.Future[Any]] = [answer, watch]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        unfinished = [task for task in tasks if not task.done()]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
    if answer.cancelled():
        return False
    if isinstance(answer.exception(), OSError):  # written to after the client had gone
        return False
    return answer.result() and watch.cancelled()


def _read(raw: bytes) -> tuple[Any, bool]:
    try:
        return (json.loads(raw) if raw else None), True
    except ValueError:
        return raw.decode("utf-8", "replace"), False


async def _json(connection: Connection, status: int, body: bytes, **headers: str) -> bool:
    fixed = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    if connection.entry is not None:
        fixed["x-request-id"] = f"req_{connection.entry.id}"
    await connection.head(status, fixed | {name.replace("_", "-"): value for name, value in headers.items()})
    await connection.send(body)
    return True
