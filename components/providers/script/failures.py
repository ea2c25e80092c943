"""The exceptions that ChatOpenAI raises, made without a server: whoever handles those handles these."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

_REFUSALS = {
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached. Please try again in 2s."),
    500: ("server_error", None, "The server had an error while processing your request."),
}
_RETRY_AFTER = "2"  # seconds


def failure(name: str) -> Exception:
    """The exception for a failure of `texts.FAILURES`; "stall" gives the timeout that ends it."""
    if name == "malformed":
        return _malformed()
    if name in {"drop", "stall"}:
        return _broken(name)
    return _refused(int(name))


def _malformed() -> json.JSONDecodeError:
    try:
        json.loads('{"choices": [{"delta": {"content": "a line that bre')
    except json.JSONDecodeError as error:
        return error
    raise AssertionError("that line is no JSON")


def _request() -> httpx2.Request:
    import httpx2

    return httpx2.Request("POST", "http://scripted.invalid/v1/chat/completions")


def _refused(status: int) -> Exception:
    import httpx2
    from langchain_openai.chat_models import base

    classes = {
        401: base.OpenAIAuthenticationError,
        429: base.OpenAIRateLimitError,
        500: base.OpenAIAPIError,
    }
    kind, code, message = _REFUSALS[status]
    headers = {"retry-after": _RETRY_AFTER} if status == 429 else {}
    return classes[status](
        message=f"Error code: {status} - {message}",
        response=httpx2.Response(status, headers=headers, request=_request()),
        body={"message": message, "type": kind, "param": None, "code": code},
    )


def _broken(name: str) -> Exception:
    import httpx2
    from langchain_openai.chat_models import base

    if name == "stall":
        late = base.OpenAITimeoutError(_request())
        late.__cause__ = httpx2.ReadTimeout("timed out")
        return late
    dropped = base.OpenAIConnectionError(request=_request())
    dropped.__cause__ = httpx2.ReadError("[Errno 104] Connection reset by peer")
    dropped.__cause__.__cause__ = ConnectionResetError(104, "Connection reset by peer")
    return dropped
