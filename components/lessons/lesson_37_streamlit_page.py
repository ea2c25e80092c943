"""A Streamlit page that reads /run_stream as it comes, and one that only seems to."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_core.language_models import BaseChatModel


def truly(url: str, message: str) -> Iterator[str]:
    asked = {"message": message}
    with httpx.stream("POST", f"{url}/run_stream", params=asked, timeout=60, trust_env=False) as response:
        yield from response.iter_text()


def as_the_tutorial_did(url: str, message: str) -> Iterator[str]:
    for letter in "".join(truly(url, message)):  # response.text
        yield letter
        time.sleep(0.02)


def page(url: str) -> None:
    import streamlit as st  # no requirement of this app

    message = st.text_input("Message", "What is baseball?")
    if st.button("Ask"):
        st.write_stream(truly(url, message))


async def lesson(model: BaseChatModel, prompt: str) -> None:
    app = FastAPI()

    @app.post("/run_stream")
    async def run_stream(message: str) -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            async for chunk in model.astream(message):
                yield chunk.text

        return StreamingResponse(pieces(), media_type="text/plain; charset=utf-8")

    def play(url: str, way: Callable[[str, str], Iterator[str]]) -> None:
        print(way.__name__)
        for piece in islice(way(url, prompt), 20):
            print(f"{way.__name__} {piece!r}")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            await asyncio.to_thread(play, url, truly)
            await asyncio.to_thread(play, url, as_the_tutorial_did)
        finally:
            server.should_exit = True
            await serving
