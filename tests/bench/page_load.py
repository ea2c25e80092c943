"""What a reply takes of the browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page


@dataclass
class Load:
    """What a page took. `bytes`: of data that reached it; `main`: milliseconds of its main thread's tasks."""

    bytes: int = 0
    main: float = 0.0


@contextmanager
def loaded(page: Page, *, received: bool = True) -> Iterator[Load]:
    """Known when the block has ended.

    Without `received` no bytes are counted: the browser tells of every message, which for the hundreds of MB
    that Streamlit sends for a long reply would be what is waited for.
    """
    load = Load()
    wire = page.context.new_cdp_session(page)

    def frame(event: dict[str, Any]) -> None:
        text = event["response"]["payloadData"]
        load.bytes += len(text) * 3 // 4 if event["response"]["opcode"] == 2 else len(text.encode())

    def data(event: dict[str, Any]) -> None:
        load.bytes += event["dataLength"]

    if received:
        wire.on("Network.dataReceived", data)
        wire.on("Network.webSocketFrameReceived", frame)
        wire.send("Network.enable")
    wire.send("Performance.enable")
    before = _main_thread(wire)
    yield load
    load.main = _main_thread(wire) - before
    wire.detach()


def _main_thread(wire: CDPSession) -> float:
    metrics = wire.send("Performance.getMetrics")["metrics"]
    return 1000 * float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))
