"""The scripted provider fails with ChatOpenAI's own exceptions: both are made to fail, and compared."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from langchain_core.messages import AIMessageChunk

from components.providers.base import Connection
from components.providers.script.texts import TEXTS, tokenize
from tests.servers.openai_api import OpenAIServer
from tests.test_scripted import connect, read

# Failure of ours -> a model name that makes the stand-in fail the same way.
REAL = {
    "401": "auth",
    "429": "status=429,retry_after=2",
    "500": "500",
    "drop": "drop_after=20",
    "malformed": "malformed_after=20",
    "stall": "stall_after=20",
}


@pytest.fixture(scope="module")
def real() -> Mapping[tuple[str, str], Exception]:
    """What ChatOpenAI raises for each failure, by failure and method, each after the tokens it should."""
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    raised: dict[tuple[str, str], Exception] = {}

    async def fail(name: str) -> None:
        key = SecretStr("sk-bad-0123456789")
        timeout = 0.5 if name == "stall" else 30
        llm = ChatOpenAI(
            model=REAL[name], base_url=server.base_url, api_key=key, max_retries=0, timeout=timeout
        )
        for method in ("stream", "astream"):
            with pytest.raises(Exception) as caught:  # noqa: PT011
                await read(Connection(llm), method, [])
            raised[name, method] = caught.value

    async def fail_each() -> None:
        for name in REAL:
            await fail(name)

    with OpenAIServer() as server:
        asyncio.run(fail_each())
    return raised


@pytest.mark.parametrize("failure", REAL)
@pytest.mark.parametrize("method", ["stream", "astream"])
async def test_a_failure_is_the_one_chat_openai_raises(
    real: Mapping[tuple[str, str], Exception], failure: str, method: str
) -> None:
    chunks: list[AIMessageChunk] = []
    connection = connect({"failure": failure, "fail_after": "5", "timeout": "0.2"})
    with pytest.raises(type(real[failure, method])) as caught:
        await read(connection, method, chunks)
    theirs, ours = real[failure, method], caught.value
    assert type(ours) is type(theirs)
    for name in ("status_code", "code", "type", "is_retryable"):
        assert getattr(ours, name, None) == getattr(theirs, name, None)
    assert hasattr(ours, "response") == hasattr(theirs, "response")
    if failure == "429":
        assert ours.response.headers["retry-after"] == theirs.response.headers["retry-after"] == "2"  # type: ignore[attr-defined]
    if failure in {"drop", "malformed"}:
        assert type(ours.__cause__) is type(theirs.__cause__.__cause__ if theirs.__cause__ else None)
    said = "" if failure.isdigit() else "".join(tokenize(TEXTS["en"])[:5])
    assert "".join(chunk.text for chunk in chunks) == said
