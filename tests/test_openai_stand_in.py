"""The OpenAI stand-in, read through ChatOpenAI: replies add up, and failures are the ones that really come.

What ChatOpenAI raises is written out here, so that an upgrade that changes it is noticed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from langchain_core.messages import BaseMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import pieces

# Seconds after which a client gives up: where something comes before that, and where nothing does.
PATIENCE, SILENCE = 3, 0.5


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(params=["stream", "astream"])
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def chat(server: OpenAIServer, model: str, **given: Any) -> AsyncIterator[ChatOpenAI]:
    """With HTTP clients of its own: the ones langchain-openai shares belong to another test's event loop.

    Without TLS they have no use for certificates, which would take longer to load than most of these tests.
    """
    with httpx2.Client(verify=False) as client:
        async with httpx2.AsyncClient(verify=False) as async_client:
            yield ChatOpenAI(
                model=model,
                base_url=server.base_url,
                api_key=given.pop("api_key", SecretStr("sk-good-0123456789")),
                stream_usage=True,
                max_retries=0,
                http_client=client,
                http_async_client=async_client,
                **given,
            )


@dataclass
class Got:
    texts: list[str] = field(default_factory=list)
    finish: str | None = None
    usage: tuple[int, int] | None = None
    error: Exception | None = None

    def add(self, chunk: BaseMessage) -> None:
        if chunk.text:
            self.texts.append(chunk.text)
        self.finish = chunk.response_metadata.get("finish_reason") or self.finish
        if used := getattr(chunk, "usage_metadata", None):
            self.usage = (used["input_tokens"], used["output_tokens"])


async def read(server: OpenAIServer, method: str, model: str, **given: Any) -> Got:
    got = Got()
    async with chat(server, model, **given) as llm:
        try:
            if method == "stream":
                for chunk in llm.stream("Hi there"):
                    got.add(chunk)
            else:
                async for chunk in llm.astream("Hi there"):
                    got.add(chunk)
        except Exception as error:  # noqa: BLE001 - whatever it raises is what is looked at
            got.error = error
    return got


@pytest.mark.parametrize("text", ["lorem", "markdown", "json", "rtl", "emoji"])
@pytest.mark.parametrize("how", ["", ",bytewise", ",rate=200,first=0.1"])
async def test_text_usage_and_finish_reason_arrive(
    server: OpenAIServer, method: str, text: str, how: str
) -> None:
    got = await read(server, method, f"chunks=40,text={text}{how}")
    assert got.error is None
    assert got.texts == pieces(text, 40)
    assert got.finish == "stop"
    assert got.usage == (5, 40)
    if text == "json":
        assert json.loads("".join(got.texts))["countries"][1]["name"] == "Country 2"


async def test_a_chunk_has_the_size_that_is_asked_for(server: OpenAIServer, method: str) -> None:
    got = await read(server, method, "chunks=40,text=json,size=100")
    assert got.texts == pieces("json", 40, 100)
    assert 4000 <= len("".join(got.texts)) < 4200


async def test_it_recites_what_it_is_told(server: OpenAIServer) -> None:
    said = ['{"a', "", '": "\n😀', '"}'] * 50
    async with chat(server, "recite,bytewise", max_tokens=20) as llm:
        texts = [chunk.text for chunk in llm.stream(json.dumps(said))]
    assert [text for text in texts if text] == [text for text in said if text]


async def test_max_tokens_and_other_ends(server: OpenAIServer, method: str) -> None:
    cut = await read(server, method, "chunks=40", max_tokens=7)
    assert (len(cut.texts), cut.finish, cut.usage) == (7, "length", (5, 7))
    filtered = await read(server, method, "finish=content_filter,chunks=3")
    assert (len(filtered.texts), filtered.finish) == (3, "content_filter")


async def test_echo_says_what_was_sent(server: OpenAIServer, method: str) -> None:
    got = await read(server, method, "echo")
    assert json.loads("".join(got.texts)) == [{"role": "user", "content": "Hi there"}]


# model -> class of ChatOpenAI's error, and what it carries
REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "auth": ("OpenAIAuthenticationError", {"status_code": 401, "code": "invalid_api_key"}),
    "403": ("OpenAIPermissionDeniedError", {"status_code": 403, "is_retryable": False}),
    "nope": ("OpenAIModelNotFoundError", {"status_code": 404, "code": "model_not_found"}),
    "404": ("OpenAIModelNotFoundError", {"status_code": 404, "is_retryable": False}),
    "400": ("OpenAIInvalidRequestError", {"status_code": 400, "is_retryable": False}),
    "no_such_plan=1": ("OpenAIInvalidRequestError", {"status_code": 400, "param": "model"}),
    "chunks=many": ("OpenAIInvalidRequestError", {"status_code": 400, "param": "model"}),
    "status=429,retry_after=1": ("OpenAIRateLimitError", {"status_code": 429, "is_retryable": True}),
    "500": ("OpenAIAPIError", {"status_code": 500, "is_retryable": True}),
    "503": ("OpenAIAPIError", {"status_code": 503, "is_retryable": True}),
    # Not a ContextOverflowError: openai 3.52 doesn't put the code, which langchain-openai 1.7.3 looks for,
    # into the message any more.
    "context_overflow": ("OpenAIInvalidRequestError", {"code": "context_length_exceeded"}),
}


@pytest.mark.parametrize("model", REFUSED)
async def test_a_refusal_is_a_model_error(server: OpenAIServer, method: str, model: str) -> None:
    got = await read(server, method, model, api_key=SecretStr("sk-bad-0123456789abcdef"))
    name, carried = REFUSED[model]
    assert type(got.error).__name__ == name
    assert {key: getattr(got.error, key) for key in carried} == carried
    assert got.error.response.headers["x-request-id"].startswith("req_")  # type: ignore[union-attr]
    if "429" in model:
        assert got.error.response.headers["retry-after"] == "1"  # type: ignore[union-attr]
    if model == "auth":
        assert "sk-bad-0" in str(got.error)
        assert "sk-bad-0123456789abcdef" not in str(got.error)


@pytest.mark.parametrize("after", [0, 5])
@pytest.mark.parametrize(
    ("model", "raised", "cause"),
    [
        ("drop_after", "OpenAIConnectionError", "ReadError"),
        ("truncate_after", "OpenAIConnectionError", "RemoteProtocolError"),
        ("malformed_after", "JSONDecodeError", ""),
        ("error_after", "APIError", ""),
        ("stall_after", "OpenAITimeoutError", "ReadTimeout"),
        ("close_after", "NoneType", ""),
    ],
)
async def test_a_failure_in_mid_stream(
    server: OpenAIServer, method: str, model: str, raised: str, cause: str, after: int
) -> None:
    seconds = (PATIENCE if after else SILENCE) if "stall" in model else 60
    got = await read(server, method, f"{model}={after}", timeout=seconds)
    assert type(got.error).__name__ == raised
    assert got.texts == pieces("lorem", 20)[:after]
    assert got.finish is None
    if cause:
        assert got.error is not None
        assert got.error.__cause__ is not None
        assert type(got.error.__cause__.__cause__).__name__ == cause


@pytest.mark.parametrize(
    ("model", "raised"),
    [
        ("stall_first", "OpenAITimeoutError"),
        ("stall_headers", "OpenAITimeoutError"),
        ("drop_first", "OpenAIConnectionError"),
        ("no_finish", "NoneType"),
    ],
)
async def test_a_failure_before_or_after_the_text(
    server: OpenAIServer, method: str, model: str, raised: str
) -> None:
    got = await read(server, method, model, timeout=SILENCE if "stall" in model else 60)
    assert type(got.error).__name__ == raised
    assert len(got.texts) == (20 if model == "no_finish" else 0)
    assert got.finish is None


async def test_keep_alives_alone_end_only_an_async_stream(server: OpenAIServer) -> None:
    model = "stall_after=5,pings=0.2"
    got = await read(server, "astream", model, timeout=60, stream_chunk_timeout=PATIENCE)
    assert type(got.error).__name__ == "StreamChunkTimeoutError"
    assert isinstance(got.error, TimeoutError)
    assert len(got.texts) == 5


async def test_it_holds_a_reply_until_it_is_released(server: OpenAIServer) -> None:
    name = "chunks=8,hold_after=2+5,id=held"
    async with chat(server, name) as llm:
        chunks = llm.astream("Hi")
        server.release("held")  # before it is asked
        texts = [(await anext(chunks)).text for _ in range(6)]  # the first is empty
        (entry,) = server.requests(name)
        assert (texts[1:], entry.chunks, entry.finished) == (pieces("lorem", 5), 5, None)
        await asyncio.to_thread(server.release, "held")
        assert [chunk.text async for chunk in chunks if chunk.text] == pieces("lorem", 8)[5:]
        server.release("held")  # once, as all of it comes in one piece
        assert (await llm.ainvoke("Hi")).text == "".join(pieces("lorem", 8))


async def test_it_fails_so_many_times(server: OpenAIServer, method: str) -> None:
    model = f"status=503,fail_times=2,id={method},chunks=3"
    codes = [getattr((await read(server, method, model)).error, "status_code", None) for _ in range(4)]
    assert codes == [503, 503, None, None]


# 2026-11: closed while bytes come at once, httpx2's own generators may be collected as they still run.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <async_generator object:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize("model", ["rate=50,chunks=5000", "chunks=50000", "stall_after=5", "first=60"])
async def test_a_client_that_leaves_is_noticed(server: OpenAIServer, method: str, model: str) -> None:
    name = f"{model},id={method}"
    async with chat(server, name, timeout=SILENCE if "first" in model else 60) as llm:
        if "first" in model:
            with pytest.raises(Exception, match="timed out"):
                await llm.ainvoke("Hi") if method == "astream" else llm.invoke("Hi")
        elif method == "stream":
            chunks = llm.stream("Hi")
            next(chunks)
            chunks.close()  # type: ignore[attr-defined]
        else:
            achunks = llm.astream("Hi")
            await anext(achunks)
            await achunks.aclose()  # type: ignore[attr-defined]
        # In a thread: an async client needs its event loop to close the connection.
        entry = await asyncio.to_thread(server.wait_for, lambda entry: entry.closed is not None, name)
    assert entry.finished is None
    assert entry.chunks < 50000


async def test_invoke_reads_the_whole_reply(server: OpenAIServer) -> None:
    async with chat(server, "chunks=30") as llm:
        for reply in (llm.invoke("Hi there"), await llm.ainvoke("Hi there")):
            assert reply.text == "".join(pieces("lorem", 30))
            assert reply.response_metadata["finish_reason"] == "stop"
    async with chat(server, "drop_after=3") as llm:
        with pytest.raises(Exception, match="Connection error"):
            llm.invoke("Hi there")
