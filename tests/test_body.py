"""An answer whose server forgets to end it, beside others of its run."""

from __future__ import annotations

from typing import Any

import pytest

from components.providers.clients import Clients, bearer
from components.providers.sse import body
from tests.chat_bytes import chunk, stream
from tests.servers.raw import Answer, Request, answering

FINISHED = stream(chunk("a"), chunk(finish="stop"), end="")


@pytest.mark.parametrize("leaves", [False, True])
async def test_no_other_answer_is_broken(monkeypatch: pytest.MonkeyPatch, leaves: bool) -> None:
    """`leaves`: its reader has heard enough, as LangChain where a structured reply was cut off."""
    monkeypatch.setattr(body, "GRACE", 0.05)

    def answer(request: Request) -> Answer:
        if request.body["model"] == "endless":
            return Answer((FINISHED,), ends=False)
        return Answer((stream(chunk("b"), end=""), 0.5, stream(chunk("c"), chunk(finish="stop"))))

    async with answering(answer) as server:
        clients = Clients(server.base_url, bearer("k"))

        def ask(model: str) -> Any:
            asked = {"model": model, "messages": [], "stream": True}
            return clients.asynchronous.stream("POST", f"{server.base_url}/chat/completions", json=asked)

        async with ask("endless") as endless, ask("slow") as slow:
            first = aiter(endless.aiter_bytes())
            assert b'"a"' in await anext(first)
            if leaves:
                await endless.aclose()
            else:
                [_ async for _ in first]
            told = b"".join([piece async for piece in slow.aiter_bytes()])
        assert b'"c"' in told
        await clients.asynchronous.aclose()
