"""Gemini's generateContent and streamGenerateContent?alt=sse, as the Gemini API answers with an API key.

https://ai.google.dev/api/generate-content and .../gemini-api/docs/troubleshooting
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from tests.servers import dialect
from tests.servers.dialect import Piece, Said, texts, thoughts

PATH = re.compile(
    r"/(?:v1beta|v1beta1(?:/projects/\w+/locations/\w+)?/publishers/google)/models/([^/:]+):(generateContent|streamGenerateContent)"
)
REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}
ERRORS = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: ("INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    403: ("PERMISSION_DENIED", "Your API key was reported as leaked. Please use another API key."),
    404: (
        "NOT_FOUND",
        "models/{model} is not found for API version v1beta, or is not supported for generateContent.",
    ),
    429: ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    500: ("INTERNAL", "An internal error has occurred. Please retry or report in the troubleshooting guide."),
    503: ("UNAVAILABLE", "This model is currently experiencing high demand. Please try again later."),
}
GOOGLE = "type.googleapis.com/google.rpc."


class Chunks(dialect.Chunks):
    def __init__(self, number: int, model: str) -> None:
        super().__init__(number, model)
        self.texts = 0
        self.thoughts = 0

    def content(self, piece: Piece) -> bytes:
        if isinstance(piece, str):
            self.texts += 1
            return self._event([{"text": piece}])
        self.thoughts += 1
        return self._event([{"text": piece["reasoning_content"], "thought": True}])

    def tool_call(self, name: str, arguments: str) -> bytes:
        return self._event([{"functionCall": {"name": name, "args": json.loads(arguments)}}])

    def tail(self, reason: str | None, prompt: int, said: Said, *, usage: bool) -> list[bytes]:
        if reason is None:
            return []
        return [self._event([{"text": ""}], prompt, finishReason=REASONS.get(reason, reason))]

    def error(self) -> bytes:
        status, message = ERRORS[503]
        error = {"error": {"code": 503, "message": message, "status": status}}
        return b"data: " + json.dumps(error).encode() + b"\r\n\r\n"

    def whole(self, said: Said, reason: str | None, prompt: int) -> bytes:
        self.texts, self.thoughts = sum(isinstance(piece, str) for piece in said), len(thoughts(said))
        parts: list[dict[str, Any]] = [{"text": texts(said)}]
        if thought := "".join(thoughts(said)):
            parts.insert(0, {"text": thought, "thought": True})
        more = {"finishReason": REASONS.get(reason, reason)} if reason else {}
        return json.dumps(self._body(parts, prompt, **more), indent=2, ensure_ascii=False).encode()

    def _event(self, parts: list[dict[str, Any]], prompt: int = 8, **more: Any) -> bytes:
        data = json.dumps(self._body(parts, prompt, **more), ensure_ascii=False)
        return f"data: {data}\r\n\r\n".encode("utf-8", "backslashreplace")

    def _body(self, parts: list[dict[str, Any]], prompt: int, **more: Any) -> dict[str, Any]:
        candidate = {"content": {"parts": parts, "role": "model"}, "index": 0, **more}
        usage: dict[str, Any] = {"promptTokenCount": prompt, "candidatesTokenCount": self.texts}
        usage["totalTokenCount"] = prompt + self.texts + self.thoughts
        if self.thoughts:
            usage["thoughtsTokenCount"] = self.thoughts
        frame = {"modelVersion": self.model, "responseId": f"standin{self.number:06}"}
        return {"candidates": [candidate], "usageMetadata": usage, **frame}


class Dialect(dialect.Dialect):
    chunks = Chunks

    def model(self, method: str, path: str, body: Any) -> str | None:
        match = PATH.fullmatch(unquote(path))
        return match[1] if match and method == "POST" else None

    def asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        said = [("".join(part.get("text", "") for part in one["parts"]), one) for one in body["contents"]]
        messages: list[dict[str, Any]] = [
            {"role": {"model": "assistant"}.get(one["role"], one["role"]), "content": text}
            for text, one in said
        ]
        if any("functionResponse" in part for one in body["contents"] for part in one["parts"]):
            messages.append({"role": "tool", "content": ""})
        tools = [
            {
                "function": {
                    "name": one["name"],
                    "parameters": one.get("parametersJsonSchema") or one["parameters"],
                }
            }
            for tool in body.get("tools") or ()
            for one in tool.get("functionDeclarations") or ()
        ]
        limit = (body.get("generationConfig") or {}).get("maxOutputTokens")
        streamed = "streamGenerateContent" in path
        return {"stream": streamed, "messages": messages, "tools": tools, "max_tokens": limit}

    def key(self, headers: dict[str, str]) -> str:
        return headers.get("x-goog-api-key") or headers.get("authorization", "").removeprefix("Bearer ")

    def status(self, status: int) -> int:
        """A wrong key is an invalid argument, and what says more stands in the body."""
        return 400 if status == 401 else status

    def status_error(self, status: int, model: str, key: str) -> bytes:
        name, message = ERRORS.get(status, ("UNKNOWN", f"Status {status}."))
        details: list[dict[str, Any]] = []
        if status == 401:
            info = {"@type": f"{GOOGLE}ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
            details.append({**info, "metadata": {"service": "generativelanguage.googleapis.com"}})
        error = {
            "code": self.status(status),
            "message": message.format(model=model),
            "status": name,
            "details": details,
        }
        return json.dumps({"error": error}, indent=2).encode()

    def context_overflow(self, tokens: int) -> bytes:
        message = f"The input token count ({tokens}) exceeds the maximum number of tokens allowed (8192)."
        return json.dumps({"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}).encode()
