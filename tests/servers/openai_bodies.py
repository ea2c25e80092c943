"""The JSON that OpenAI's API answers with: replies, chunks and errors."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tests.servers import dialect
from tests.servers.dialect import Piece, Said, texts, thoughts

MODELS = ("gpt-4o-mini", "gpt-4o")

_REASONS: dict[int, tuple[str, str | None, str]] = {
    400: ("invalid_request_error", None, "Invalid value for 'messages': expected an array of objects."),
    403: (
        "invalid_request_error",
        "unsupported_country_region_territory",
        "Country, region, or territory not supported",
    ),
    404: (
        "invalid_request_error",
        "model_not_found",
        "The model `{model}` does not exist or you do not have access to it.",
    ),
    429: (
        "requests",
        "rate_limit_exceeded",
        "Rate limit reached for {model} in organization org-standin on requests per min (RPM): Limit 3, "
        "Used 3, Requested 1. Please try again in 1s.",
    ),
    500: (
        "server_error",
        None,
        "The server had an error while processing your request. Sorry about that!",
    ),
    503: ("server_error", None, "The engine is currently overloaded, please try again later."),
}


def error(
    message: str, kind: str = "invalid_request_error", code: str | None = None, param: str | None = None
) -> bytes:
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return json.dumps(body, indent=4).encode()


def status_error(status: int, model: str, key: str) -> bytes:
    """OpenAI's body for an HTTP status; a 401 quotes the key the way OpenAI does, masked."""
    if status == 401:
        return unauthorized(key)
    kind, code, message = _REASONS.get(
        status, ("server_error" if status >= 500 else "invalid_request_error", None, f"Status {status}.")
    )
    return error(message.format(model=model), kind, code)


def unauthorized(key: str) -> bytes:
    if not key:
        return error(
            "You didn't provide an API key. You need to provide your API key in an Authorization header."
        )
    masked = key[:8] + "*" * max(0, len(key) - 12) + key[-4:] if len(key) > 12 else "*" * len(key)
    return error(
        f"Incorrect API key provided: {masked}. "
        "You can find your API key at https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
    )


def context_overflow(tokens: int) -> bytes:
    return error(
        f"This model's maximum context length is 8192 tokens. However, your messages resulted in "
        f"{tokens} tokens. Please reduce the length of the messages.",
        code="context_length_exceeded",
        param="messages",
    )


def prompt_tokens(body: Mapping[str, Any]) -> int:
    """Words, near enough for a stand-in; never 0."""
    return max(1, len(json.dumps(body.get("messages", []), ensure_ascii=False).split()))


def usage_of(prompt: int, said: Sequence[Any]) -> dict[str, Any]:
    """A token for each piece; thoughts are told apart where there are some."""
    completion = len(said)
    thought = len(thoughts(said))
    told: dict[str, Any] = {"prompt_tokens": prompt, "completion_tokens": completion}
    if thought:
        told["completion_tokens_details"] = {"reasoning_tokens": thought}
    return {**told, "total_tokens": prompt + completion}


class Chunks(dialect.Chunks):
    """What doesn't change in a chunk is rendered once."""

    def __init__(self, number: int, model: str) -> None:
        super().__init__(number, model)
        self.frame = {
            "id": f"chatcmpl-standin{number:06}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": "fp_standin",
        }
        before, after = self.event([{"index": 0, "delta": {"content": 0}, "finish_reason": None}]).split(
            b": 0}"
        )
        self._before, self._after = before + b": ", b"}" + after

    def event(self, choices: list[dict[str, Any]], **more: Any) -> bytes:
        body = {**self.frame, "choices": choices, **more}
        return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"

    def head(self, prompt: int) -> bytes:
        return self.event(
            [
                {
                    "index": 0,
                    "delta": {"role": "assistant", "content": "", "refusal": None},
                    "finish_reason": None,
                }
            ]
        )

    def content(self, piece: Piece) -> bytes:
        if not isinstance(piece, str):
            return self.event([{"index": 0, "delta": piece, "finish_reason": None}])
        # Half an emoji goes out as JSON's escape.
        text = json.dumps(piece, ensure_ascii=False).encode("utf-8", "backslashreplace")
        return self._before + text + self._after

    def tool_call(self, name: str, arguments: str) -> bytes:
        call: dict[str, Any] = {"index": 0, "id": "call_standin", "type": "function"}
        call["function"] = {"name": name, "arguments": arguments}
        delta = {"role": "assistant", "content": None, "tool_calls": [call]}
        return self.event([{"index": 0, "delta": delta, "finish_reason": None}])

    def tail(self, reason: str | None, prompt: int, said: Said, *, usage: bool) -> list[bytes]:
        ends = [self.event([{"index": 0, "delta": {}, "finish_reason": reason}])] if reason else []
        return [*ends, self.event([], usage=usage_of(prompt, said))] if usage else ends

    def close(self) -> bytes:
        return b"data: [DONE]\n\n"

    def error(self) -> bytes:
        body = {"error": {"message": _REASONS[500][2], "type": "server_error", "param": None, "code": None}}
        return b"data: " + json.dumps(body).encode() + b"\n\n"

    def whole(self, said: Said, reason: str | None, prompt: int) -> bytes:
        """Of deltas it has the thoughts."""
        message = {"role": "assistant", "content": texts(said), "refusal": None}
        message |= {"reasoning_content": "".join(thoughts(said))} if thoughts(said) else {}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        head = {**self.frame, "object": "chat.completion"}
        return json.dumps(
            {**head, "choices": [choice], "usage": usage_of(prompt, said)}, ensure_ascii=False
        ).encode()


class Dialect(dialect.Dialect):
    chunks: type[dialect.Chunks] = Chunks
    route = "/v1/chat/completions"

    def model(self, method: str, path: str, body: Any) -> str | None:
        return str(body.get("model", "")) if (method, path) == ("POST", self.route) else None

    def key(self, headers: dict[str, str]) -> str:
        return headers.get("authorization", "").removeprefix("Bearer ").strip()

    def status_error(self, status: int, model: str, key: str) -> bytes:
        return status_error(status, model, key)

    def context_overflow(self, tokens: int) -> bytes:
        return context_overflow(tokens)
