"""Streams that somebody captured, of every form and dialect: what is made of them is a run like any other."""

from __future__ import annotations

import gzip
import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from components.providers import Provider
from components.runs.captured import Capture, capture_of, make_run_file, play
from components.runs.captured.capture import LARGEST, LARGEST_STREAM
from components.runs.lab import Lab
from components.settings import Settings
from components.streaming.records import Chunk, Sent
from components.streaming.trace import BadRunFile, RunFile, copy_unpacked, open_run_file

WORDS = [f"word{number} " for number in range(20)]
TEXT = "".join(WORDS)


def events(*data: dict[str, Any]) -> list[bytes]:
    """One each, under its type's name where it has one."""
    named = ((f"event: {one['type']}\n" if "type" in one else "", json.dumps(one)) for one in data)
    return [f"{name}data: {line}\n\n".encode() for name, line in named]


def delta(content: str, reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": reason}
    return {"id": "c", "model": "gpt-x", "choices": [choice]}


CHAT = events(*map(delta, WORDS))
WHOLE = [*CHAT, *events(delta("", "stop")), b"data: [DONE]\n\n"]
ERROR = events({"error": {"message": "Overloaded, sorry", "type": "overloaded_error"}})
MESSAGES = events(
    {
        "type": "message_start",
        "message": {"id": "m", "model": "claude-x", "role": "assistant", "content": []},
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    *(
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
        for word in WORDS
    ),
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 20}},
    {"type": "message_stop"},
)
GEMINI = events(
    *(
        {
            "candidates": [{"content": {"parts": [{"text": word}]}, "finishReason": end}],
            "modelVersion": "gemini-x",
        }
        for word, end in zip(WORDS, [None] * 19 + ["STOP"], strict=True)
    )
)
MESSAGE = {"type": "message", "id": "i", "role": "assistant", "status": "completed"}
RESPONSE = {
    **{
        "id": "r",
        "object": "response",
        "created_at": 1,
        "model": "gpt-r",
        "status": "completed",
        "tools": [],
    },
    **{"output": [], "parallel_tool_calls": True, "tool_choice": "auto"},
}
RESPONSES = events(
    {"type": "response.created", "sequence_number": 0, "response": RESPONSE},
    {
        "type": "response.output_item.added",
        "sequence_number": 1,
        "output_index": 0,
        "item": {**MESSAGE, "content": []},
    },
    *(
        {
            **{"type": "response.output_text.delta", "sequence_number": 2, "item_id": "i", "output_index": 0},
            **{"content_index": 0, "delta": word, "logprobs": []},
        }
        for word in WORDS
    ),
    {"type": "response.completed", "sequence_number": 3, "response": RESPONSE},
)


def dumped(piece: bytes, *, ascii_only: bool) -> bytes:
    if ascii_only:
        parts = piece.removesuffix(b"\r\n").split(b"\r\n")
        lines = [part.replace(b"\n", b".")[at : at + 64] for part in parts for at in range(0, len(part), 64)]
    else:
        rows = [piece[at : at + 16] for at in range(0, len(piece), 16)]
        lines = [(row.hex(" ") + " ").ljust(48).encode() + row.replace(b"\n", b".") for row in rows]
    return b"".join(b"%04x: %b\n" % (number * 64, line) for number, line in enumerate(lines))


def traced(pieces: Sequence[bytes], *, ascii_only: bool = False, timed: bool = True) -> bytes:
    """As `curl --trace` writes it down; a piece comes every tenth of a second, over midnight."""
    made = b"== Info: Connected\n"
    for number, piece in enumerate([b"GET /", *pieces]):
        clock = b"%02d:%02d:%06.3f " % (
            (23, 59, 59.0 + number / 10) if number < 10 else (0, 0, number / 10 - 1)
        )
        kind = b"<= Recv data" if number else b"=> Send header"
        chunk = b"%x\r\n%b\r\n" % (len(piece), piece) if number else piece
        made += (clock if timed else b"") + kind + b", 9 bytes (0x9)\n"
        made += dumped(chunk, ascii_only=ascii_only)
    return made


def stamped(
    pieces: Sequence[bytes], form: bytes = b"%.3f ", start: int = 1_900_000_000, second: int = 1
) -> bytes:
    """As `ts '%.s'` writes it down, and others."""
    return b"".join(
        form % (start + number * second / 10) + line + b"\n"
        for number, piece in enumerate(pieces)
        for line in piece.removesuffix(b"\n").split(b"\n")
    )


def har(text: str, **more: Any) -> bytes:
    asked = json.dumps({"messages": [{"role": "user", "content": "why?"}]})
    page = {
        "request": {"url": "https://x.test/"},
        "response": {"status": 200, "content": {"mimeType": "text/html"}},
    }
    entry = {
        "startedDateTime": "2026-11-29T16:00:00.000Z",
        "request": {"url": "https://x.test/v1/chat/completions?a=1", "postData": {"text": asked}},
        "response": {"status": 200, "content": {"mimeType": "text/event-stream", "text": text}},
        "timings": {"blocked": 10, "dns": -1, "connect": 20, "send": 20, "wait": 250, "receive": 2000},
        **more,
    }
    return json.dumps({"log": {"version": "1.2", "entries": [page, entry]}}).encode()


SENT = [
    {"time": 1_795_968_000 + 0.5 + number / 10, "eventName": "message", "data": piece.decode()[6:-2]}
    for number, piece in enumerate(WHOLE)
]
ANSWER = {"id": "c", "model": "gpt-x", "choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]}
REFUSAL = b'HTTP/1.1 429 Too Many Requests\r\nretry-after: 9\r\n\r\n{"error":{"message":"Slow down"}}'
METER = b"\r100   359    0   357  100     2   1153      6 --:--:-- --:--:-- --:--:--  1158"
METERED = (
    b"  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    + METER
    + b"* Trying\n"
)
HEADED = b"HTTP/2 200 \r\nserver: x\r\n\r\n%b"
FOLLOWED = b'POST /v1 HTTP/1.1\r\nHost: x\r\n\r\n{"stream":true}HTTP/1.1 200 OK\r\nA: b\r\n\r\n' + b"".join(
    b"%x\r\n%b\r\n" % (len(piece), piece) for piece in WHOLE
)
PROMPT = b"user@host:~$ curl -N https://x.test\n%bcurl: (18) transfer closed\nuser@host:~$ "
LIST = b"[" + b",\r\n".join(piece[6:-2] for piece in GEMINI)
VERBOSE = b"* Trying 1.2.3.4\n> POST /v1 HTTP/1.1\n> \n< HTTP/1.1 200 OK\n< \n{ [9 bytes data]\n" + b"".join(
    WHOLE
)


@pytest.fixture
def lab() -> Lab:
    providers: dict[str, Provider] = {}
    return Lab(Settings(), providers)


async def played(lab: Lab, capture: Capture, path: Path) -> RunFile:
    await play(lab, capture, "somebody", path)
    return open_run_file(path)


@pytest.mark.parametrize(
    ("given", "dialect", "verdict", "kind", "times", "first"),
    [
        (b"".join(WHOLE), "chat completions", "complete", "", "untimed", None),
        (b"".join(WHOLE).replace(b"\n", b"\r\n"), "chat completions", "complete", "", "untimed", None),
        (
            b"HTTP/2 200 \r\nserver: x\r\n\r\n" + b"".join(WHOLE),
            "chat completions",
            "complete",
            "",
            "untimed",
            None,
        ),
        (VERBOSE, "chat completions", "complete", "", "untimed", None),
        (b"".join(MESSAGES), "Anthropic messages", "complete", "", "untimed", None),
        (b"".join(GEMINI), "Gemini", "complete", "", "untimed", None),
        (b"".join(RESPONSES), "Responses", "complete", "", "untimed", None),
        (b"".join(CHAT), "chat completions", "cut_off", "cut_off", "untimed", None),
        (b"".join([*CHAT, *ERROR]), "chat completions", "failed", "overloaded", "untimed", None),
        (b"".join(CHAT) + b"data: {oh\n\n", "chat completions", "failed", "malformed", "untimed", None),
        (REFUSAL, "chat completions", "failed", "rate_limited", "untimed", None),
        (json.dumps(ANSWER).encode(), "chat completions", "one_piece", "", "untimed", None),
        (LIST + b"]", "Gemini", "complete", "", "untimed", None),
        (LIST.replace(b'"STOP"', b"null"), "Gemini", "cut_off", "cut_off", "untimed", None),
        (METERED + METER.join(WHOLE), "chat completions", "complete", "", "untimed", None),
        (METERED + METER.join(CHAT), "chat completions", "cut_off", "cut_off", "untimed", None),
        (PROMPT % b"".join(CHAT), "chat completions", "cut_off", "cut_off", "untimed", None),
        (FOLLOWED, "chat completions", "complete", "", "untimed", None),
        (
            b"HTTP/1.1 100 Continue\n\n" + REFUSAL,
            "chat completions",
            "failed",
            "rate_limited",
            "untimed",
            None,
        ),
        (
            b"\n< ".join([b"* Trying\n< HTTP/2 502 ", b"server: x", b"\n<html><title>Bad Gateway</title>"]),
            *("chat completions", "failed", "server_error", "untimed", None),
        ),
        (
            b"\xff\xfe" + b"".join(WHOLE).decode().encode("utf-16-le"),
            *("chat completions", "complete", "", "untimed", None),
        ),
        (traced(WHOLE), "chat completions", "streamed", "", "", 0.1),
        (traced(WHOLE, ascii_only=True), "chat completions", "streamed", "", "", 0.1),
        (traced([*[b": wait\n\n"] * 5, b"".join(WHOLE)]), "chat completions", "one_piece", "", "", 0.6),
        (traced(CHAT), "chat completions", "cut_off", "cut_off", "", 0.1),
        (traced(WHOLE, timed=False), "chat completions", "complete", "", "untimed", None),
        (stamped(WHOLE), "chat completions", "streamed", "", "since_first", 0),
        (stamped(CHAT), "chat completions", "cut_off", "cut_off", "since_first", 0),
        (
            stamped(WHOLE, b"%d ", 1_900_000_000_000, 1000),
            "chat completions",
            "streamed",
            "",
            "since_first",
            0,
        ),
        (stamped(WHOLE, b"+%.3fs | ", 0), "chat completions", "streamed", "", "since_first", 0),
        (stamped(CHAT).replace(b" \n", b"\n"), "chat completions", "cut_off", "cut_off", "since_first", 0),
        (har("".join(piece.decode() for piece in WHOLE)), "chat completions", "streamed", "", "spread", 0.3),
        (har("", _eventSourceMessages=SENT), "chat completions", "streamed", "", "", 0.5),
        (
            har("", _webSocketMessages=[{"type": "send", "data": "{}"}, *SENT]),
            "chat completions",
            "streamed",
            "",
            "",
            0.5,
        ),
    ],
)
async def test_a_capture_is_a_run(
    lab: Lab,
    tmp_path: Path,
    given: bytes,
    dialect: str,
    verdict: str,
    kind: str,
    times: str,
    first: float | None,
) -> None:
    run_file = await played(lab, capture_of(given), tmp_path / "run.jsonl")
    report = run_file.report
    assert report is not None
    assert (run_file.header.provider, run_file.header.chain) == (dialect, "pasted")
    assert (report.verdict, report.fault.kind if report.fault else "") == (verdict, kind)
    assert report.first_token == (None if first is None else pytest.approx(first, abs=0.01))
    assert [name for name, _ in report.notes if name in ("untimed", "since_first", "spread")] == [times][
        : bool(times)
    ]
    records = list(run_file.records())
    assert not any(isinstance(record, Sent) for record in records)
    if report.chunks:
        assert "".join(record.text for record in records if isinstance(record, Chunk)) == TEXT


# What is traced of TLS, and of the connection by `--trace-ids`.
SEALED = b"<= Recv SSL data, 5 bytes (0x5)\n0000: 17 03 03 00 1a                                  .....\n"
IDENTIFIED = traced(WHOLE, ascii_only=True).replace(b"== ", b"[0-x] == ").replace(b"00 <=", b"00 [0-0] <=")


def lined(form: bytes, pieces: Sequence[bytes] = WHOLE) -> bytes:
    """Each line as something else tells of it."""
    return b"".join(form % line for line in b"".join(pieces).split(b"\n"))


def of_api(text: str, mime: str = "application/json", url: str = "https://x.test/v1/chat/completions") -> Any:
    """An entry of a HAR."""
    response = {"status": 200, "content": {"mimeType": mime, "text": text}}
    return {"request": {"url": url, "postData": {"text": "[1]"}}, "response": response}


def entries(*given: Any) -> bytes:
    return json.dumps({"log": {"entries": given}}).encode()


CHUNKED = b"".join(WHOLE)
CHUNKED = b"".join(b"1E\r\n%b\r\n" % CHUNKED[at : at + 30] for at in range(0, len(CHUNKED), 30))
STREAMED = b"".join(WHOLE).decode()
GOOGLE = "https://g.test/v1beta/models/x:streamGenerateContent"


@pytest.mark.parametrize(
    "given",
    [
        traced(WHOLE).replace(b"<= Recv data", SEALED + b"<= Recv data"),
        IDENTIFIED,
        IDENTIFIED.replace(b"\n", b"\r\n"),
        VERBOSE.replace(b"\n> ", b"\n[0-0] > ").replace(b"\n< ", b"\n[0-0] < "),
        b"".join(repr(line).encode() + b"\n" for line in b"".join(WHOLE).splitlines()),
        lined(b"web-1  | %b\n"),
        lined(b"Nov 30 13:00:00 host app[123]: %b\n", MESSAGES),
        b"\x1b[32mdata\x1b[0m: ".join(b"".join(WHOLE).split(b"data: ")),
        b"HTTP/1.1 200 OK\r\n\r\n" + CHUNKED,
        entries(of_api(b"".join((LIST, b"]")).decode(), url=GOOGLE)),
        entries(of_api("data: {}\n\n" * 9000, "text/event-stream", "https://x.test/news"), of_api(STREAMED)),
        entries(of_api(json.dumps(ANSWER) * 9), of_api(STREAMED, "text/event-stream")),
        entries(of_api(json.dumps(ANSWER))),
        entries(of_api(STREAMED, "text/event-stream"), of_api("half an emoji \ud83d", url="https://x.test/")),
        har(STREAMED, startedDateTime="yesterday", _eventSourceMessages=SENT),
        har(STREAMED, _eventSourceMessages=[{"data": one["data"]} for one in SENT]),
    ],
)
async def test_what_stands_round_a_stream(lab: Lab, tmp_path: Path, given: bytes) -> None:
    run_file = await played(lab, capture_of(given), tmp_path / "run.jsonl")
    assert run_file.report is not None
    assert run_file.report.fault is None
    assert "".join(record.text for record in run_file.records() if isinstance(record, Chunk)) == TEXT


@pytest.mark.parametrize("cut", range(1000, 1500, 37))
async def test_a_trace_cut_anywhere_tells_no_error_of_the_server(lab: Lab, tmp_path: Path, cut: int) -> None:
    capture = capture_of(traced(WHOLE)[:cut])
    report = (await played(lab, capture, tmp_path / "run.jsonl")).report
    assert report is not None
    assert report.fault is not None
    assert report.fault.kind in {"cut_off", "malformed"}


async def test_a_head_without_a_body(lab: Lab, tmp_path: Path) -> None:
    head = b"HTTP/2 200 \r\ncontent-type: text/event-stream\r\n\r\n"
    report = (await played(lab, capture_of(head), tmp_path / "run.jsonl")).report
    assert report is not None
    assert report.fault is not None
    assert report.fault.kind == "nothing_sent"


@pytest.mark.parametrize(
    ("given", "replies"),
    [
        (b"".join(WHOLE[:-1]) + b"".join(WHOLE).replace(b'"id": "c"', b'"id": "d"'), "2"),
        (
            b"".join(
                lined(b"%b\n", GEMINI).replace(b'"modelV', b'"responseId": "%b", "modelV' % one)
                for one in (b"a", b"b")
            ),
            "2",
        ),
        (b"".join(GEMINI).replace(b"null", b'"STOP"'), ""),
        (b"".join(WHOLE[:-2]) + WHOLE[-2].replace(b'"c"', b'"d"') + WHOLE[-1], ""),
        (b"".join(WHOLE) * 2, "2"),
        (b"".join(HEADED % piece for piece in (b"".join(WHOLE), b"".join(WHOLE))), "2"),
        (traced([*WHOLE, *WHOLE, *WHOLE]), "3"),
        (b"".join(MESSAGES) * 2, "2"),
        (b"".join(RESPONSES) * 2, "2"),
        (b"".join(WHOLE) + b"data: [DONE]\n\n", ""),
        (b"".join(RESPONSES), ""),
    ],
)
async def test_one_of_several_replies(lab: Lab, tmp_path: Path, given: bytes, replies: str) -> None:
    run_file = await played(lab, capture_of(given), tmp_path / "run.jsonl")
    report = run_file.report
    assert report is not None
    assert [value for name, value in report.notes if name == "one_of"] == [replies][: bool(replies)]
    if report.chunks:
        assert "".join(record.text for record in run_file.records() if isinstance(record, Chunk)) == TEXT


@pytest.mark.parametrize(
    "given",
    [
        b'event: metadata\ndata: {"run_id": "1"}\n\nevent: data\ndata: {"content": "Hi"}\n\nevent: end\n\n',
        b'event: data\r\ndata: "Hi"\r\n\r\nevent: end\r\n\r\n',
        b'data: {"type":"start"}\n\ndata: {"type":"text-delta","id":"0","delta":"Hi"}\n\ndata: [DONE]\n\n',
        b'event: token\ndata: {"text":"Hi"}\n\nevent: done\ndata: {"verdict":"streamed"}\n\n',
    ],
    ids=["langserve", "langserve of texts", "AI SDK", "this app's"],
)
async def test_a_stream_of_another_kind(lab: Lab, tmp_path: Path, given: bytes) -> None:
    with pytest.raises(BadRunFile) as refused:
        await played(lab, capture_of(given), tmp_path / "run.jsonl")
    assert refused.value.kind == "capture_foreign"


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (b"", "empty"),
        (b" \n\xef\xbb\xbf", "foreign"),
        (b"\x89PNG\r\n\x1a\n\x00", "foreign"),
        (b"Dear Sir or Madam,\n", "foreign"),
        (b'{"messages": []}\n', "foreign"),
        (b"b'data: {}',--1,b''\n", "foreign"),
        (b"data: " + b"x" * (LARGEST_STREAM + 1), "capture_too_large"),
        (bytes(LARGEST + 1), "capture_too_large"),
        (b"data: 1\n\n" * 30_000, "capture_too_long"),
        (har("data: 1\n\n")[:-9], "har_damaged"),
        (b'{"log": {"entries": 5}}', "har_damaged"),
        (b'{"log": {"entries": [1, {"request": {}}, {"response": []}]}}', "har_without"),
        (har("<html>"), "har_without"),
        (b'{"log": {"entries":' + b"[" * 100_000, "har_damaged"),
    ],
)
def test_what_is_no_stream(given: bytes, kind: str) -> None:
    with pytest.raises(BadRunFile) as refused:
        capture_of(given)
    assert refused.value.kind == kind


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.har"
    with huge.open("wb") as file:
        file.truncate(200_000_000_000)
    with pytest.raises(BadRunFile) as refused:
        copy_unpacked(huge, tmp_path / "own")
    assert refused.value.params == {"megabytes": "200000", "limit": "100"}
    huge.write_bytes(gzip.compress(bytes(101_000_000), 1))
    with pytest.raises(BadRunFile) as refused:
        copy_unpacked(huge, tmp_path / "own")
    assert refused.value.params == {"megabytes": "> 100", "limit": "100"}


async def test_a_run_file_is_made_of_any_form(lab: Lab, tmp_path: Path) -> None:
    """Compressed, cut off, pasted, a link, from a pipe, two in one; and of a stream in each of these."""
    one = tmp_path / "one.jsonl"
    run_file = await played(lab, capture_of(b"".join(WHOLE)), one)
    whole, packed, pipe = one.read_bytes(), gzip.compress(one.read_bytes()), os.pipe()
    os.write(pipe[1], whole)
    os.close(pipe[1])
    (tmp_path / "run.gz").write_bytes(packed)
    (tmp_path / "cut.gz").write_bytes(packed[: len(packed) * 2 // 3])
    (tmp_path / "stream.gz").write_bytes(gzip.compress(b"".join(WHOLE)))
    (tmp_path / "two.jsonl").write_bytes(whole + whole)
    (tmp_path / "wide.jsonl").write_bytes(whole.decode().replace("\n", "\r\n").encode("utf-16"))
    records = [json.loads(line) for line in whole.splitlines()]
    laid_out = "\n".join(json.dumps(record, indent=2) for record in records)
    (tmp_path / "list.json").write_text(json.dumps(records, indent=2))
    link = f"https://x.test/lab/#run=1.{urlsafe_b64encode(packed).decode().rstrip('=')}"
    given: dict[Path | str, str] = {
        tmp_path / "run.gz": "",
        tmp_path / "wide.jsonl": "",
        tmp_path / "stream.gz": "",
        Path(f"/dev/fd/{pipe[0]}"): "",
        "\n" + whole.decode(): "",
        laid_out: "",
        tmp_path / "list.json": "",
        laid_out[: len(laid_out) * 2 // 3]: "never ended",
        b"".join(WHOLE).decode(): "",
        link: "",
        Path(link): "",
        tmp_path / "cut.gz": "never ended",
        tmp_path / "two.jsonl": "several",
    }
    for each, wrong in given.items():
        own = tmp_path / "own.jsonl"
        await make_run_file(lab, each, "somebody", own)
        made = open_run_file(own)
        if wrong == "never ended":
            assert made.report is None
            assert 0 < made.count < run_file.count
            continue
        assert (made.count, made.damage.kind if made.damage else "") == (run_file.count, wrong)
        assert made.report is not None
        assert made.report.verdict == "complete"
    os.close(pipe[0])
    for bad, kind in (("", "empty"), (tmp_path, "unreadable"), (tmp_path / "none", "unreadable")):
        with pytest.raises(BadRunFile) as refused:
            await make_run_file(lab, bad, "somebody", tmp_path / "own.jsonl")
        assert refused.value.kind == kind
