"""What real servers stream, byte for byte, and what is told of it: by every method alike."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from components.streaming.records import Phase
from tests.chat_bytes import DONE, chunk, event, stream, thought, usage
from tests.runs import Got, by_each, collect, openai
from tests.servers.raw import Answer, Piece, answering

STOP = chunk(finish="stop")
THREE = (chunk("a"), chunk("b"), chunk("c"))
WHOLE = stream(*THREE, STOP)
WHOLE_REPLY = {
    **chunk(),
    "choices": [{"index": 0, "message": {"content": "All"}, "finish_reason": "stop"}],
}
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
REFUSED = b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """`pieces` are sent; the rest is what is told. None: not looked at."""

    pieces: tuple[Piece, ...]
    text: str
    kind: str = ""
    reason: str | None = "stop"
    thought: str = ""
    tokens: tuple[int | None, int | None, int | None] | None = None
    verdict: str | None = None
    words: str = ""
    note: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    ends: bool = True
    content_type: str = "text/event-stream"
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    head: bytes = b""


def case(*chunks: object, text: str, end: str = DONE, **told: object) -> Case:
    return Case((stream(*chunks, end=end),), text, **told)  # type: ignore[arg-type]


PAGE = "<html>\n<head><title>502 Bad Gateway</title></head>\n\n<body><h1>502</h1></body></html>\n"
# As models write them.
TAGS = {
    **{"<think>": "</think>", "<thinking>": "</thinking>", "<thought>": "</thought>", "[THINK]": "[/THINK]"},
    **{"<reasoning>": "</reasoning>", "◁think▷": "◁/think▷", "<think >": "</think >", "<Think>": "</THINK>"},
    **{"<seed:think>": "</seed:think>", "<analysis>": "</analysis>", "<scratchpad>": "</scratchpad>"},
    **{'<thinking kind="x">': "</thinking>", "<|START_THINKING|>": "<|END_THINKING|>"},
    **{"<|begin_of_thought|>": "<|end_of_thought|>", "<|channel>thought\n": "<channel|>"},
    "<|channel|>analysis<|message|>": "<|end|><|start|>assistant<|channel|>final<|message|>",
}
HARMONY = list(TAGS.items())[-1]
CALLS = "<|start|>assistant<|channel|>commentary"


def call(name: str, arguments: str, index: object = None, id_: object = None) -> list[dict[str, object]]:
    """A piece of a call of a tool, with those of its fields that are told."""
    named = {"name": name} if name else {}
    told = {name: told for name, told in (("index", index), ("id", id_)) if told is not None}
    return [{"type": "function", "function": {**named, "arguments": arguments}, **told}]


CASES = {
    # Events
    "a retry field and no data": case(
        "retry: 3000\n\n", chunk("Hello"), chunk(" there"), STOP, text="Hello there"
    ),
    "every event has an id, and a comment comes": case(
        "id: 1\n", chunk("One"), "id: 2\n: ping\n\n", "id: 3\n", chunk(" two"), STOP, text="One two"
    ),
    "comments first": case(": OPENROUTER PROCESSING\n\n" * 2, chunk("亚"), STOP, text="亚"),
    "a comment in a data field": case("data: : OPENROUTER PROCESSING\n\n", chunk("Hi"), STOP, text="Hi"),
    "keep-alives of other kinds": case(
        *("event: ping\ndata: {}\n\n", event("ping"), chunk("Hi"), event(""), event('{"type": "ping"}')),
        *(event("keep-alive"), "event: heartbeat\ndata: 12:01\n\n", event("OPENROUTER PROCESSING"), STOP),
        text="Hi",
    ),
    "a byte order mark, and other line ends": Case(
        (b"\xef\xbb\xbf" + stream(*THREE, STOP).replace(b"\n", b"\r\n"),), "abc"
    ),
    "carriage returns alone": Case((stream(*THREE, STOP).replace(b"\n", b"\r"),), "abc"),
    "no blank line at the end": case(*THREE, event(STOP).rstrip(), text="abc", end=""),
    "one byte that is no UTF-8": Case((stream(chunk("a~b"), STOP).replace(b"~", b"\xff"),), "a\ufffdb"),
    "cut in the middle of a character": Case(
        tuple(bytes([one]) for one in stream(chunk("é😀"), STOP)), "é😀"
    ),
    "no blank line between two events": case(event(chunk("a"))[:-1], chunk("b"), STOP, text="ab"),
    **{
        f"compressed {how}": Case(
            (packed,), "abc" if kind == "" else "", kind, None, headers=(("Content-Encoding", encoding),)
        )
        for how, packed, encoding, kind in (
            ("only by its head", WHOLE, "gzip", ""),
            ("by a word that says nothing", WHOLE, "aws-chunked", ""),
            ("", gzip.compress(WHOLE, mtime=0), "gzip, identity", ""),
            ("by its older name", gzip.compress(WHOLE, mtime=0), "x-gzip", ""),
            ("and its head doesn't say so", gzip.compress(WHOLE, mtime=0), "identity", ""),
            (
                "piece by piece",
                gzip.compress(WHOLE[:100], mtime=0) + gzip.compress(WHOLE[100:], mtime=0),
                "gzip",
                "",
            ),
            ("otherwise", zlib.compress(WHOLE), "deflate", ""),
            ("without a frame", zlib.compress(WHOLE, wbits=-15), "deflate", ""),
            ("by what nobody asked for", b"\x1b\x2a\x00\xf8", "br", "malformed"),
        )
    },
    "an error, compressed only by its head": Case(
        (b'{"error": {"message": "No."}}',),
        *("", "bad_request", None),
        words="No.",
        status=400,
        content_type="application/json",
        headers=(("Content-Encoding", "gzip"),),
    ),
    # HTTP
    **{
        f"HTTP: {how}": Case((WHOLE,), "abc", head=head)
        for how, head in (
            ("1.0, to the connection's end", EVENTS.replace(b"1.1", b"1.0")),
            ("words before the head", b"HTTP/1.1 103 Early Hints\r\n\r\n" + EVENTS),
            ("line ends of one character", EVENTS.replace(b"\r", b"")),
            ("no reason, and a header that is no text", EVENTS.replace(b"OK\r\n", b"\r\nX-A: \xff\r\n")),
            ("more announced than comes", EVENTS.replace(b"OK", b"OK\r\nContent-Length: 9999")),
        )
    },
    **{
        f"no HTTP: {words}": Case((), "", "no_chat_api", None, words=words, head=head)
        for words, head in (
            ("SSH-2.0", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
            ("ERR unknown", b"-ERR unknown command 'POST'\r\n\r\n"),
            ("garbage", EVENTS.replace(b"OK\r\n", b"OK\r\ngarbage\r\n")),
            ("Transfer-Encoding", EVENTS.replace(b"OK", b"OK\r\nTransfer-Encoding: gzip, chunked")),
        )
    },
    **{
        f"an error that {how}": Case((told,), "", "bad_request", None, words="half", head=REFUSED, ends=ends)
        for how, told, ends in (
            ("breaks off", b'{"error": {"message": "half', True),
            ("never ends", b'{"error": {"message": "half', False),
            ("is an event", b'event: error\ndata: {"message": "half"}\n\n', True),
        )
    },
    **{
        f"events of {whose}": Case((b"data: " + told + b"\n\n",), "", "no_chat_api", None)
        for whose, told in (
            ("Cohere's", b'{"type": "content-delta", "delta": {"message": {"content": {"text": "a"}}}}'),
            ("TGI's", b'{"token": {"id": 1, "text": "a"}, "generated_text": null}'),
            ("llama.cpp's own", b'{"content": "a", "stop": true}'),
            ("Anthropic's", b'{"type": "content_block_delta", "delta": {"text": "a"}}'),
            ("Gemini's", b'{"candidates": [{"content": {"parts": [{"text": "a"}]}}]}'),
            ("Cloudflare's", b'{"response": "a"}\n\ndata: [DONE]'),
        )
    },
    "a stream of another type": Case((stream(*THREE, STOP),), "abc", content_type="text/plain"),
    # Chunks
    "chunks without choices or delta": case(
        {**chunk(), "choices": []},
        chunk(delta={"role": "assistant", "content": None}),
        chunk("Blue"),
        STOP,
        {
            "choices": [{"index": 0, "finish_reason": None, "content_filter_results": {}}],
            "id": "",
            "model": "",
        },
        {**chunk(), "choices": [], **usage(5, 1)},
        text="Blue",
        tokens=(5, 1, None),
    ),
    "null choices": case(
        *(chunk("a"), {**chunk(), "choices": None}, chunk("b"), STOP),
        {**chunk(), "choices": None, **usage(3, 2)},
        text="ab",
        tokens=(3, 2, None),
    ),
    "a role of another kind": case(
        chunk(delta={"role": "model", "content": "a"}),
        chunk(delta={"role": 1, "content": "b"}),
        STOP,
        text="ab",
    ),
    "a place as a word, and content as one part": case(
        *({**chunk(), "choices": [{"index": "0", "delta": {"content": "a"}}]},),
        *(chunk({"type": "text", "text": "b"}), chunk([{"type": "text", "text": "c"}]), STOP),
        text="abc",
    ),
    "spaces before the data, and [done] in small letters": Case(
        (stream(*THREE, STOP).replace(b"data: ", b"data:   ").replace(b"DONE", b"done"),), "abc"
    ),
    "two data lines of one event": case(
        'data: {"choices": [{"index": 0,\ndata: "delta": {"content": "a"}}]}\n\n', STOP, text="a"
    ),
    "a second reply alone": case(
        {**chunk(), "choices": [{"index": 1, "delta": {"content": "a"}}]},
        {**chunk(), "choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]},
        text="a",
    ),
    "all that was said so far in each, and once more at the end": case(
        *({**chunk(), "choices": [{"index": 0, "message": {"content": said}}]} for said in ("a", "ab")),
        chunk("c"),
        {
            **chunk(),
            "choices": [{"index": 0, "delta": {}, "message": {"content": "abc"}, "finish_reason": "stop"}],
        },
        text="abc",
    ),
    **{
        f"{what} once more at the end, {how}": case(
            *(thought("Hm, so"), chunk("Hel"), chunk("lo, all")),
            *(chunk(delta={"tool_calls": [*call("f", '{"a":1}', 0, "x")]}) for _ in calls),
            {**chunk(), "object": "chat.completion", "choices": [{**choice, "message": said}], **usage(5, 3)},
            text="Hello, all",
            thought="Hm, so",
            reason="tool_calls" if calls else "stop",
            calls=calls,
            tokens=(5, 3, None),
        )
        for how, choice in (
            ("without a delta", {"index": 0, "finish_reason": "stop"}),
            ("with a null for one", {"index": 0, "finish_reason": "stop", "delta": None}),
        )
        for what, calls, said in (
            ("all of it", (), {"content": "Hello, all", "reasoning_content": "Hm, so"}),
            ("its call", (("f", '{"a":1}'),), {"content": "", "tool_calls": call("f", '{"a":1}', None, "x")}),
        )
    },
    "all that was said so far in each delta": case(
        *(
            thought("Let me"),
            thought("Let me see"),
            thought("Let me see."),
            chunk("Well,"),
            chunk("Well, yes"),
        ),
        *(chunk("Well, yes."), STOP),
        text="Well, yes.",
        thought="Let me see.",
    ),
    "all that was said once more in the last delta": case(
        *(thought("Let me"), thought(" think"), thought("Let me think")),
        *(chunk("Hel"), chunk("lo all"), chunk("Hello all", "stop")),
        text="Hello all",
        thought="Let me think",
    ),
    "what only looks like all that was said so far": case(
        *map(chunk, ("ha", "haha", " and", " and", "   ")), STOP, text="hahaha and and   "
    ),
    "white space, and more of it": case(chunk("    "), chunk("    return"), STOP, text="        return"),
    **{
        f"{how} before its field's name": Case(
            (stream(chunk("a"), end=""), mark + stream(chunk("b"), STOP, end="")), "ab"
        )
        for how, mark in (("a byte order mark", b"\xef\xbb\xbf"), ("a zero", b"\0"), ("spaces", b"  "))
    },
    "fields in capitals, and wrapped twice": Case(
        (stream(*THREE, STOP).replace(b"data: ", b"Data: data: "),), "abc"
    ),
    "several chunks in a list": case("data: " + json.dumps(THREE) + "\n\n", STOP, text="abc"),
    "two replies to one question": case(
        chunk("a"),
        {**chunk(), "choices": [{"index": 1, "delta": {"content": "X"}}]},
        chunk("b"),
        STOP,
        text="ab",
    ),
    "half a character in each of two deltas": case(
        *(event('{"choices":[{"index":0,"delta":{"content":"x\\ud83d"}}]}'),),
        *(event('{"choices":[{"index":0,"delta":{"content":"\\ude00y"}}]}'), STOP),
        text="x😀y",
    ),
    "half a character": case(
        event('{"choices":[{"index":0,"delta":{"content":"x\\ud83d"}}]}'), chunk("y"), STOP, text="x\ufffdy"
    ),
    # Finish reasons
    "stop twice": case(chunk("Hi"), STOP, {**STOP, **usage(12, 6)}, text="Hi", tokens=(12, 6, None)),
    "length twice": case(
        chunk("Hi"), chunk(finish="length"), chunk(finish="length"), text="Hi", reason="length"
    ),
    "content_filter twice": case(
        *(chunk("Hi"), chunk(finish="content_filter"), chunk(finish="content_filter")),
        text="Hi",
        kind="content_filter",
        reason="content_filter",
    ),
    "an empty one to the end": case(chunk("The ", ""), chunk("end.", ""), text="The end.", reason=""),
    "null as a word": case(chunk("One", "null"), chunk(" two", "null"), STOP, text="One two"),
    "null as a word, and cut off": case(
        chunk("One", "null"), chunk(" two", "null"), text="One two", kind="cut_off", reason="", end=""
    ),
    "the last one counts": case(chunk("a", "stop"), chunk("b", "length"), text="ab", reason="length"),
    **{
        f"it ended by {word}": case(chunk("Half a"), chunk("", word), text="Half a", kind=kind, reason=None)
        for word, kind in {
            "error": "provider_ended",
            "abort": "provider_ended",
            "insufficient_system_resource": "provider_ended",
            "network_error": "provider_ended",
            "sensitive": "content_filter",
            "refusal": "content_filter",
            "ERROR_TOXIC": "content_filter",
            "blocked": "content_filter",
            "preempted": "provider_ended",
            "time_limit": "provider_ended",
            "OTHER": "provider_ended",
            "rate_limit": "provider_ended",
        }.items()
    },
    **{
        f"it ended by {word}": case(chunk("Half a"), chunk("", word), text="Half a", reason=reason)
        for word, reason in {
            "max-tokens": "length",
            "MAX_NEW_TOKENS": "length",
            "model_context_window_exceeded": "length",
            "FINISH_REASON_LENGTH": "length",
            "COMPLETE": "stop",
            "eos_token": "stop",
            " stop": "stop",
            "<|im_end|>": "stop",
            "truncated": "length",
            "unknown": "",
        }.items()
    },
    **{
        f"it ended by an object, {told['type']}": case(
            chunk("Half a"), chunk(finish=told), text="Half a", kind=kind, reason=reason
        )
        for told, kind, reason in (
            ({"type": "length", "length": 5}, "", "length"),
            ({"type": "abort", "message": "Gone."}, "provider_ended", "abort"),
        )
    },
    **{
        f"it ended by its provider's own word, {word}": case(
            chunk("Half a"),
            {
                **chunk(),
                "choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "native_finish_reason": word}],
            },
            text="Half a",
            kind=kind,
            reason=reason,
        )
        for word, kind, reason in (
            ("network_error", "provider_ended", "network_error"),
            ("MALFORMED_FUNCTION_CALL", "provider_ended", "malformed_function_call"),
            ("STOP", "", "stop"),
            (None, "", "stop"),
        )
    },
    "an end beside the delta": case(chunk("a"), chunk(delta={"finishReason": "stop"}), text="a"),
    "an end by the event's name": case(
        chunk("a"),
        f"event: complete\ndata: {json.dumps(usage(3, 1))}\n\n",
        text="a",
        reason="",
        end="",
        tokens=(3, 1, None),
    ),
    "held open after its end": Case((stream(chunk("Hi"), STOP, end=""),), "Hi", ends=False),
    "held open after [DONE]": Case((stream(chunk("Hi"), STOP),), "Hi", ends=False),
    # Usage
    "cumulative usage": case(
        *({**chunk(f"w{number} "), **usage(35, number)} for number in range(1, 6)),
        {**STOP, **usage(35, 5)},
        text="w1 w2 w3 w4 w5 ",
        tokens=(35, 5, None),
    ),
    "usage in pieces": case(
        {**chunk("a"), "usage": {"prompt_tokens": 7}},
        {**STOP, "usage": {"completion_tokens": 3}},
        text="a",
        tokens=(7, 3, None),
    ),
    "usage of null and of less than nothing": case(
        {**chunk("a"), **usage(None, None)}, {**STOP, **usage(-1, -1)}, text="a", tokens=(None, None, None)
    ),
    "usage by its newer names": case(
        chunk("a"),
        STOP,
        {**chunk(), "choices": [], "usage": {"input_tokens": 3, "output_tokens": 1}},
        text="a",
        tokens=(3, 1, None),
    ),
    **{
        f"usage {how}": case(chunk("a"), {**STOP, **told}, text="a", tokens=tokens)
        for how, told, tokens in (
            ("by other names", {"usage": {"promptTokens": 3, "completionTokens": "2.0"}}, (3, 2, None)),
            ("in all", {"usage": {"prompt_tokens": 3, "total_tokens": 5}}, (3, 2, None)),
            ("among the times", {"timings": {"prompt_n": 3, "predicted_n": 2}}, (None, 2, None)),
            ("of thoughts beside", {"usage": {**usage(3, 9)["usage"], "reasoning_tokens": 7}}, (3, 9, 7)),
            ("of the text alone", usage(3, 2, completion_tokens_details={"reasoning_tokens": 7}), (3, 9, 7)),
        )
    },
    "usage of a reply that was not counted": case(
        chunk("Half a page"), {**STOP, **usage(12, 0)}, text="Half a page", tokens=(None, None, None)
    ),
    "usage in words": case({**chunk("a"), **usage("3", "2")}, STOP, text="a", tokens=(3, 2, None)),
    "usage in a field of Groq's": case(
        *(chunk("a"), {**STOP, "x_groq": {"id": "r", **usage(3, 2)}}), text="a", tokens=(3, 2, None)
    ),
    "one choice that is no list": case({**chunk(), "choices": chunk("a")["choices"][0]}, STOP, text="a"),
    **{
        f"thoughts in the tag {opening}": case(
            *map(chunk, (opening[:3], f"{opening[3:]}Hm", f".{closing[:4]}", f"{closing[4:]}a")),
            STOP,
            text="a",
            thought="Hm.",
        )
        for opening, closing in TAGS.items()
    },
    "two thoughts in tags": case(
        *map(chunk, ("<think>H</th", "ink>\n<thi", "nk>m.</think>", "a")), STOP, text="a", thought="Hm."
    ),
    **{
        f"a reply that is {how}": case(
            *map(chunk, (said[:5], said[5:])), STOP, text=said, thought=said.split(">")[1].split("<")[0]
        )
        for how, said in (
            ("nothing but an analysis", "<analysis>Two parts.</analysis>\n"),
            ("an analysis without its end", "<reflection>Two parts."),
        )
    },
    **{
        f"an answer in its frame, {said}": case(*map(chunk, said), STOP, text=text, thought=thought)
        for said, text, thought in (
            ("<|START_RESPONSE|>Hello<|END_RESPONSE|>\n", "Hello", ""),
            ("<|START_THINKING|>Hm<|END_THINKING|><|START_RESPONSE|>Hello<|END_RESPONSE|>", "Hello", "Hm"),
            ("<think>Hm</think>\n<response>\nHello\n</response>", "\nHello\n", "Hm"),
            ("<think>Hm</think><answer>Hello", "Hello", "Hm"),
            ("<|channel|>final<|message|>Hello <|return|>", "Hello ", ""),
            (f"{HARMONY[0]}Hm{HARMONY[1]}Hello<|return|>", "Hello", "Hm"),
            ("<longcat_think>Hm</longcat_think>Hello", "Hello", "Hm"),
            ("<|inner_prefix|>Hm<|inner_suffix|>Hello", "Hello", "Hm"),
            (f"{HARMONY[0]}Hm<|end|>Hello<|return|>", "Hello", "Hm"),
            (f"{HARMONY[0]}Hm<|end|><|start|>assistant<|channel|>commentary to=f", f"{CALLS} to=f", "Hm"),
            ("</think>\n\nHello", "\n\nHello", ""),
            ("<think>Hm</think></think>\nHello", "\nHello", "Hm"),
            ("</think> ends it.", "</think> ends it.", ""),
            ("analysisHm.assistantfinalHello", "Hello", "Hm."),
            # What only looks like one, or is talked about.
            ("<|START_RESPONSE|> begins an answer.", "<|START_RESPONSE|> begins an answer.", ""),
            ("`<|START_RESPONSE|>` begins one.", "`<|START_RESPONSE|>` begins one.", ""),
            ("Hello<|END_RESPONSE|>", "Hello<|END_RESPONSE|>", ""),
            ("Hello<|im_end|>\n<|im_start|>user", "Hello<|im_end|>\n<|im_start|>user", ""),
            ("<answer>42</answer>", "<answer>42</answer>", ""),
            ("<|START_RESPONSE|>One<|END_RESPONSE|> two", "One<|END_RESPONSE|> two", ""),
            ("<|START_RESPONSE|>", "<|START_RESPONSE|>", ""),
            ("analysis of it", "analysis of it", ""),
        )
    },
    "a bracket that is no tag": case(chunk("["), chunk("1, 2]"), STOP, text="[1, 2]"),
    "usage of fractions": case({**chunk("a"), **usage(3.0, 2.0)}, STOP, text="a", tokens=(3, 2, None)),
    "an end that can't be read": case(*THREE, STOP, text="abc", end="data: <|end|>\n\ndata: bye\n\n"),
    "an end in another word, and no reason": case(*THREE, text="abc", reason="", end="data: END\n\n"),
    "usage behind [DONE]": Case(
        (stream(*THREE, STOP), 0.0, event({**chunk(), "choices": [], **usage(3, 2)}).encode()),
        "abc",
        tokens=(3, 2, None),
    ),
    "usage of true, and of more than anybody counts": case(
        {**chunk("a"), "usage": {"prompt_tokens": True, "completion_tokens": 2}},
        {**STOP, **usage(1e300, 2)},
        text="a",
        tokens=(None, 2, None),
    ),
    # Fields that nobody needs
    "fields of odd types": case(
        {**chunk("a"), "created": 1.5, "system_fingerprint": {}, "service_tier": 5, "usage": [1]},
        {**chunk("b"), "created": "today", "id": 7, "model": ["m"]},
        {**chunk(), "choices": [{"index": 0, "delta": "c"}, "d"]},
        {
            **chunk(),
            "choices": [{"index": 0, "delta": {"content": False, "refusal": {}, "reasoning": False}}],
        },
        chunk(finish=["stop"]),
        text="abc",
    ),
    "logprobs that are no numbers": case(
        *2
        * (
            event(
                '{"choices": [{"index": 0, "delta": {"content": "a"}, "logprobs": {"content": '
                '[{"token": "a", "logprob": NaN, "bytes": [], "top_logprobs": [-Infinity]}]}}]}'
            ),
        ),
        STOP,
        text="aa",
    ),
    "logprobs that are no lists": case(
        {**chunk(), "choices": [{"index": 0, "delta": {"content": "a"}, "logprobs": 1.5}]},
        {**chunk(), "choices": [{"index": 0, "delta": {"content": "b"}, "logprobs": {"content": 2.5}}]},
        STOP,
        text="ab",
    ),
    # Tools
    **{
        f"two calls of tools {how}": case(
            *(chunk(delta={"tool_calls": calls}) for calls in deltas),
            chunk(finish="tool_calls"),
            text="",
            reason="tool_calls",
            calls=(
                ("f", '{"a":1}'),
                ("f" if "same" in how else "g_long" if "pieces" in how else "g", '{"b":2}'),
            ),
        )
        for how, deltas in {
            "in one delta": [[*call("f", '{"a":1}', 0, "x"), *call("g", '{"b":2}', 1, "y")]],
            "with one id": [
                [*call("f", "", 0, "x"), *call("g", "", 1, "x")],
                [*call("", '{"a":1', 0), *call("", '{"b":2}', 1)],
                call("", "}", 0),
            ],
            "with one id and one place": [call("f", '{"a":1}', 0, "x"), call("g", '{"b":2}', 0, "x")],
            "with one place": [call("f", '{"a":1', 0, "x"), call("", "}", 0), call("g", '{"b":2}', 0, "y")],
            "with one place, and no ids": [call("f", '{"a":1}', 0), call("g", '{"b":2}', 0)],
            "without places or ids": [[*call("f", '{"a":1}'), *call("g", '{"b":2}')]],
            "of the same tool, without places or ids": [[*call("f", '{"a":1}'), *call("f", '{"b":2}')]],
            "with empty ids": [call("f", '{"a":1}', 0, ""), call("g", '{"b":2}', 1, "")],
            "with their places as words": [call("f", '{"a":1}', "0", "x"), call("g", '{"b":2}', "1", "y")],
            "named in every piece": [
                *(call("f", '{"a"', 0, "x"), call("f", ":1}", 0, "x")),
                *(call("g", '{"b"', 1), call("g", ":2}", 1)),
            ],
            "with an id for every piece": [
                *(call("f", '{"a"', 0, "x"), call("", ":1}", 0, "y")),
                *(call("g", '{"b"', 1, "z"), call("", ":2}", 1, "w")),
            ],
            "said once more": [
                *(call("f", '{"a":1}', 0, "x"), call("g", '{"b":2}', 1, "y")),
                *(call("f", '{"a":1}', 0, "x"), call("g", '{"b":2}', 1, "y")),
            ],
            "whose names come in pieces": [
                *(call("f", "", 0, "x"), call("", '{"a":1}', 0)),
                *(call("g", "", 1, "y"), call("_long", "", 1, "y"), call("", '{"b":2}', 1)),
            ],
            "named late": [
                *(call("", "", 0, "x"), call("f", '{"a":1}', 0)),
                *(call("", "", 1, "y"), call("g", '{"b":2}', 1)),
            ],
            "all of whose arguments come each time": [
                *(call("f", '{"a"', 0, "x"), call("", '{"a":1', 0), call("", '{"a":1}', 0)),
                *(call("g", '{"b"', 1, "y"), call("g", '{"b":2}', 1, "y"), call("g", '{"b":2}', 1, "y")),
            ],
            "whose arguments come twice": [
                *(call("f", "", 0, "x"), call("", '{"a":1}', 0), call("", '{"a":1}', 0)),
                *(call("g", '{"b":2}', 1), call("g", '{"b":2}', 1)),
            ],
            "that have no arguments at first": [
                *(call("f", "{}", 0, "x"), call("", '{"a":1}', 0)),
                *(call("g", "{}", 1, "y"), call("", '{"b":2}', 1)),
            ],
            "whose fragments are counted": [
                *(call("f", "", 0, "x"), call("", '{"a"', 1), call("", ":1}", 2)),
                *(call("g", "", 3, "y"), call("", '{"b":2}', 4)),
            ],
        }.items()
    },
    **{
        f"a call whose arguments are {arguments}": case(
            chunk(delta={"tool_calls": call("f", arguments, 0, "x")}),
            chunk(finish="tool_calls"),
            text="",
            reason="tool_calls",
            calls=(("f", arguments),),
        )
        for arguments in ("{}", "[1,2]", "5", '"{\\"a\\":1}"')
    },
    "a call of a tool of another kind": case(
        chunk(delta={"tool_calls": [{"index": 0, "id": "x", "custom": {"name": "f", "input": '{"a":1}'}}]}),
        chunk(finish="tool_calls"),
        text="",
        reason="tool_calls",
        calls=(("f", '{"a":1}'),),
    ),
    "a call whose arguments can't be read": case(
        chunk(delta={"tool_calls": call("f", '{"a": }', 0, "x")}),
        chunk(finish="tool_calls"),
        text="",
        reason="tool_calls",
        calls=(("f", '{"a":}'),),
    ),
    # Thoughts
    **{
        f"thoughts in {name}": case(
            *(thought("Al", name), thought("right.", name), chunk("\n\n"), chunk("Four."), STOP),
            text="\n\nFour.",
            thought="Alright.",
        )
        for name in ("reasoning_content", "reasoning", "thinking", "thought_process", "cot")
    },
    "thoughts told by a word beside them": case(
        chunk(delta={"content": "Hm", "extra_content": {"google": {"thought": True}}}),
        chunk([{"type": "text", "text": ".", "thought": True}]),
        *(chunk("a"), STOP),
        text="a",
        thought="Hm.",
    ),
    "thoughts where LiteLLM puts them, and one that can't be read": case(
        chunk(delta={"provider_specific_fields": {"thinking_blocks": [{"thinking": "Hm"}]}}),
        chunk(delta={"reasoning_opaque": "AAAA", "thinking_signature": "c2ln"}),
        *(chunk("a"), STOP),
        text="a",
        thought="Hm",
    ),
    "thoughts, and white space alone": case(
        thought("Hm"), chunk("\n\n"), STOP, text="\n\n", thought="Hm", kind="thought_only"
    ),
    "white space alone": case(chunk("\n\n"), STOP, text="\n\n", kind="empty"),
    "a picture alone": case(
        chunk(delta={"images": [{"type": "image_url"}]}), STOP, text="", kind="empty", words="image"
    ),
    "thoughts as blocks": case(
        chunk([{"type": "thinking", "thinking": [{"type": "text", "text": "A greeting,"}]}]),
        chunk([{"type": "thinking", "thinking": [{"type": "text", "text": " I greet."}]}]),
        *(chunk("Hello"), chunk("!"), STOP),
        text="Hello!",
        thought="A greeting, I greet.",
    ),
    "thoughts in tags": case(
        *(chunk(piece) for piece in ("<th", "ink>\nTwo", " and two", ".</thi", "nk>\n", "Four.")),
        STOP,
        text="\nFour.",
        thought="\nTwo and two.",
    ),
    **{
        f"a thought that began in the prompt, {how}": case(
            *map(chunk, pieces), STOP, text="".join(pieces), note=note
        )
        for how, pieces, note in (
            ("and ends with a line", ("Two and", " two.\n</th", "ink>\n\nFour."), "</think>"),
            ("and ends with a sentence", ("Two and two.", "</think>", "Four."), "</think>"),
            ("by Mistral's tag", ("Two and two\n", "[/THINK]", "Four."), "[/THINK]"),
            ("behind its tag in code", ("Use `</think>`.\n", "</think>\n\nFour."), "</think>"),
            ("or text about its tag", ("The tag </think> ends it.",), ""),
            ("or the tag in code", ("Write\n```\nHm\n</think>\n```\nbehind it.",), ""),
            ("or both tags in text", ("Write <think>\nHm\n</think>\nfirst.",), ""),
        )
    },
    "thoughts twice in one delta": case(
        chunk(delta={"reasoning": "Hm", "reasoning_content": "Hm", "reasoning_details": [{"text": "Hm"}]}),
        *(chunk("a"), STOP),
        text="a",
        thought="Hm",
    ),
    "thoughts in tags, and once more in a field": case(
        chunk(delta={"content": "<think>Hm", "reasoning_content": "Hm"}),
        chunk(delta={"content": ".", "reasoning_content": "."}),
        *(chunk("</think>a"), STOP),
        text="a",
        thought="Hm.",
    ),
    "thoughts as steps": case(
        chunk(delta={"content": "", "reasoning_steps": [{"thought": "Look it up.", "type": "web_search"}]}),
        *(chunk("a"), STOP),
        text="a",
        thought="Look it up.",
    ),
    **{
        f"thoughts only, {how}": case(
            *map(chunk, said), chunk(finish=reason), text="", thought=thought, kind=kind, reason=reason
        )
        for how, said, thought, reason, kind in (
            ("with the first of gpt-oss's ends", (HARMONY[0], "Hm", "<|end|>"), "Hm", "stop", "thought_only"),
            ("behind gpt-oss's word", ("analysisWe", " need"), "We need", "length", "spent_on_thinking"),
        )
    },
    "thoughts only": case(
        *(thought("The capital", "reasoning"), thought(" is Canberra.", "reasoning"), STOP),
        {**chunk(), "choices": [], **usage(9, 30)},
        text="",
        thought="The capital is Canberra.",
        kind="thought_only",
        words="30",
    ),
    "thoughts up to the longest reply": case(
        thought("Hm"),
        {**chunk(finish="length"), **usage(9, 30, completion_tokens_details={"reasoning_tokens": 30})},
        text="",
        thought="Hm",
        kind="spent_on_thinking",
        reason="length",
        words="30",
        tokens=(9, 30, 30),
    ),
    # Errors
    "an error as a string": case(
        chunk("Once"),
        event({"error": "Request failed during generation: out of memory", "error_type": "generation"}),
        text="Once",
        kind="provider_error",
        words="Request failed during generation: out of memory",
        reason=None,
        end="",
    ),
    **{
        f"an error {how}": case(chunk("Once"), told, text="Once", kind=kind, words=words, reason=None)
        for how, told, kind, words in (
            (
                "of MiniMax's",
                {"choices": None, "base_resp": {"status_code": 1, "status_msg": "No."}},
                "provider_error",
                "No.",
            ),
            (
                "by an event's other name",
                'event: failed\ndata: {"reason": "gone"}\n\n',
                "provider_error",
                "gone",
            ),
            ("in words", "data: Error: worker died\n\n", "provider_error", "worker died"),
            ("as Python writes it", "data: {'error': {'message': 'gone'}}\n\n", "provider_error", "gone"),
            ("as a page", "data: <html><title>502</title></html>\n\n", "server_error", "502"),
        )
    },
    "an error that is none": case(
        *({**chunk("a"), "error": told} for told in ({}, {"code": None, "message": None})),
        *({**chunk("b"), "error": {"code": 0, "message": "ok"}}, {**STOP, "error": None}),
        text="aab",
    ),
    "words of what is said beside a reply": case(
        *('event: warning\ndata: {"message": "slow"}\n\n', {"type": "info", "message": "queued"}),
        *(chunk("a"), STOP),
        text="a",
    ),
    "an end without its field's name, and no reason": case(chunk("a"), text="a", reason="", end="[DONE]\n\n"),
    "an object that says that all is well": case(
        chunk("a"), {"code": 0, "message": "ok"}, {"code": 200, "message": "success"}, STOP, text="a"
    ),
    "an error in a list": case(
        event('[{"error": {"code": 503, "message": "Try later.", "status": "UNAVAILABLE"}}]'),
        text="",
        kind="server_error",
        words="Try later.",
        reason=None,
        end="",
    ),
    "an error of another shape": case(
        'event: error\ndata: {"code":400,"details":"logprobs of 21, which is greater than 20"}\n\n',
        text="",
        kind="bad_request",
        words="logprobs of 21, which is greater than 20",
        reason=None,
    ),
    "an error in a field of its own": case(
        'error: {"code":400,"message":"the request exceeds the available context size"}\n\n',
        text="",
        kind="too_long",
        reason=None,
    ),
    **{
        f"{what} in the middle, and no event": case(
            chunk("Once"), written, text="Once", kind=kind, words=words, reason=None, end=end
        )
        for what, written, kind, words, end in (
            ("a page", PAGE, "server_error", "502 Bad Gateway", ""),
            ("words", "upstream connect error. reset reason: overflow\n\n", "provider_error", "overflow", ""),
            ("words before [DONE]", "Internal Server Error\n\n", "provider_error", "Internal", DONE),
            ("words without a line end", "worker 3 died", "provider_error", "worker 3 died", ""),
            ("an error", '{"error": {"message": "out of memory"}}\n\n', "provider_error", "out of", ""),
            ("an error over lines", '{\n "error":\n {"message": "gone"}\n}', "provider_error", "gone", ""),
            ("an error's words", "Error: worker died\n\n", "provider_error", "worker died", ""),
        )
    },
    "words, and a whole reply all the same": case(
        *("meta: 1\n\n", "warming up\n\n", chunk("a"), "still here\n\n", STOP), text="a"
    ),
    "a chunk without its field's name": case(
        *(chunk("a"), event(chunk("b")).removeprefix("data: "), STOP), text="ab"
    ),
    "words alone": Case((b"Service Unavailable\n",), "", "provider_error", None, words="Service Unavailable"),
    "words alone, and no stream": Case(
        (b"It works!\n",), "", "no_chat_api", None, words="It works!", content_type="text/plain"
    ),
    "an error in detail": case(
        chunk("Once"),
        event({"detail": "The engine died."}),
        text="Once",
        kind="provider_error",
        words="The engine died.",
        reason=None,
    ),
    "an error beside its finish reason": case(
        chunk("Once"),
        {**chunk(finish="error"), "error": {"message": "Provider disconnected"}},
        text="Once",
        kind="provider_error",
        words="Provider disconnected",
        reason=None,
    ),
    "a chunk that breaks off": case(
        chunk("Now"),
        'data: {"id":"c1","choices":[{"delta":{"role":"adata: {"id":"c1"}\n\n',
        STOP,
        text="Now",
        kind="malformed",
        reason=None,
    ),
    **{
        f"{what} behind a chunk that breaks off": case(
            chunk("Now"),
            f'data: {{"id":"c1","choices":[{{"delta":{{"content":"a{told}\n\n',
            text="Now",
            kind=kind,
            words=words,
            reason=None,
            end="",
        )
        for what, told, kind, words in (
            ("a page", PAGE.replace("\n", ""), "server_error", "502 Bad Gateway"),
            (
                "an error",
                'event: error\ndata: {"error":{"message":"It died."}}',
                "provider_error",
                "It died.",
            ),
        )
    },
    "a refusal": case(
        chunk(delta={"refusal": "I can't "}),
        chunk(delta={"refusal": "say that."}),
        STOP,
        text="",
        kind="refused",
        words="I can't say that.",
    ),
    # No stream
    "a whole reply in place of a stream": Case(
        (json.dumps({**WHOLE_REPLY, **usage(2, 1)}).encode(),),
        "All",
        content_type="application/json",
        tokens=(2, 1, None),
    ),
    **{
        f"{what} that is no event, and the end of a stream": Case(
            (*(json.dumps(one).encode() + b"\n\n" for one in told), DONE.encode()), text, kind, reason
        )
        for what, told, text, kind, reason in (
            ("a whole reply", (WHOLE_REPLY,), "All", "", "stop"),
            ("every chunk", (*THREE, STOP), "abc", "", "stop"),
            ("an error", ({"error": {"message": "It died.", "code": 500}},), "", "server_error", None),
        )
    },
    "a page": Case(
        (b"<!DOCTYPE html><title>Welcome to nginx!</title>",),
        "",
        "no_chat_api",
        None,
        words="Welcome to nginx!",
        content_type="text/html",
    ),
    **{
        f"{what} in place of a reply": Case(
            (json.dumps(told).encode(),), "", "no_chat_api", None, content_type="application/json"
        )
        for what, told in {
            "nothing": {},
            "an empty list": [],
            "Ollama's own": {"message": {"role": "assistant", "content": "a"}, "done": True},
            "Anthropic's": {"type": "message", "content": [{"type": "text", "text": "a"}]},
            "a status": {"status": "ok"},
        }.items()
    },
    "comments alone": Case((b": hi\n\n",), "", "nothing_sent", None),
    "a whole reply with fields of odd types": Case(
        (
            json.dumps(
                {
                    **{"id": 5, "created": "x", "system_fingerprint": {}, "service_tier": 7},
                    "choices": {
                        "index": 0,
                        "message": {"content": "a", "audio": 5},
                        "finish_reason": "STOP",
                        "logprobs": [],
                    },
                }
            ).encode(),
        ),
        "a",
        content_type="application/json",
    ),
    "lines of JSON": Case(
        (b'{"message":{"content":"Hi"},"done":false}\n{"done":true}\n',),
        "",
        "no_chat_api",
        None,
        content_type="application/x-ndjson",
    ),
    "an error of another endpoint": Case(
        (b'{"error":"Unexpected endpoint or method. (POST /chat/completions)"}',),
        "",
        "no_chat_api",
        None,
        words="Unexpected endpoint or method.",
        content_type="application/json",
    ),
}


# So many at a time: some are asked three times, and what is between is waiting.
AT_ONCE = 16


def in_groups(names: Iterable[str]) -> list[list[str]]:
    every = list(names)
    return [every[at : at + AT_ONCE] for at in range(0, len(every), AT_ONCE)]


@pytest.mark.parametrize("names", in_groups(CASES), ids=lambda names: names[0])
async def test_what_is_told(names: list[str]) -> None:
    async def told(name: str) -> None:
        case = CASES[name]
        answer = Answer(
            case.pieces, case.status, case.content_type, dict(case.headers), ends=case.ends, head=case.head
        )
        async with answering(answer) as server:
            for method, got in (await by_each(openai(server.base_url, "m"))).items():
                check(name, case, got, method)

    await asyncio.gather(*map(told, names))


def check(name: str, told: Case, got: Got, method: str) -> None:
    report = got.report
    outcome = report.outcome
    # Of a reply that is asked for as a whole, and comes as a stream, there is nothing before its end.
    text = (
        ""
        if method == "invoke" and told.kind in {"malformed", "provider_error", "server_error"}
        else told.text
    )
    where = (name, method)
    assert (got.text, got.kind) == (text, told.kind), where
    thoughts = "".join(part.text for part in got.last.parts if part.kind == "reasoning")
    assert thoughts == told.thought, where
    tags = [tag for kind, tag in report.notes if kind == "thought_in_text"]
    assert tags == [told.note] * bool(told.note), where
    calls = [(part.name, part.text) for part in got.last.parts if part.kind == "tool_call"]
    assert tuple((name, arguments.replace(" ", "")) for name, arguments in calls) == told.calls, where
    if told.reason is not None:
        assert outcome.finish_reason == told.reason, where
    if told.tokens is not None:
        tokens = (outcome.input_tokens, outcome.output_tokens, outcome.reasoning_tokens)
        assert tokens == told.tokens, where
    if told.words:
        assert report.fault is not None, where
        assert told.words in " ".join(report.fault.params.values()), where


@pytest.mark.parametrize(
    "told",
    [{"total": "many", "processed": "half"}, {"total": [1]}, {"total": -1}, {"total": float("inf")}, "half"],
)
async def test_a_prompt_s_progress_that_is_no_number(told: object) -> None:
    async with answering(Answer((stream({**chunk(), "prompt_progress": told}, *THREE, STOP),))) as raw:
        got = await collect(openai(raw.base_url, "m"))
    assert (got.text, got.kind) == ("abc", "")
    assert "progress" not in {getattr(record, "phase", "") for one in got.frames for record in one.records}


async def test_a_prompt_s_progress_is_no_more_than_all_of_it() -> None:
    told = {**chunk(), "prompt_progress": {"total": "10", "processed": 50.0}}
    async with answering(Answer((stream(told, *THREE, STOP),))) as raw:
        got = await collect(openai(raw.base_url, "m"))
    phases = (record for one in got.frames for record in one.records if isinstance(record, Phase))
    assert [(one.done, one.total) for one in phases if one.phase == "progress"] == [(10, 10)]
