"""A HAR, as browsers and proxies export it: http://www.softwareishard.com/blog/har-12-spec/"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson

from components.runs.captured.capture import DAY, EVENT, Capture, Piece, blocks
from components.streaming.trace import BadRunFile
from components.streaming.trace.link import asked_in


def of_har(text: bytes) -> Capture:
    """The largest stream in it."""
    try:
        entries = orjson.loads(text)["log"]["entries"]
        found = [entry for entry in entries if isinstance(entry, dict)]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise BadRunFile("har_damaged") from None
    captures = list[Capture]()
    for entry in found:
        with suppress(BadRunFile, KeyError, TypeError, ValueError, AttributeError):
            captures.append(_of_entry(entry))
    if not captures:
        raise BadRunFile("har_without")
    return max(captures, key=lambda one: sum(len(data) for _, data in one.pieces))


def _of_entry(entry: Mapping[str, Any]) -> Capture:
    timings = dict(_seconds(entry.get("timings")))
    sent = sum(timings.get(name, 0.0) for name in ("blocked", "dns", "connect", "send"))
    headers, receive = sent + timings.get("wait", 0.0), timings.get("receive", 0.0)
    request, response = entry["request"], entry["response"]
    told: dict[str, Any] = {"sent": sent, "headers": headers, "status": int(response["status"] or 200)}
    told["path"] = re.sub(r"[?#].*", "", str(request["url"]))
    with suppress(KeyError, TypeError, orjson.JSONDecodeError):
        asked = orjson.loads(request["postData"]["text"])
        told["asked"] = asked_in(asked.get("messages") or asked.get("input") or asked.get("contents"))
    # Chrome's own, each with its time.
    messages = entry.get("_eventSourceMessages") or entry.get("_webSocketMessages")
    if messages:
        return Capture.of(_messages(messages, entry), times="", **{**told, "status": 200})
    content = response["content"]
    body = content["text"].encode()
    if content.get("encoding") == "base64":
        with suppress(Error):
            body = b64decode(body)
    mime = str(content.get("mimeType"))
    if "event-stream" not in mime and not (EVENT.match(body) and b"\ndata:" in b"\n" + body):
        raise BadRunFile("har_without")
    pieces, passed = list[Piece](), 0
    for block in blocks(body):
        passed += len(block)
        first = not pieces or len(body) == len(block)
        pieces.append((headers + (0.0 if first else receive * passed / len(body)), block))
    return Capture.of(pieces, times="spread" if timings else "untimed", **told)


def _messages(messages: Iterable[Mapping[str, Any]], entry: Mapping[str, Any]) -> Iterator[Piece]:
    """Each with its time, in seconds since 1970."""
    start = datetime.fromisoformat(str(entry["startedDateTime"])).timestamp()
    for message in messages:
        if message.get("type") == "send":
            continue
        name = message.get("eventName") or message.get("event")
        lines = [f"event: {name}\n"] if name and name != "message" else []
        lines += [f"data: {line}\n" for line in str(message["data"]).split("\n")]
        yield float(message["time"]) - start, ("".join(lines) + "\n").encode()


def _seconds(timings: Any) -> Iterator[tuple[str, float]]:
    """Of milliseconds, -1 of what took no time."""
    for name, value in timings.items() if isinstance(timings, dict) else ():
        if isinstance(value, int | float):
            yield name, min(max(0.0, value / 1000), DAY)
