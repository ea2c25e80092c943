"""What really stops a model: measured at the server that sends."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing, closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import Any

import httpx2
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_openai import ChatOpenAI

CHUNKS, TAKEN = 100, 5
EVENT = f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': 'a word '}}]})}\n\n".encode()


class Counter(BaseCallbackHandler):
    raise_error = True

    def __init__(self, most: int) -> None:
        self.tokens, self.most = 0, most

    def on_llm_new_token(self, *args: Any, **kwargs: Any) -> None:
        self.tokens += 1
        if self.tokens > self.most:
            raise InterruptedError


def close(chunks: Any) -> None:
    with closing(chunks):
        list(islice(chunks, TAKEN))


async def aclose(stream: Any) -> None:
    async with aclosing(stream) as chunks:
        for _ in range(TAKEN):
            await anext(chunks)
    await asyncio.sleep(0.1)  # what is inside it closes in the loop's own time


def refuse(chunks: Iterator[Any]) -> Iterator[Any]:
    yield from islice(chunks, TAKEN)
    raise InterruptedError


def lesson(model: BaseChatModel, prompt: str) -> None:
    class Server(BaseHTTPRequestHandler):
        sent, ended = 0, threading.Event()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.wfile.write(b"HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
            with suppress(OSError):
                for Server.sent in range(CHUNKS + 1):
                    self.wfile.write(EVENT)
                    time.sleep(0.005)
            self.ended.set()

    sockets: list[socket.socket] = []

    def opened(response: httpx2.Response) -> None:
        sockets.append(response.extensions["network_stream"].get_extra_info("socket"))

    def shut() -> None:
        for number, _ in enumerate(chain.stream(prompt), 1):
            if number == TAKEN:
                sockets[-1].shutdown(socket.SHUT_RDWR)

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server, ExitStack() as stack:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        client = httpx2.Client(event_hooks={"response": [opened]}, trust_env=False)
        url = f"http://127.0.0.1:{server.server_port}/v1"
        made: Any = {"model": "made-up", "api_key": "none", "base_url": url, "http_client": client}
        bare = ChatOpenAI(**made)
        chain = bare | StrOutputParser()
        ways: dict[str, Callable[[], Any]] = {
            "model, break": lambda: list(islice(bare.stream(prompt), TAKEN)),
            "model, close": lambda: close(bare.stream(prompt)),
            "chain, break": lambda: list(islice(chain.stream(prompt), TAKEN)),
            "chain, close": lambda: close(chain.stream(prompt)),
            "chain, the step behind the model raises": lambda: list((bare | refuse).stream(prompt)),
            "chain, a step further back raises": lambda: list((chain | refuse).stream(prompt)),
            "chain, a callback raises": lambda: list(chain.stream(prompt, {"callbacks": [Counter(TAKEN)]})),
            "chain, the socket is shut": shut,
            "chain, aclose": lambda: asyncio.run(aclose(chain.astream(prompt))),
        }
        for name, way in ways.items():
            Server.ended.clear()
            with suppress(Exception):
                way()
            Server.ended.wait(5)
            print(f"{name:40} {Server.sent:3} of {CHUNKS} sent")

    counter = Counter(10**9)
    close((model | StrOutputParser()).stream(prompt, {"callbacks": [counter]}))
    print(f"your model in a chain, closed after {TAKEN}: {counter.tokens} chunks were read")
