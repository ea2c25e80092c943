"""The scripted provider fails as a server on a socket does: both are made to fail, and compared."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import pytest
from langchain_core.messages import AIMessageChunk

from components.providers.script.reply import TEXTS, tokenize
from tests.runs import KEY, over
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
    "error": "error_after=20",
}


@pytest.fixture(scope="module")
def real(openai_server: OpenAIServer) -> Mapping[tuple[str, str], Exception]:
    """What is raised for each failure of a server, by failure and method, each after the tokens it should."""
    raised: dict[tuple[str, str], Exception] = {}

    async def fail(name: str) -> None:
        for method in ("stream", "astream"):
            key, silence = "sk-bad-0123456789" if name == "401" else KEY, 0.5 if name == "stall" else 60
            connection = over(openai_server.base_url, REAL[name], key, silence)
            with pytest.raises(Exception) as caught:  # noqa: PT011
                await read(connection, method, [])
            raised[name, method] = caught.value

    async def fail_each() -> None:
        for name in REAL:
            await fail(name)

    asyncio.run(fail_each())
    return raised


def kinds(error: BaseException | None) -> Iterator[type[BaseException]]:
    """Of an exception and its causes."""
    while error is not None:
        yield type(error)
        error = error.__cause__


@pytest.mark.parametrize("failure", REAL)
@pytest.mark.parametrize("method", ["stream", "astream"])
async def test_a_failure_is_that_of_a_server(
    real: Mapping[tuple[str, str], Exception], failure: str, method: str
) -> None:
    chunks: list[AIMessageChunk] = []
    connection = connect({"failure": failure, "fail_after": "5", "timeout": "0.2"})
    with pytest.raises(type(real[failure, method])) as caught:
        await read(connection, method, chunks)
    theirs, ours = real[failure, method], caught.value
    # Theirs goes on below httpx2, down to the socket.
    assert all(one is other for one, other in zip(kinds(ours), kinds(theirs), strict=False))
    for name in ("status_code", "code", "type", "is_retryable"):
        assert getattr(ours, name, None) == getattr(theirs, name, None)
    if failure == "429":
        assert ours.response.headers["retry-after"] == theirs.response.headers["retry-after"] == "2"  # type: ignore[attr-defined]
    said = "" if failure.isdigit() else "".join(tokenize(TEXTS["en"])[:5])
    assert "".join(chunk.text for chunk in chunks) == said
