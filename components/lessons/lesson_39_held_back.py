"""Where something on the way holds a stream back."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_core.language_models import BaseChatModel


class Gathering:
    """A proxy's buffer, of 4,096 bytes."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        held, passes = b"", False

        async def gather(message: Any) -> None:
            nonlocal held, passes
            passes = passes or (b"x-accel-buffering", b"no") in message.get("headers", [])
            if message["type"] == "http.response.body" and not passes:
                held += message.get("body", b"")
                if message.get("more_body") and len(held) < 4096:
                    return
                message, held = {**message, "body": held}, b""
            await send(message)

        await self.app(scope, receive, gather)


async def lesson(model: BaseChatModel, prompt: str) -> None:
    short = model.model_copy(update={"max_tokens": 16})
    app = FastAPI()

    @app.get("/run_stream")
    async def run_stream(header: str = "") -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            async for chunk in short.astream(prompt):
                yield chunk.text or "."  # a thought, or an end

        headers = {"X-Accel-Buffering": "no"} if header else {}
        return StreamingResponse(pieces(), media_type="text/plain; charset=utf-8", headers=headers)

    async def read(name: str, served: Any, size: int | None = None, **query: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = uvicorn.Server(uvicorn.Config(served, log_config=None, lifespan="off"))
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/run_stream"
            try:
                client = httpx.AsyncClient(trust_env=False, timeout=60)
                async with client, client.stream("GET", url, params=query) as response:
                    print(f"{name}: headers")
                    async for text in response.aiter_text(size):
                        print(f"{name}: {text!r}")
            finally:
                server.should_exit = True
                await serving

    await read("straight", app)
    await read("gathered", Gathering(app))
    await read("gathered, with the header", Gathering(app), header="yes")
    await read("asked for 4096 bytes", app, size=4096)
