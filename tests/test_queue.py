"""Two hundred at once: some stream, the others are told their places by our line, not by Gradio's queue."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx

from tests.app_process import running
from tests.servers.openai_api import OpenAIServer

# Many wait: of a hundred that stream, most of this test's time would go into opening their connections.
STREAMS, ALL = 20, 200
PLAN = "chunks=2,hold_after=1,id=two-hundred"


async def messages(client: httpx.AsyncClient, session: str, begun: dict[str, Any]) -> AsyncIterator[str]:
    """What one page is sent after a click; `begun`: the event's number and inputs."""
    joined = await client.post("/gradio_api/queue/join", json={**begun, "session_hash": session})
    assert joined.status_code == 200, joined.text
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as told:
        async for line in told.aiter_lines():
            if line.startswith("data: "):
                yield line


def click(config: dict[str, Any], button: str) -> dict[str, Any]:
    """The run of the JSON tab, as the page begins it."""
    (target,) = (one["id"] for one in config["components"] if one["props"].get("elem_id") == button)
    event = next(
        one for one in config["dependencies"] if [target, "click"] in one["targets"] and one["inputs"]
    )
    values = {one["id"]: one["props"].get("value") for one in config["components"]}
    data = [values.get(number) for number in event["inputs"]]
    return {"data": data, "fn_index": event["id"], "event_data": None, "trigger_id": target}


async def test_the_two_hundredth(openai_server: OpenAIServer) -> None:
    upstream = {"OPENAI_BASE_URL": openai_server.base_url, "OPENAI_API_KEY": "none"}
    with running(PROVIDER="openai", MODEL=PLAN, STREAMS=str(STREAMS), **upstream) as app:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        async with httpx.AsyncClient(base_url=app.url, limits=limits, timeout=120) as client:
            begun = click((await client.get("/config")).json(), "run-json")
            places: set[int] = set()
            streaming: set[int] = set()
            everyone = asyncio.Event()

            async def visit(number: int) -> None:
                async for message in messages(client, f"visitor{number}", begun):
                    assert '"success":false' not in message, message
                    if place := re.search(r"queued: position (\d+)", message):
                        places.add(int(place[1]))
                    elif re.search(r"stream · \d+ chunk", message):
                        streaming.add(number)
                    if len(places) >= ALL - STREAMS and len(streaming) >= STREAMS:
                        everyone.set()

            visits = [asyncio.create_task(visit(number)) for number in range(ALL)]
            try:
                async with asyncio.timeout(250):
                    await everyone.wait()
            finally:
                for one in visits:
                    one.cancel()
                await asyncio.gather(*visits, return_exceptions=True)
            assert places == set(range(1, ALL - STREAMS + 1))
            assert len(openai_server.requests(PLAN)) == STREAMS
