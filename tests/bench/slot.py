"""Stop with the embedded model: how long llama.cpp goes on."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from components.providers import Choice
from components.providers.local import Local
from components.settings import Settings
from components.streaming import Connection, Frame, Stop
from tests.runs import collect, source_of

# Long enough that it is still at it when it is stopped.
MESSAGE = "Write a very long story about a river."
TOKENS = 1000


class Llama:
    """The `local` provider, without a page."""

    def __enter__(self) -> Llama:
        self._local = Local(Settings())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._local.stop()

    async def stop(self, method: str) -> float:
        """Seconds from Stop in mid-reply until no slot is busy."""
        busy = asyncio.Event()
        ended = Stop()

        def seen(frame: Frame) -> None:
            if frame.chunks > 1:
                busy.set()

        reading = asyncio.create_task(collect(self._open, method, stop=ended, seen=seen))
        if method == "invoke":
            await asyncio.to_thread(self._wait_for_slots, _generating)
        else:
            await asyncio.wait([reading, asyncio.create_task(busy.wait())], return_when="FIRST_COMPLETED")
        began = time.monotonic()
        ended.set()
        seconds = await asyncio.to_thread(self._wait_for_slots, _idle) - began
        report = (await reading).report
        if report.verdict != "stopped":
            raise RuntimeError(f"{method} ended before it was stopped: {report}")
        return seconds

    def _open(self) -> Connection:
        return source_of(self._local.open(Choice("local", max_tokens=TOKENS)), MESSAGE)

    def _wait_for_slots(self, wanted: Callable[[list[dict[str, Any]]], bool]) -> float:
        """The `time.monotonic()` at which the slots were as wanted."""
        connection = self._local.open(Choice("local"))
        model = connection.model
        address = urlsplit(str(model.openai_api_base)).netloc
        key = model.openai_api_key.get_secret_value()
        client = http.client.HTTPConnection(address, timeout=10)
        deadline = time.monotonic() + 30
        try:
            while True:
                client.request("GET", "/slots", headers={"Authorization": f"Bearer {key}"})
                slots = json.load(client.getresponse())
                if wanted(slots):
                    return time.monotonic()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"llama.cpp's slots are not {wanted.__name__}: {slots}")
        finally:
            client.close()
            connection.close()


def _idle(slots: list[dict[str, Any]]) -> bool:
    return not any(slot["is_processing"] for slot in slots)


def _generating(slots: list[dict[str, Any]]) -> bool:
    return any(slot["is_processing"] and slot["next_token"][0]["n_decoded"] > 1 for slot in slots)
