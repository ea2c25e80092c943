"""What servers refuse in a request, and at which address: asked again before any content, and said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from components.chains import json as json_chain
from components.locale import Words
from components.locale.report import line
from components.providers import Choice
from components.providers.openai import OpenAI
from components.providers.sse.refused import refused_in
from components.settings import METHODS, Settings
from components.streaming import Connection
from tests.chat_bytes import chunk, stream
from tests.runs import KEY, by_each, collect, source_of
from tests.servers.raw import Answer, Raw, Request, answering

WHOLE = Answer((stream(chunk("Hi"), chunk(finish="stop")),))
SCHEMA = {"type": "object", "required": ["a"]}


def refusal(status: int, error: object) -> Answer:
    return Answer((json.dumps(error).encode(),), status, "application/json")


def openais(words: str, param: str | None = None, status: int = 400) -> Answer:
    return refusal(status, {"error": {"message": words, "type": "invalid_request_error", "param": param}})


def opened(base_url: str, model: str = "m", temperature: float | None = None) -> Connection:
    given = {"api_key": KEY, "base_url": base_url}
    return OpenAI(Settings()).open(Choice("openai", model, temperature, values=given))


def source(server: Raw, base_url: str = "", temperature: float | None = None) -> Connection:
    made = source_of(opened(base_url or server.base_url, temperature=temperature))
    return replace(made, value={"messages": [SystemMessage("Be brief."), HumanMessage("Hi")]})


UNKNOWN = {
    "object": "error",
    "message": {
        "detail": [
            {
                "type": "extra_forbidden",
                "loc": ["body", "stream_options", "include_usage"],
                "msg": "Extra inputs are not permitted",
            }
        ]
    },
}
CASES: dict[str, tuple[str, Callable[[dict[str, Any]], bool], Answer]] = {
    "stream": (
        "stream",
        lambda body: bool(body.get("stream")),
        openais("Your organization must be verified to stream this model.", "stream"),
    ),
    "stream=false": (
        "stream=false",
        lambda body: not body.get("stream"),
        openais("This model only support stream mode, please enable the stream parameter."),
    ),
    "stream_options": ("stream_options", lambda body: "stream_options" in body, refusal(422, UNKNOWN)),
    "temperature": (
        "temperature",
        lambda body: body.get("temperature") not in (None, 1),
        openais("Unsupported value: 'temperature' does not support 0.7 with this model.", "temperature"),
    ),
    "max_tokens": (
        "max_tokens",
        lambda body: "max_tokens" in body,
        openais("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_tokens"),
    ),
    "max_completion_tokens": (
        "max_completion_tokens",
        lambda body: "max_completion_tokens" in body,
        openais("Unrecognized request argument supplied: max_completion_tokens"),
    ),
    "system": (
        "system",
        lambda body: body["messages"][0]["role"] == "system",
        refusal(500, {"error": {"message": "System role not supported", "code": 500}}),
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_asked_again_without_it(name: str) -> None:
    said, refused, answer = CASES[name]
    async with answering(lambda request: answer if refused(request.body) else WHOLE) as server:
        streamed = [method for method in METHODS if "stream" not in name or method != "invoke"]
        streamed = ["invoke"] if name == "stream=false" else streamed
        for method, got in (await by_each(lambda: source(server, temperature=0.7), streamed)).items():
            assert (method, got.text, got.kind, got.report.attempts) == (method, "Hi", "", 1)
            assert ("left_out", said) in got.report.notes
            assert f"sent without {said}" in line(Words("en"), got.report)
        before = len(server.requests)
        await collect(lambda: source(server, temperature=0.7), streamed[0])
        assert len(server.requests) == before + 1, "it is remembered"
        kept = server.requests[-1].body["messages"]
        if name == "system":
            assert [(one["role"], one["content"]) for one in kept] == [("user", "Be brief.\n\nHi")]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Only user and assistant roles are supported!", "system"),
        ("'developer' is not one of ['system', 'user'] - 'messages.0.role'", "system"),
        ("Unsupported value: 'messages[0].role' does not support 'system' with this model.", "system"),
        ("unknown variant `developer`, expected one of `system`, `user`", "system"),
        ("Conversation roles must alternate user/assistant/user/assistant/...", "system"),
        ('"required" tool choice is not supported', "tool_choice"),
        ("reasoning is not supported by this model", "reasoning_effort"),
        ('think value "low" is not supported for this model', "reasoning_effort"),
        ("This model doesn't support streaming.", "stream"),
        ("max_tokens: 100 > 64, which is the maximum allowed number of output tokens", ""),
        ("`max_tokens` must be greater than `thinking.budget_tokens`", "thinking"),
    ],
)
def test_what_words_are_about(words: str, name: str) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    asked = {"messages": messages, "stream": True, "max_tokens": 100, "thinking": {"type": "enabled"}}
    asked |= {name: "low"} if name in {"tool_choice", "reasoning_effort"} else {}
    assert refused_in(400, words, asked) == name


async def test_what_is_refused_in_any_case_is_asked_once() -> None:
    answer = openais("Unsupported value: 'temperature' does not support 0.7 with this model.", "temperature")
    async with answering(answer) as server:
        got = await collect(lambda: source(server))
        assert (got.kind, len(server.requests)) == ("bad_request", 1)
        assert "temperature" not in server.requests[0].body, "it was not set"


@pytest.mark.parametrize(
    ("takes", "words"),
    [
        ("json_object", "response_format type {} is not supported"),
        ("nothing", "JSON schema conversion failed: Unrecognized schema"),  # llama.cpp's
    ],
)
@pytest.mark.parametrize("method", METHODS)
async def test_a_schema_falls_to_an_object_and_to_words(takes: str, words: str, method: str) -> None:
    def answer(request: Request) -> Answer:
        form = request.body.get("response_format", {}).get("type", "nothing")
        if form in {takes, "nothing"}:
            return Answer((stream(chunk('{"a": 1}'), chunk(finish="stop")),))
        return openais(words.format(form))

    async with answering(answer) as server:

        def asking() -> Connection:
            connection = opened(server.base_url)
            chain = json_chain.build(connection, SCHEMA, constrain=True)
            return connection.with_chain(chain, {"prompt": "Give a."})

        got = await collect(asking, method)
        assert (got.text, got.kind) == ('{"a": 1}', "")
        assert ("left_out", "response_format") in got.report.notes
        last = server.requests[-1].body
        assert last.get("response_format") == (None if takes == "nothing" else {"type": "json_object"})
        (message,) = last["messages"]
        assert re.fullmatch(r"Answer with JSON.*\n\nGive a\.", message["content"], re.S)
        assert json.dumps(SCHEMA) in message["content"]


async def test_another_value_is_asked_for_all_the_same() -> None:
    """One visitor's schema may be too large, or one's temperature too high; the next one's is not."""

    def answer(request: Request) -> Answer:
        large = "large" in str(request.body.get("response_format"))
        warm = request.body.get("temperature", 0) > 1
        return openais("temperature: range 0..1" if warm else "No such grammar") if large or warm else WHOLE

    async with answering(answer) as server:

        async def notes(schema: str, temperature: float) -> set[tuple[str, str]]:
            connection = opened(server.base_url, temperature=temperature)
            chain = json_chain.build(connection, {"title": schema})
            got = await collect(lambda: connection.with_chain(chain, {"prompt": "Hi"}))
            assert (got.text, got.kind) == ("Hi", "")
            return set(got.report.notes)

        both = {("left_out", "temperature"), ("left_out", "response_format")}
        assert await notes("large", 1.5) == await notes("large", 1.5) == both
        assert len(server.requests) == 3 + 1, "it is remembered"
        assert await notes("small", 0.5) == set()


NOT_THERE = {
    "404 in words": Answer((b"404 page not found",), 404, "text/plain"),
    "404 in JSON": refusal(404, {"detail": "Not Found"}),
    "405": refusal(405, {"detail": "Method Not Allowed"}),
    "a page": Answer((b"<!DOCTYPE html><title>LLM</title>",), 200, "text/html"),
    "LM Studio": refusal(200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
    "nothing": Answer((), 200, "text/plain"),
}


@pytest.mark.parametrize("name", NOT_THERE)
async def test_a_base_url_without_its_version(name: str) -> None:
    def answer(request: Request) -> Answer:
        return WHOLE if request.target == "/x/v1/chat/completions?a=b" else NOT_THERE[name]

    async with answering(answer) as server:
        bare = server.base_url.removesuffix("/v1") + "/x"
        for got in (await by_each(lambda: source(server, f"{bare}?a=b"))).values():
            assert (got.text, got.kind, got.report.attempts) == ("Hi", "", 1)
            assert got.report.notes == (("base_url", f"{bare}/v1"),)
            assert f"sent to {bare}/v1" in line(Words("en"), got.report)
        before = len(server.requests)
        await collect(lambda: source(server, f"{bare}?a=b"))
        assert len(server.requests) == before + 1, "it is remembered"


async def test_an_unknown_model_is_no_wrong_address() -> None:
    async with answering(openais("The model 'm' does not exist", status=404)) as server:
        got = await collect(lambda: source(server, server.base_url.removesuffix("/v1")))
        assert (got.kind, len(server.requests)) == ("not_found", 1)


async def test_a_whole_endpoint_is_put_right_and_said() -> None:
    async with answering(WHOLE) as server:
        for pasted in ("/chat/completions", "/chat/completions/?a=b", "//"):
            got = await collect(lambda pasted=pasted: source(server, server.base_url + pasted))  # type: ignore[misc]
            assert (got.text, server.requests[-1].target.split("?")[0]) == ("Hi", "/v1/chat/completions")
            told = pasted != "//"
            assert got.report.notes == ((("base_url", server.base_url),) if told else ())


async def test_a_tool_call_that_is_streamed_unasked() -> None:
    pieces = [
        {"index": 0, "id": "c", "function": {"name": "count_letters", "arguments": '{"wo'}},
        {"index": 0, "function": {"arguments": 'rd": "b"}'}},
    ]
    called = [chunk(delta={"tool_calls": [piece]}) for piece in pieces]
    async with answering(Answer((stream(*called, chunk(finish="tool_calls")),))) as server:
        connection = opened(server.base_url)
        got = await connection.model.ainvoke("Hi")
        connection.close()
    call = {"name": "count_letters", "args": {"word": "b"}, "id": "c", "type": "tool_call"}
    assert got.tool_calls == [call]


async def test_responses_that_are_streamed_unasked() -> None:
    said = {"type": "output_text", "text": "Hello", "annotations": []}
    message = {"id": "m1", "type": "message", "role": "assistant", "status": "completed", "content": [said]}
    whole = {"id": "r1", "object": "response", "created_at": 1, "model": "gpt-5-pro", "status": "completed"}
    whole |= {"output": [message], "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
    events: list[Any] = [{"type": "response.created"}, {"type": "response.completed", "response": whole}]
    async with answering(Answer((stream(*events, end=""),))) as server:
        connection = opened(server.base_url, "gpt-5-pro")
        got = await collect(lambda: source_of(connection), "invoke")
        assert (got.text, got.kind, server.requests[0].target) == ("Hello", "", "/v1/responses")
