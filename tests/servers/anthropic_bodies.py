"""Anthropic's messages.

https://platform.claude.com/docs/en/build-with-claude/streaming and .../api/errors
"""

from __future__ import annotations

import json
from typing import Any

from tests.servers import dialect
from tests.servers.dialect import Piece, Said, texts, thoughts

REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
ERRORS = {
    400: ("invalid_request_error", "messages: roles must be one of user, assistant."),
    401: ("authentication_error", "invalid x-api-key"),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "model: {model}"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: (
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 50 requests per minute.",
    ),
    500: ("api_error", "Internal server error"),
    529: ("overloaded_error", "Overloaded"),
}


class Chunks(dialect.Chunks):
    def __init__(self, number: int, model: str) -> None:
        super().__init__(number, model)
        self.index = -1
        self.kind = ""

    def message(self, content: list[Any], reason: str | None, **usage: Any) -> dict[str, Any]:
        frame = {"id": f"msg_{self.number:06}", "type": "message", "role": "assistant", "model": self.model}
        cached = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
        ends = {"stop_reason": reason, "stop_sequence": None}
        return {**frame, "content": content, **ends, "usage": {**cached, **usage}}

    def head(self, prompt: int) -> bytes:
        message = self.message([], None, input_tokens=prompt, output_tokens=1)
        return event("message_start", message=message) + self.ping()

    def content(self, piece: Piece) -> bytes:
        if isinstance(piece, str):
            return self._delta("text", {"text": ""}, {"type": "text_delta", "text": piece})
        thought = piece["reasoning_content"]
        block = {"thinking": "", "signature": ""}
        return self._delta("thinking", block, {"type": "thinking_delta", "thinking": thought})

    def tool_call(self, name: str, arguments: str) -> bytes:
        block = {"id": f"toolu_{self.number:06}", "name": name, "input": {}}
        half = len(arguments) // 2
        pieces = [
            {"type": "input_json_delta", "partial_json": piece}
            for piece in ("", arguments[:half], arguments[half:])
        ]
        return b"".join(self._delta("tool_use", block, piece) for piece in pieces)

    def tail(self, reason: str | None, prompt: int, said: Said, *, usage: bool) -> list[bytes]:
        if reason is None:
            return [self._stop()]
        delta = {"stop_reason": REASONS.get(reason, reason), "stop_sequence": None}
        return [self._stop(), event("message_delta", delta=delta, usage=self._wrote(said))]

    def close(self) -> bytes:
        return event("message_stop")

    def ping(self) -> bytes:
        return event("ping")

    def error(self) -> bytes:
        kind, message = ERRORS[529]
        return event("error", error={"details": None, "type": kind, "message": message})

    def whole(self, said: Said, reason: str | None, prompt: int) -> bytes:
        content: list[dict[str, Any]] = [{"type": "text", "text": texts(said)}]
        if thought := "".join(thoughts(said)):
            content.insert(0, {"type": "thinking", "thinking": thought, "signature": "c2ln"})
        reason = reason and REASONS.get(reason, reason)
        message = self.message(content, reason, input_tokens=prompt, **self._wrote(said))
        return json.dumps(message, ensure_ascii=False).encode()

    def _wrote(self, said: Said) -> dict[str, Any]:
        details = {"thinking_tokens": len(thoughts(said))}
        return {
            "output_tokens": len(said),
            **({"output_tokens_details": details} if any(details.values()) else {}),
        }

    def _delta(self, kind: str, block: dict[str, Any], delta: dict[str, Any]) -> bytes:
        begin = b""
        if kind != self.kind:
            begin = self._stop()
            self.kind, self.index = kind, self.index + 1
            begin += event("content_block_start", index=self.index, content_block={"type": kind, **block})
        return begin + event("content_block_delta", index=self.index, delta=delta)

    def _stop(self) -> bytes:
        kind, self.kind = self.kind, ""
        if not kind:
            return b""
        signature = {"type": "signature_delta", "signature": "c2ln"}
        signed = kind == "thinking"
        before = event("content_block_delta", index=self.index, delta=signature) if signed else b""
        return before + event("content_block_stop", index=self.index)


class Dialect(dialect.Dialect):
    chunks = Chunks

    def model(self, method: str, path: str, body: Any) -> str | None:
        return body.get("model") if (method, path) == ("POST", "/v1/messages") else None

    def asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        tools = [
            {"function": {"name": tool["name"], "parameters": tool["input_schema"]}}
            for tool in body.get("tools") or ()
        ]
        answered = [
            {"role": "tool"}
            for message in body["messages"]
            if isinstance(message["content"], list)
            for block in message["content"]
            if block["type"] == "tool_result"
        ]
        return {**body, "messages": [*answered, *body["messages"]], "tools": tools}

    def key(self, headers: dict[str, str]) -> str:
        return headers.get("x-api-key", "")

    def status_error(self, status: int, model: str, key: str) -> bytes:
        kind, message = ERRORS.get(status, ("api_error", f"Status {status}."))
        error = {"type": kind, "message": message.format(model=model)}
        return json.dumps({"type": "error", "error": error, "request_id": "req_standin"}).encode()

    def context_overflow(self, tokens: int) -> bytes:
        message = f"prompt is too long: {tokens + 200_000} tokens > 200000 maximum"
        error = {"type": "invalid_request_error", "message": message}
        return json.dumps({"type": "error", "error": error, "request_id": "req_standin"}).encode()


def event(kind: str, **more: Any) -> bytes:
    data = json.dumps({"type": kind, **more}, ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}\n\n".encode("utf-8", "backslashreplace")
