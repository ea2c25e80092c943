"""Lessons over Vertex AI's stand-ins: they stream, and Stop reaches the server."""

from __future__ import annotations

import asyncio

import pytest

from components.lessons import lessons, model_for
from components.streaming import Connection, Stop
from tests.lesson_runs import Played, play
from tests.servers.vertex import Vertex


async def over(vertex: Vertex, name: str, plan: str, stop: Stop | None = None) -> Played:
    def opened() -> Connection:
        lesson, connection = lessons()[name], vertex.open(plan)
        model = model_for(lesson, connection)
        return connection.with_chain(model, lesson.prompt)

    return await play(name, opened, stop=stop)


@pytest.mark.parametrize(
    "name", ["stream", "both_and_invoke", "event_reference", "callbacks_lost", "langgraph_modes", "fastapi"]
)
async def test_they_stream(vertex: Vertex, name: str) -> None:
    played = await over(vertex, name, "chunks=12")
    assert played.report.fault is None, played.texts
    assert sum("word" in text for text in played.texts) >= 3, "piece by piece"


@pytest.mark.parametrize("name", ["stream", "astream", "auto_streaming", "fastapi"])
async def test_stop(vertex: Vertex, name: str) -> None:
    vertex.server.forget()
    stop = Stop()

    async def press() -> None:
        await asyncio.to_thread(vertex.server.wait_for, "request", seconds=60)
        stop.set()

    pressing = asyncio.create_task(press())
    played = await over(vertex, name, "chunks=200,rate=20,stall_after=150", stop)
    await pressing
    assert played.report.verdict == "stopped"
    assert played.report.closed_after is not None
    await asyncio.to_thread(vertex.server.wait_for, "cancelled")
