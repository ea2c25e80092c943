"""What is told of replies in other dialects than chat completions, byte for byte, by every method alike."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from components.chains import json as json_chain
from components.providers.sse.refused import CONVERSATION
from components.streaming.connection import Connection
from tests.chat_bytes import chunk, stream
from tests.runs import SPOKEN, by_each, opening, provided
from tests.servers.raw import Answer, Request, answering
from tests.test_real_servers import Case, check, in_groups

OPEN: dict[str, Callable[..., Callable[[], Connection]]] = {
    "messages": partial(opening, "anthropic"),
    "responses": partial(opening, "openai", dialect="responses"),
    "gemini": partial(opening, "gemini"),
}


def told(*events: dict[str, Any] | str, text: str, **more: Any) -> Case:
    """Events, of which those with a type are named by it, as Anthropic's and OpenAI's are."""
    parts = []
    for one in events:
        name = f"event: {one['type']}\n" if isinstance(one, dict) and "type" in one else ""
        parts.append(one if isinstance(one, str) else f"{name}data: {json.dumps(one)}\n\n")
    return Case(("".join(parts).encode(),), text, **more)


def begun(**usage: int) -> dict[str, Any]:
    return {
        "type": "message_start",
        "message": {"id": "m", "role": "assistant", "model": "m", "usage": usage},
    }


def block(index: int, **content: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": content}


def delta(index: int, kind: str, **piece: object) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **piece}}


def ended(reason: str | None, usage: Any = None, **more: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason, **more}, "usage": usage}


STOP = {"type": "message_stop"}
HI = (block(0, type="text", text=""), delta(0, "text_delta", text="Hi"))


def part(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    candidate = {"content": {"parts": list(parts), "role": "model"}, "index": 0, **more}
    return {"candidates": [candidate], "modelVersion": "gemini-3"}


def counted(asked: int, wrote: int, thought: int = 0) -> dict[str, Any]:
    total = {"totalTokenCount": asked + wrote + thought, "thoughtsTokenCount": thought}
    return {"usageMetadata": {"promptTokenCount": asked, "candidatesTokenCount": wrote, **total}}


def said(kind: str, text: object, **more: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "item_id": f"i_{kind}", "delta": text, **more}


def completed(status: str = "completed", **more: Any) -> dict[str, Any]:
    response = {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": [], **more}
    response |= {"status": status, "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
    return {"type": f"response.{status}", "response": response}


def at(path: str, text: str, *, more: bool = False) -> dict[str, Any]:
    """A piece of a call's arguments, as Gemini sends them."""
    return {"jsonPath": path, "stringValue": text, "willContinue": more}


def pieces(dialect: str, *texts: str) -> tuple[dict[str, Any], ...]:
    """A whole stream that says them one after the other."""
    match dialect:
        case "messages":
            said_so = (delta(0, "text_delta", text=text) for text in texts)
            return (begun(), HI[0], *said_so, ended("end_turn"), STOP)
        case "gemini":
            return (*(part({"text": text}) for text in texts), part(finishReason="STOP"))
    place = {"output_index": 0, "content_index": 0}
    return (*(said("output_text", text, **place) for text in texts), completed())


CALLED = (("f", '{"city":"Paris"}'),)
# Some send the arguments themselves, where others send their text.
CALL = {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": {"city": "Paris"}}
SAID = {"type": "message", "id": "i", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}


def whole(kind: str, text: object, name: str = "text", **place: Any) -> dict[str, Any]:
    """The end of what came in pieces."""
    place = {"item_id": f"i_{kind}", "output_index": 0, "content_index": 0, **place}
    return {"type": f"response.{kind}.done", name: text, **place}


def item(step: str, index: int, item: dict[str, Any]) -> dict[str, Any]:
    return {"type": f"response.output_item.{step}", "output_index": index, "item": item}


CASES = {
    # Anthropic's messages
    "messages: counts come in parts, and more than once": told(
        *(begun(input_tokens=9, cache_read_input_tokens=3, output_tokens=1), *HI),
        *(ended(None, {"output_tokens": 4}), ended("end_turn", {"output_tokens": 7}), STOP),
        text="Hi",
        tokens=(12, 7, None),
    ),
    "messages: pings of both kinds, and an event of a new type": told(
        *("event: ping\ndata: {}\n\n", begun(), {"type": "ping"}, HI[0], ": still here\n\n"),
        *({"type": "content_block_new", "index": 4}, HI[1], ended("end_turn"), STOP),
        text="Hi",
        tokens=(None, None, None),
    ),
    "messages: events without names": told(
        *(f"data: {json.dumps(one)}\n\n" for one in (begun(), *HI, ended("max_tokens"), STOP)),
        text="Hi",
        reason="length",
    ),
    "messages: the first words stand in the block's beginning": told(
        begun(),
        block(0, type="text", text="He"),
        delta(0, "text_delta", text="y"),
        ended("end_turn"),
        STOP,
        text="Hey",
    ),
    "messages: the first words once more in the first delta": told(
        *(begun(), block(0, type="text", text="He"), delta(0, "text_delta", text="He")),
        *(delta(0, "text_delta", text="y"), ended("end_turn"), STOP),
        text="Hey",
    ),
    "messages: all words in the block's beginning": told(
        *(begun(), block(0, type="thinking", thinking="Hm"), {"type": "content_block_stop", "index": 0}),
        *(block(1, type="text", text="Hey"), ended("end_turn"), STOP),
        text="Hey",
        thought="Hm",
    ),
    **{
        f"messages: the message's beginning has {how}": told(
            {**begun(), "message": {**begun()["message"], "content": content}},
            *(*again, ended("end_turn"), STOP),
            text="Hi",
        )
        for how, content, again in (
            ("all of it", [{"type": "text", "text": "Hi"}], ()),
            ("all of it, which comes again", [{"type": "text", "text": "Hi"}], HI),
            ("words and no block", "Hey", HI),
        )
    },
    "messages: the stop reason twice": told(
        begun(), *HI, ended("stop_sequence"), ended("stop_sequence"), STOP, text="Hi"
    ),
    "messages: thoughts": told(
        *(begun(), block(0, type="thinking", thinking=""), delta(0, "thinking_delta", thinking="Hm")),
        *(delta(0, "signature_delta", signature="c2ln"), block(1, type="text", text="")),
        delta(1, "text_delta", text="Hi"),
        ended("end_turn", {"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 5}}),
        STOP,
        text="Hi",
        thought="Hm",
        tokens=(None, 9, 5),
    ),
    "messages: a refusal in words": told(
        begun(),
        ended("refusal", stop_details={"type": "refusal", "category": "bio", "explanation": "Not this."}),
        STOP,
        text="",
        kind="refused",
        reason="content_filter",
        words="Not this.",
    ),
    "messages: the window is full": told(
        begun(), *HI, ended("model_context_window_exceeded"), STOP, text="Hi", reason="length"
    ),
    "messages: an error in mid-stream": told(
        *(begun(), *HI),
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        text="Hi",
        kind="overloaded",
        reason=None,
        words="Overloaded",
    ),
    "messages: an error's body in mid-stream": told(
        *(begun(), *HI, '{\n  "error": {\n    "message": "Worker died"\n  }\n}\n'),
        text="Hi",
        kind="provider_error",
        reason=None,
        words="Worker died",
    ),
    "messages: it breaks off": told(begun(), *HI, text="Hi", kind="cut_off", reason=""),
    "messages: held open after its end": told(begun(), *HI, ended("end_turn"), text="Hi", ends=False),
    "messages: half a character in each of two deltas": told(
        begun(),
        *(HI[0], delta(0, "text_delta", text="\ud83d"), delta(0, "text_delta", text="\ude00")),
        *(ended("end_turn"), STOP),
        text="😀",
    ),
    "messages: no place, no beginning, and no text": told(
        *(begun(), {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "H"}}),
        *(delta(0, "text_delta", text=None), delta(0, "text_delta", text="i"), ended("end_turn"), STOP),
        text="Hi",
    ),
    "messages: events of another API's": Case((stream(chunk("Hi")),), "", "no_chat_api", None),
    # Gemini
    "gemini: words in place of parts": told(
        {"candidates": [{"content": "H"}]},
        {"candidates": [{"content": {"parts": "i"}, "finishReason": "STOP"}]},
        text="Hi",
        reason=None,
    ),
    "gemini: one of two replies": told(
        {
            "candidates": [
                {"index": 1, "content": {"parts": [{"text": "x"}]}},
                part({"text": "Hi"})["candidates"][0],
            ]
        },
        part(finishReason="STOP"),
        text="Hi",
    ),
    "gemini: events of another API's": Case((stream(chunk("Hi")),), "", "no_chat_api", None),
    "gemini: a list in place of a stream": Case(
        (json.dumps([part({"text": "H"}), part({"text": "i"}, finishReason="STOP")]).encode(),), "Hi"
    ),
    "gemini: a list with an error in it": Case(
        (json.dumps([part({"text": "Hi"}), {"error": {"code": 429, "message": "Quota."}}]).encode(),),
        "Hi",
        "rate_limited",
        None,
        words="Quota.",
    ),
    "gemini: counts grow, and the end comes twice": told(
        {**part({"text": "H"}), **counted(8, 1)},
        {**part({"text": "i"}, finishReason="STOP"), **counted(8, 2)},
        {**part({"text": ""}, finishReason="STOP"), **counted(8, 3)},
        text="Hi",
        tokens=(8, 3, None),
    ),
    "gemini: thoughts": told(
        part({"text": "Hm", "thought": True}),
        {**part({"text": "Hi"}, finishReason="STOP"), **counted(8, 2, 5)},
        text="Hi",
        thought="Hm",
        tokens=(8, 7, 5),
    ),
    "gemini: thoughts only": told(
        {**part({"text": "Hm", "thought": True}, finishReason="MAX_TOKENS"), **counted(8, 0, 5)},
        text="",
        thought="Hm",
        kind="spent_on_thinking",
        reason="length",
        words="5",
    ),
    "gemini: the prompt is blocked": told(
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, text="", kind="content_filter", reason=None
    ),
    "gemini: the reply is blocked": told(
        part({"text": "Hi"}),
        {"candidates": [{"finishReason": "RECITATION", "index": 0}]},
        text="Hi",
        kind="content_filter",
        reason="content_filter",
    ),
    "gemini: it ends abnormally, in words": told(
        {
            "candidates": [
                {"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "Bad call: f(", "index": 0}
            ]
        },
        text="",
        kind="provider_ended",
        reason="malformed_function_call",
        words="Bad call: f(",
    ),
    "gemini: an error in mid-stream": told(
        part({"text": "Hi"}),
        {"error": {"code": 503, "message": "High demand.", "status": "UNAVAILABLE"}},
        text="Hi",
        kind="overloaded",
        reason=None,
        words="High demand.",
    ),
    "gemini: an error's body in mid-stream": told(
        part({"text": "Hi"}),
        '{\n  "error": {\n    "code": 429,\n    "message": "Quota."\n  }\n}\n',
        text="Hi",
        kind="rate_limited",
        reason=None,
        words="Quota.",
    ),
    "messages: arguments as an object": told(
        *(begun(input_tokens=2), block(0, type="tool_use", id="t", name="f", input={})),
        delta(0, "input_json_delta", partial_json={"city": "Paris"}),
        *(ended("tool_use"), STOP),
        text="",
        reason="tool_calls",
        calls=CALLED,
    ),
    "messages: arguments at the beginning, as text": told(
        *(begun(input_tokens=2), block(0, type="tool_use", id="t", name="f", input='{"city": "Paris"}')),
        *(ended("tool_use"), STOP),
        text="",
        reason="tool_calls",
        calls=CALLED,
    ),
    "messages: arguments at the beginning, and once more in pieces": told(
        *(begun(input_tokens=2), block(0, type="tool_use", id="t", name="f", input={"city": "Paris"})),
        *(delta(0, "input_json_delta", partial_json=piece) for piece in ("", '{"city": ', '"Paris"}')),
        *({"type": "content_block_stop", "index": 0}, ended("tool_use"), STOP),
        text="",
        reason="tool_calls",
        calls=CALLED,
    ),
    "gemini: a call in pieces, and the next without an end of the first": told(
        part({"functionCall": {"name": "f", "willContinue": True}}),
        part({"functionCall": {"partialArgs": [at("$.city", "Pa", more=True)], "willContinue": True}}),
        part({"functionCall": {"partialArgs": [at("$.city", "ris")], "willContinue": True}}),
        part({"functionCall": {"name": "g", "willContinue": True}}),
        part({"functionCall": {"partialArgs": [at("$.a[1]['b c'].d", "e")], "willContinue": True}}),
        part({"functionCall": {}}, finishReason="STOP"),
        text="",
        reason="tool_calls",
        calls=(*CALLED, ("g", '{"a":[null,{"bc":{"d":"e"}}]}')),
    ),
    "gemini: named as in Google's Python library": told(
        {
            "candidates": [
                {
                    "content": {
                        "parts": [{"text": "Hi"}, {"function_call": {"name": "f", "args": {"a_b": 1}}}]
                    },
                    "finish_reason": "MAX_TOKENS",
                }
            ],
            "model_version": "gemini-3",
            "usage_metadata": {"prompt_token_count": 2, "candidates_token_count": 3, "total_token_count": 5},
        },
        text="Hi",
        reason="length",
        tokens=(2, 3, None),
        calls=(("f", '{"a_b":1}'),),
    ),
    **{
        f"gemini: {kind} alone": told(part(one, finishReason="STOP"), text="", kind="empty", words=kind)
        for kind, one in (
            ("image", {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
            ("video", {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://a/b"}}),
            ("fileData", {"file_data": {"file_uri": "gs://a/b"}}),
            ("pdf", {"inlineData": {"mimeType": "application/pdf", "data": "AAAA"}}),
            ("newPart", {"newPart": {"a": 1}, "thoughtSignature": "AA=="}),
            ("executableCode", {"executableCode": {"language": "PYTHON", "code": "1"}}),
            ("codeExecutionResult", {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}),
        )
    },
    "messages: a search alone": told(
        begun(),
        block(0, type="server_tool_use", id="s", name="web_search", input={}),
        *(ended("end_turn"), STOP),
        text="",
        kind="empty",
        words="server_tool_use",
    ),
    "gemini: it breaks off": told(part({"text": "Hi"}), text="Hi", kind="cut_off", reason=""),
    "gemini: held open after its end": told(part({"text": "Hi"}, finishReason="STOP"), text="Hi", ends=False),
    # Responses
    "responses: without places, as llama.cpp sends them": told(
        {"type": "response.created", "response": {"id": "r", "object": "response", "status": "in_progress"}},
        {
            "type": "response.output_item.added",
            "item": {"id": "i_output_text", "type": "message", "content": []},
        },
        *(said("output_text", "H"), said("output_text", "i"), completed()),
        text="Hi",
        tokens=(None, None, None),
    ),
    "responses: complete by its word, and at its longest by its counts": told(
        said("output_text", "Hi"),
        completed(usage={"input_tokens": 2, "output_tokens": 1_000_000, "total_tokens": 1_000_002}),
        text="Hi",
        reason="length",
    ),
    "responses: thoughts as they are": told(
        *(said("reasoning_text", "H"), said("reasoning_text", "m"), said("output_text", "Hi"), completed()),
        text="Hi",
        thought="Hm",
    ),
    "responses: thoughts as they are, and summed up": told(
        said("reasoning_summary_text", "Hm", summary_index=0),
        *(said("reasoning_text", "Hm, hm"), said("output_text", "Hi"), completed()),
        text="Hi",
        thought="Hm",
    ),
    "responses: a refusal": told(
        said("refusal", "Not "),
        said("refusal", "this."),
        completed(),
        text="",
        kind="refused",
        words="Not this.",
    ),
    "responses: filtered": told(
        said("output_text", "Hi"),
        completed("incomplete", incomplete_details={"reason": "content_filter"}),
        text="Hi",
        kind="content_filter",
        reason="content_filter",
    ),
    "responses: it failed": told(
        said("output_text", "Hi"),
        {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "Gone."}}},
        text="Hi",
        kind="provider_error",
        reason=None,
        words="Gone.",
    ),
    "responses: an error in mid-stream": told(
        *(
            said("output_text", "Hi"),
            {"type": "error", "code": "rate_limit_exceeded", "message": "Slow down."},
        ),
        text="Hi",
        kind="rate_limited",
        reason=None,
        words="Slow down.",
    ),
    "responses: deltas that are none": told(
        said("output_text", None), said("output_text", {"text": "Hi"}), completed(), text="Hi"
    ),
    "responses: all of it at its end alone": told(
        completed(
            output=[{"type": "message", "id": "i", "content": [{"type": "output_text", "text": "Hi"}]}]
        ),
        text="Hi",
    ),
    "responses: complete, with an error": told(
        said("output_text", "Hi"),
        completed(error={"code": "server_error", "message": "Gone."}),
        text="Hi",
        kind="provider_error",
        reason=None,
        words="Gone.",
    ),
    **{
        f"responses: done, {status}": told(
            *(said("output_text", "Hi"), {**completed(status, **more), "type": "response.done"}),
            text="Hi",
            reason=reason,
        )
        for status, more, reason in (
            ("completed", {}, "stop"),
            ("incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        )
    },
    "responses: counts by the names of chat completions": told(
        said("output_text", "Hi"),
        completed(usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}),
        text="Hi",
        tokens=(1, 2, None),
    ),
    "responses: cancelled": told(
        *(said("output_text", "Hi"), completed("cancelled")),
        text="Hi",
        kind="provider_ended",
        reason="cancelled",
    ),
    "responses: complete, and nothing more": told(
        *(said("output_text", "Hi"), {"type": "response.completed"}), text="Hi", reason=""
    ),
    "responses: events of another API's": Case((stream(chunk("Hi")),), "", "no_chat_api", None),
    "responses: arguments as an object": told(
        {"type": "response.output_item.added", "output_index": 0, "item": {**CALL, "arguments": ""}},
        {**said("function_call_arguments", {"city": "Paris"}, output_index=0), "item_id": "fc"},
        *({"type": "response.output_item.done", "output_index": 0, "item": CALL}, completed(output=[CALL])),
        text="",
        reason="tool_calls",
        calls=CALLED,
    ),
    "responses: arguments at the beginning": told(
        {"type": "response.output_item.added", "output_index": 0, "item": CALL},
        completed(output=[CALL]),
        text="",
        reason="tool_calls",
        calls=CALLED,
    ),
    "responses: text where it ends alone": told(whole("output_text", "Hi"), completed(), text="Hi"),
    "responses: text where its item ends alone": told(item("done", 0, SAID), completed(), text="Hi"),
    "responses: the rest where it ends": told(
        said("output_text", "H", output_index=0), whole("output_text", "Hi"), completed(), text="Hi"
    ),
    "responses: all of it wherever it ends": told(
        *(said("output_text", "H", output_index=0, content_index=0), whole("output_text", "Hi")),
        *(item("done", 1, SAID), completed(output=[CALL, SAID])),
        text="Hi",
        reason="tool_calls",
        calls=CALLED,
    ),
    "responses: a second text where it ends alone": told(
        *(said("output_text", "Hi", output_index=0), whole("output_text", ", you", output_index=1)),
        *(whole("output_text", ", too.", output_index=1, content_index=1), completed()),
        text="Hi, you, too.",
    ),
    "responses: the rest of a second text where its item ends": told(
        *(said("output_text", "So: ", output_index=0), said("output_text", "H", output_index=1)),
        *(item("done", 1, SAID), completed(output=[{**SAID, "content": []}, SAID])),
        text="So: Hi",
    ),
    "responses: thoughts where they end alone": told(
        *(whole("reasoning_summary_text", "Hm", summary_index=0), whole("output_text", "Hi", output_index=1)),
        completed(),
        text="Hi",
        thought="Hm",
    ),
    "responses: a refusal where its item ends": told(
        item("done", 0, {**SAID, "content": [{"type": "refusal", "refusal": "Not this."}]}),
        completed(),
        text="",
        kind="refused",
        words="Not this.",
    ),
    "responses: arguments where they end alone": told(
        *(said("output_text", "Hi", output_index=0), item("added", 1, {**CALL, "arguments": ""})),
        whole("function_call_arguments", CALL["arguments"], "arguments", item_id="fc", output_index=1),
        *(item("done", 1, CALL), completed(output=[SAID, CALL])),
        text="Hi",
        reason="tool_calls",
        calls=CALLED,
    ),
    "responses: arguments where their item ends alone": told(
        *(item("added", 0, {**CALL, "arguments": ""}), item("done", 0, CALL), completed(output=[CALL])),
        text="",
        reason="tool_calls",
        calls=CALLED,
    ),
    **{
        f"{dialect}: thoughts in tags, {how}": told(
            *pieces(dialect, *given), text=text, thought=thought, kind="" if text else "thought_only"
        )
        for dialect in ("messages", "gemini", "responses")
        for how, given, text, thought in (
            ("in pieces", tuple("<think>Hm</think>Hi, <b>"), "Hi, <b>", "Hm"),
            ("and no answer", ("<think>Hm",), "", "Hm"),
            ("or what only begins like one", ("Hi", "<thi"), "Hi<thi", ""),
            ("or one held to the end", ("<thi",), "<thi", ""),
            ("or an analysis that was asked for", ("<analysis>Hm",), "<analysis>Hm", "Hm"),
        )
    },
    "responses: it breaks off": told(said("output_text", "Hi"), text="Hi", kind="cut_off", reason=""),
}
# Of `invoke`, a stream that nobody asked for has nothing before its end.
STREAMS = ("stream", "astream", "astream_events")
# Nobody gave these models a tool to call.
uncalled = pytest.mark.filterwarnings("ignore:Received unexpected tool content block")
# LangChain's, of code that a model had run.
varying = pytest.mark.filterwarnings(r"ignore:\s*Warning. Output may vary")


@uncalled
@varying
@pytest.mark.parametrize("names", in_groups(CASES), ids=lambda names: names[0])
async def test_what_is_told(names: list[str]) -> None:
    async def told(name: str) -> None:
        case, open_source = CASES[name], OPEN[name.partition(":")[0]]
        async with answering(Answer(case.pieces, ends=case.ends)) as server:
            address = server.base_url.removesuffix("/v1")
            broken = case.kind in {"cut_off", "overloaded", "provider_error", "server_error", "rate_limited"}
            # The whole of a Responses stand in its last event; here they don't.
            methods = STREAMS if broken or name.startswith("responses") else (*STREAMS, "invoke")
            for method, got in (await by_each(open_source(address, "claude-x"), methods)).items():
                check(name, case, got, method)

    await asyncio.gather(*map(told, names))


WHOLE: dict[str, Any] = {
    "messages": {
        **{"id": "m", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn"},
        "content": [
            {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
            {"type": "text", "text": "Hi"},
        ],
        "usage": {"input_tokens": 2, "output_tokens": 3},
    },
    "gemini": {
        **part({"text": "Hm", "thought": True}, {"text": "Hi"}, finishReason="STOP"),
        **counted(2, 1, 2),
    },
    "responses": completed(
        output=[
            {"id": "a", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
            {
                **{"id": "b", "type": "message", "role": "assistant", "status": "completed"},
                "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
            },
        ],
        usage={"input_tokens": 2, "output_tokens": 3, "total_tokens": 5},
    )["response"],
}


@uncalled
@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("responses", completed(output=[CALL])["response"]),
        *(
            (
                "messages",
                WHOLE["messages"] | {"content": [{"type": "tool_use", "id": "t", "name": "f", **given}]},
            )
            for given in ({"input": {"city": "Paris"}}, {"input": '{"city": "Paris"}'})
        ),
    ],
)
async def test_a_whole_reply_that_calls_a_tool(dialect: str, body: dict[str, Any]) -> None:
    answer = Answer((json.dumps(body).encode(),), content_type="application/json")
    async with answering(answer) as server:
        source = OPEN[dialect](server.base_url.removesuffix("/v1"), "claude-x")
        for method, got in (await by_each(source)).items():
            calls = [(part.name, part.text.replace(" ", "")) for part in got.last.parts]
            assert (method, *calls) == (method, *CALLED)


CHAT = {
    "choices": [{"message": {"content": "Hi", "reasoning_content": "Hm"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 2, "completion_tokens": 3},
}
BODIES = {"openai": CHAT, "azure": CHAT, "anthropic": WHOLE["messages"], "responses": WHOLE["responses"]}
BODIES |= {"gemini": WHOLE["gemini"], "gemini of vertexai": WHOLE["gemini"]}
every = pytest.mark.parametrize("spoken", SPOKEN)


@every
async def test_a_whole_reply_in_place_of_a_stream(spoken: str) -> None:
    answer = Answer((json.dumps(BODIES[spoken]).encode(),), content_type="application/json")
    case = Case((), "Hi", thought="Hm", tokens=(2, 3, 2 if "gemini" in spoken else None))
    async with answering(answer) as server:
        address = server.base_url.removesuffix("/v1")
        for method, got in (await by_each(opening(spoken, address, "claude-x"))).items():
            check(spoken, case, got, method)


REFUSALS = {
    "anthropic": "temperature: range: 0..1",
    "gemini": "Invalid value at 'generation_config.temperature'",
    "gemini of vertexai": "Unable to submit request because it has a temperature value of 0.7",
}
OPENAIS = "Unsupported parameter: 'temperature' is not supported with this model."


@every
async def test_asked_again_without_what_was_refused(spoken: str) -> None:
    message, name = REFUSALS.get(spoken, OPENAIS), "temperature"
    refusal = json.dumps({"error": {"type": "invalid_request_error", "message": message}}).encode()
    whole = json.dumps(BODIES[spoken]).encode()

    def answer(request: Request) -> Answer:
        refused = name in request.body or name in request.body.get("generationConfig", ())
        return (
            Answer((refusal,), 400, "application/json")
            if refused
            else Answer((whole,), 200, "application/json")
        )

    async with answering(answer) as server:
        address = server.base_url.removesuffix("/v1")
        for got in (await by_each(opening(spoken, address, "claude-x"), ("stream", "invoke"))).values():
            assert (got.text, got.kind, got.report.notes) == ("Hi", "", (("left_out", name),))


@pytest.mark.parametrize(
    ("spoken", "chosen", "name", "words"),
    [
        ("openai", {"effort": "low"}, "reasoning_effort", '"m" does not support thinking'),
        ("responses", {"effort": "low"}, "effort", "Unsupported parameter: 'reasoning.effort'"),
        ("responses", {"summary": "auto"}, "summary", "Verify to generate reasoning summaries."),
    ],
)
async def test_asked_again_without_its_thinking(
    spoken: str, chosen: dict[str, str], name: str, words: str
) -> None:
    def answer(request: Request) -> Answer:
        told = {"error": {"message": words}} if f'"{name}"' in json.dumps(request.body) else BODIES[spoken]
        return Answer((json.dumps(told).encode(),), 400 if "error" in told else 200, "application/json")

    async with answering(answer) as server:
        source = opening(spoken, server.base_url.removesuffix("/v1"), "m", **chosen)
        for got in (await by_each(source, ("stream", "invoke"))).values():
            assert (got.text, got.kind) == ("Hi", "")
            assert ("left_out", name) in got.report.notes


@pytest.mark.parametrize(
    ("spoken", "name", "words"),
    [
        ("responses", "format", "Invalid schema for response_format 'reply': 'required' is required."),
        ("anthropic", "format", "The compiled grammar is too large. Simplify your schema."),
        ("gemini", "responseJsonSchema", "The schema has a constraint that has too many states for serving."),
        ("gemini", "responseMimeType", "JSON mode is not enabled for models/m"),
        ("gemini", "system", "Developer instruction is not enabled for models/m"),
    ],
)
async def test_asked_again_with_it_in_words(spoken: str, name: str, words: str) -> None:
    def said(body: dict[str, Any]) -> str:
        return json.dumps([body.get(name) for name in CONVERSATION])

    def answer(request: Request) -> Answer:
        config = json.dumps({key: told for key, told in request.body.items() if key not in CONVERSATION})
        refused = {"system": "systemInstruction", "responseMimeType": "application/json"}.get(name, "zebra")
        told = {"error": {"message": words}} if refused in config else BODIES[spoken]
        return Answer((json.dumps(told).encode(),), 400 if "error" in told else 200, "application/json")

    async with answering(answer) as server:

        def asking() -> Connection:
            address = server.base_url.removesuffix("/v1")
            connection = provided(spoken, address, "claude-sonnet-4-5")
            schema = {"type": "object", "properties": {"zebra": {"type": "string"}}}
            chain = json_chain.build(connection, schema, constrain=name != "system")
            return connection.with_chain(chain, {"prompt": "Give it."})

        for got in (await by_each(asking, ("stream", "invoke"))).values():
            assert (got.text, got.kind) == ("Hi", "")
            assert ("left_out", name) in got.report.notes
            assert "zebra" in said(server.requests[-1].body)


@every
async def test_one_key_and_no_other_goes_out(spoken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else the SDKs find in the environment: the server may be one that a visitor named."""
    for name in (
        *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GOOGLE_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY"),
        *("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"),
        *("AZURE_OPENAI_ENDPOINT", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"),
    ):
        monkeypatch.setenv(name, f"owners-{name}")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Team: owners-team")
    answer = Answer((json.dumps(BODIES[spoken]).encode(),), content_type="application/json")
    async with answering(answer) as server:
        address = server.base_url.removesuffix("/v1")
        await by_each(opening(spoken, address, "claude-x", "sk-visitors"), ("stream", "astream"))
        for request in server.requests:
            assert [value for value in request.headers.values() if "sk-visitors" in value]
            assert "owners-" not in json.dumps(request.headers) + request.target
    assert "sk-visitors" not in os.environ.values()
