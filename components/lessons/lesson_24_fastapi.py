"""FastAPI's StreamingResponse, and two clients that read it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_core.language_models import BaseChatModel


async def lesson(model: BaseChatModel, prompt: str) -> None:
    app = FastAPI()

    @app.post("/run_stream")
    async def run_stream(message: str = "What is baseball?") -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            end = ""
            async for chunk in model.astream(message):
                told = chunk.response_metadata
                end = told.get("finish_reason") or told.get("stop_reason") or told.get("status") or end
                if chunk.text:
                    yield chunk.text
            yield f"\n[end: {end or 'not told'}]"

        return StreamingResponse(pieces(), media_type="text/plain; charset=utf-8")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/run_stream"
        asked: Any = {"params": {"message": prompt}, "timeout": 60}
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                async with client.stream("POST", url, **asked) as response:
                    async for text in response.aiter_text():
                        print(f"streams         {text!r}")
                async with client.stream("POST", url, **asked) as response:
                    print("seems to stream: its headers are here")
                    whole = (await response.aread()).decode()
                    for letter in whole[:20]:
                        print(f"seems to stream {letter!r}")
                        await asyncio.sleep(0.02)
        finally:
            server.should_exit = True
            await serving
