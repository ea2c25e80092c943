"""Every failure of a real server, and of the scripted provider, becomes the fault a person can act on."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator

import pytest

from components.providers import Choice
from components.providers.scripted import Scripted
from components.settings import METHODS, Settings
from components.streaming import Connection, Verdict
from tests import runs
from tests.runs import KEY, SPOKEN, Got, check_frames, impatient, openai, opening, source_of
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import pieces
from tests.servers.raw import Answer, Request, answering

STREAMS = tuple(method for method in METHODS if method != "invoke")
FIVE = "".join(pieces("lorem", 5))
ALL = "".join(pieces("lorem", 20))


async def by_each(
    connect: Callable[[], Connection], methods: tuple[str, ...] = METHODS, key: str = KEY
) -> list[Got]:
    """One run by every method, at once; no frame may hold the key, nor what a masked one shows of it."""
    each = list((await runs.by_each(connect, methods)).values())
    for got in each:
        check_frames(got.frames)
        for piece in (key, key[:8], key[-4:]):
            assert piece not in repr(got.frames)
    return each


@pytest.fixture(autouse=True)
def nothing_logged_has_the_key(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level("DEBUG")
    yield
    for secret in (KEY, "SECRET", KEY[-4:]):
        assert secret not in caplog.text


BEFORE_TEXT = {
    "auth,refused": "unauthorized",
    "401": "unauthorized",
    "403": "forbidden",
    "nope": "not_found",
    "400": "bad_request",
    "422": "bad_request",
    "context_overflow": "too_long",
    "429,retry_after=60": "rate_limited",
    "500": "server_error",
    "529": "overloaded",
    "drop_first": "dropped",
    "malformed_after=0": "malformed",
    "chunks=0": "empty",
}


# Vertex AI's is Gemini's by another address: see test_dialects.py.
each_api = pytest.mark.parametrize("spoken", [spoken for spoken in SPOKEN if spoken != "gemini of vertexai"])
# What is tried three times.
AGAIN = ("500", "529", "drop_first", "malformed_after=0")


@each_api
async def test_before_any_text(openai_server: OpenAIServer, spoken: str) -> None:
    async def fail(model: str) -> None:
        key = "sk-bad-SECRETSECRETSECRET-7Q4Z" if "auth" in model else KEY
        for got in await by_each(opening(spoken, openai_server.address, model, key), key=key):
            assert got.kind == BEFORE_TEXT[model], (model, got.report.method)
            assert got.report.attempts == (3 if model in AGAIN else 1), (model, got.report.method)
            assert got.report.verdict is Verdict.FAILED
            assert got.text == ""
            assert got.report.first_token is None
            assert got.report.tokens_per_second is None

    await asyncio.gather(*map(fail, BEFORE_TEXT))


# Of `invoke`, whose reply comes whole, only a reply that came can end wrongly.
AFTER_TEXT = {
    "drop_after=5": ("dropped", FIVE, STREAMS),
    "truncate_after=5": ("dropped", FIVE, STREAMS),
    "malformed_after=5": ("malformed", FIVE, STREAMS),
    "error_after=5": ("provider_error", FIVE, STREAMS),
    "close_after=5": ("cut_off", FIVE, STREAMS),
    "close_after=0": ("cut_off", "", STREAMS),
    "think=3,chunks=0": ("thought_only", "", METHODS),
    "finish=content_filter": ("content_filter", ALL, METHODS),
}


# Where a server says something else than OpenAI's.
OTHERWISE = {
    ("anthropic", "error_after=5"): "overloaded",
    ("gemini", "error_after=5"): "overloaded",
    ("gemini", "close_after=0"): "nothing_sent",  # it begins with no role
}


@each_api
async def test_what_has_arrived_stays(openai_server: OpenAIServer, spoken: str) -> None:
    async def stays(model: str) -> None:
        kind, text, methods = AFTER_TEXT[model]
        kind = OTHERWISE.get((spoken, model), kind)
        for got in await by_each(opening(spoken, openai_server.address, model), methods):
            assert (got.kind, got.text) == (kind, text), model
            assert got.report.verdict is (Verdict.CUT_OFF if kind == "cut_off" else Verdict.FAILED), model

    await asyncio.gather(*map(stays, AFTER_TEXT))


async def test_silence_and_an_invoke_that_breaks(openai_server: OpenAIServer) -> None:
    """Silence after the first token ends a run; what comes before any text is tried three times."""
    base_url = openai_server.base_url
    kinds = {"truncate_after=5": "dropped", "malformed_after=5": "malformed"}
    before, after, *broken = await asyncio.gather(
        by_each(impatient(base_url, "stall_first", silence=0.5)),
        by_each(impatient(base_url, "stall_after=5", silence=1.5), STREAMS),
        *(by_each(openai(base_url, model), ("invoke",)) for model in kinds),
    )
    for got in before:
        assert (got.kind, got.text, got.report.attempts) == ("timeout", "", 3)
    for got in after:
        # One whose text didn't come in time was asked again, and no other.
        assert (got.kind, got.text) == ("timeout", FIVE)
    for kind, (got,) in zip(kinds.values(), broken, strict=True):
        assert (got.kind, got.text, got.report.attempts) == (kind, "", 3)


async def test_nobody_listens_and_a_host_that_does_not_exist() -> None:
    with socket.socket() as unheard:  # bound, so that no one else gets the port, but it doesn't listen
        unheard.bind(("127.0.0.1", 0))
        refused, unknown = await asyncio.gather(
            by_each(openai(f"http://127.0.0.1:{unheard.getsockname()[1]}/v1", "gpt")),
            by_each(openai("http://nowhere.invalid/v1", "gpt"), ("stream", "astream")),
        )
    for got in refused:
        assert (got.kind, got.report.attempts) == ("unreachable", 3)
    for got in unknown:
        assert got.kind == "unreachable"


@pytest.mark.parametrize("url", ["not a url", "ftp://127.0.0.1/v1", "http://"])
async def test_a_base_url_that_is_no_url(url: str) -> None:
    for got in await by_each(openai(url, "gpt")):
        assert got.kind == "bad_setting"
        assert got.report.fault is not None
        assert got.report.fault.params == {"field": "base_url"}
        assert got.report.attempts == 0


@pytest.mark.parametrize("odd", ["\n", "\x00", "é", "密", " ", "\x7f"])
async def test_a_key_that_no_header_can_carry(openai_server: OpenAIServer, odd: str) -> None:
    key = f"sk-good-SECRET{odd}SECRET-7Q4Z"
    for got in await by_each(openai(openai_server.base_url, "gpt", key), key=key):
        assert got.kind == "bad_setting"
        assert got.report.fault is not None
        assert got.report.fault.params == {"field": "api_key"}


@pytest.mark.parametrize("key", ["plain-token-SECRET-1234567-7Q4Z", "sk-\"quoted\\SECRET'-7Q4Z"])
async def test_a_key_that_does_not_look_like_one(openai_server: OpenAIServer, key: str) -> None:
    for got in await by_each(openai(openai_server.base_url, "auth", key), key=key):
        assert got.kind == "unauthorized"


@pytest.mark.parametrize("key", [KEY, "plain-token-SECRET-1234567-7Q4Z", "sk-\"quoted\\SECRET'-7Q4Z"])
async def test_a_server_that_quotes_the_key(key: str) -> None:
    def quote(request: Request) -> Answer:
        said = request.headers["authorization"].removeprefix("Bearer ")
        body = json.dumps({"error": {"message": "x" * 280 + f" The key {said} is no good", "code": None}})
        return Answer([body.encode()], 400, "application/json")

    async with answering(quote) as server:
        for got in await by_each(openai(server.base_url, "gpt", key), key=key):
            assert got.kind == "bad_request"
            assert got.report.fault is not None
            assert len(got.report.fault.params["detail"]) <= 300


async def test_a_server_that_says_nothing_of_the_kind() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

    async def read(body: bytes) -> list[Got]:
        async with answering(Answer([body], head=head)) as server:
            return await by_each(openai(server.base_url, "gpt"), STREAMS)

    bodies = {
        b"": "nothing_sent",
        b"<html>Log in to the wireless network</html>": "no_chat_api",
        b"data: [DONE]\n\n": "nothing_sent",
    }
    read_each = await asyncio.gather(*(read(body) for body in bodies))
    for kind, each in zip(bodies.values(), read_each, strict=True):
        for got in each:
            assert (got.kind, got.report.verdict) == (kind, Verdict.FAILED)


SCRIPTED = {
    "401": "unauthorized",
    "429": "rate_limited",
    "500": "server_error",
    "drop": "dropped",
    "silent_end": "cut_off",
    "stall": "timeout",
    "malformed": "malformed",
    "error": "provider_error",
    "empty": "nothing_sent",
}


@pytest.mark.slow
async def test_the_scripted_provider_fails_in_the_same_kinds() -> None:
    async def fail(failure: str) -> None:
        values = {"delay": "0", "rate": "0", "failure": failure, "fail_after": "5", "timeout": "0.1"}
        choice = Choice("scripted", values=values)
        for got in await by_each(lambda: source_of(Scripted(Settings()).open(choice))):
            assert got.kind == SCRIPTED[failure], (failure, got.report.method)
            early = failure in {"401", "429", "500", "empty"}
            whole = got.report.method == "invoke" and failure != "silent_end"
            assert bool(got.text) == (not early and not whole)

    await asyncio.gather(*(fail(failure) for failure in SCRIPTED))
