"""Replies as Vertex AI has been seen to send them, message by message; `{"error": ...}` ends a reply."""

from __future__ import annotations

from typing import Any

Message = dict[str, Any]


def said(*texts: str, thought: bool = False, finish: str = "", **more: Any) -> Message:
    """A message of one candidate; without texts it has no content at all."""
    parts = [{"text": text, "thought": True} if thought else {"text": text} for text in texts]
    candidate: Message = {"index": 0, "content": {"role": "model", **({"parts": parts} if parts else {})}}
    return {"candidates": [candidate | ({"finishReason": finish} if finish else {}) | more]}


def used(asked: int, wrote: int = 0, thought: int = 0, total: int = 0) -> Message:
    counts = {"promptTokenCount": asked, "candidatesTokenCount": wrote, "thoughtsTokenCount": thought}
    return {"usageMetadata": counts | {"totalTokenCount": total or asked + wrote + thought}}


def calls(name: str, **arguments: Any) -> Message:
    part = {"functionCall": {"name": name, "args": arguments}}
    return {"candidates": [{"index": 0, "content": {"role": "model", "parts": [part]}}]}


EXHAUSTED = {
    "error": {
        "code": 429,
        "message": "Resource exhausted. Please try again later.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12s"}],
    }
}

PICTURE = {"mimeType": "image/png", "data": "AAAA"}

TOLD: dict[str, list[Message]] = {
    "spent": [said(finish="MAX_TOKENS") | used(39, thought=512)],
    "recited": [
        said("And do not be"),
        {"candidates": [{"finishReason": "RECITATION", "index": 0, "citationMetadata": {}}]} | used(90, 3),
    ],
    "filtered": [said("And so"), said(finish="SAFETY") | used(9, 3)],
    "exhausted": [said("Once "), EXHAUSTED],
    "thrice": [said("One ", finish="STOP"), said("two ", finish="STOP"), said("three", finish="MAX_TOKENS")],
    "cumulative": [
        said(f"w{number} ", finish="STOP" if number == 5 else "") | used(10, number, 7)
        for number in range(1, 6)
    ],
    "thoughts": [
        said("**Weighing** it.", thought=True) | used(10, 0, 5),
        said(" Done.", thought=True) | used(10, 0, 9),
        said("Four.") | used(10, 2, 9),
        said(finish="STOP") | used(10, 2, 9),
    ],
    "only thoughts": [said("Hm.", thought=True), said(finish="STOP") | used(10, 0, 9)],
    "two candidates": [
        {"candidates": [*said("One ")["candidates"], *said("Ein ", index=1)["candidates"]]},
        said("zwei", index=1, finish="STOP"),
        said("two", finish="STOP") | used(3, 4),
    ],
    "called": [calls("weather", city="Rome"), said(finish="STOP") | used(10, 8)],
    "empty first": [said(""), said("Hi"), said("", finish="STOP") | used(3, 1)],
    "called bare": [
        {"candidates": [{"index": 0, "content": {"parts": [{"functionCall": {"name": "now"}}]}}]},
        said(finish="STOP"),
    ],
    "malformed call": [said(finish="MALFORMED_FUNCTION_CALL", finishMessage="No such tool.") | used(3)],
    "blocked": [{"promptFeedback": {"blockReason": "OTHER", "blockReasonMessage": "Not that."}}],
    "newer reason": [said("Half a"), {"candidates": [{"index": 0, "finishReason": 15}]}],
    "newer block": [{"promptFeedback": {"blockReason": 99}}],
    "nothing": [said(finish="MAX_TOKENS") | used(3)],
    "a picture": [
        {"candidates": [{"index": 0, "content": {"parts": [{"inlineData": PICTURE}]}}]},
        said(finish="STOP"),
    ],
    "no candidates": [used(3), said("Hi"), used(3, 1), said(finish="STOP") | used(3, 1)],
}
