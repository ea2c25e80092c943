"""Why a request isn't answered with text: a status, and a body that says what happened and what to do."""

import math
from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.requests import Request

from components.locale import Words, words_in
from components.locale.report import YEAR, sentences_without_page
from components.streaming import Fault

# Of what this server refuses by itself, before a run or instead of one, and of a run's faults. 4xx: another
# message may do better. 503: this server lacks something, its owner has to see to it. 504, and whatever isn't
# here: the provider's doing, the key it refused included, as that isn't the caller's.
_KINDS: Mapping[int, tuple[str, ...]] = {
    400: ("no_message", "no_format", "not_json", "empty_message"),
    401: ("password",),
    403: ("cross_site",),
    413: ("too_large", "too_long", "message_too_long"),
    415: ("not_application_json", "compressed"),
    421: ("wrong_host",),
    422: ("message_no_string", "content_filter", "refused"),
    429: ("too_often", "too_many_runs", "too_many_streams", "tokens_spent", "rate_limited"),
    500: ("unknown",),
    503: (
        *("overloaded", "quota", "redirected", "no_chat_api", "certificate", "wrong_scheme", "proxy"),
        *("missing", "bad_setting", "unsupported", "closed", "busy", "limits_down", "ending"),
        *("weights_missing", "weights_damaged", "disk_full", "local_failed", "local_died"),
    ),
    504: ("timeout",),
}
STATUSES = {kind: status for status, kinds in _KINDS.items() for kind in kinds}
PROVIDERS_DOING = 502


class Refusal(Exception):
    """`kind` is one of STATUSES' that are no run's."""

    def __init__(self, kind: str, retry_after: float | None = None, **params: object) -> None:
        """`retry_after`: seconds."""
        super().__init__(kind)
        self.kind = kind
        self.status = STATUSES[kind]
        self.params = params
        self.retry_after = retry_after

    def response(self, request: Request) -> Response:
        """One sentence for a person; for a program, and for Gradio's page, all of it."""
        headers, body = _retry_after(self.retry_after), self.body(words_in(request.headers))
        if self.kind == "password":
            headers["WWW-Authenticate"] = 'Basic realm="Streaming Lab", charset="UTF-8"'
        if "text/html" in request.headers.get("accept", ""):
            return PlainTextResponse(body["detail"], self.status, headers)
        return JSONResponse(body, self.status, headers)

    def body(self, words: Words) -> dict[str, Any]:
        """`detail` is what Gradio's page shows of an answer."""
        happened = words(f"refused_{self.kind}", **self.params)
        do = words(f"refused_{self.kind}_do", **self.params)
        retryable, detail = self.kind == "too_often", f"{happened} {do}"
        return {"kind": self.kind, "message": happened, "do": do, "retryable": retryable, "detail": detail}


def fault_response(words: Words, fault: Fault, known: Mapping[str, str]) -> JSONResponse:
    status = STATUSES.get(fault.kind, PROVIDERS_DOING)
    return JSONResponse(fault_body(words, fault, known), status, _retry_after(fault.retry_after))


def fault_body(words: Words, fault: Fault, known: Mapping[str, str]) -> dict[str, Any]:
    """`known`: what the sentences need and the fault doesn't know."""
    happened, do = sentences_without_page(words, fault, **known)
    body = {"kind": fault.kind, "message": happened, "do": do, "retryable": fault.retryable}
    return {**body, "retry_after": fault.retry_after} if _retry_after(fault.retry_after) else body


def _retry_after(seconds: float | None) -> dict[str, str]:
    """The header; none for what is no time to wait, as servers send it too: `inf`, `nan`, -1."""
    if seconds is None or not 0 <= seconds <= YEAR:
        return {}
    return {"Retry-After": str(math.ceil(seconds))}
