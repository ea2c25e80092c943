"""What Google's exceptions mean where their class or status alone would mislead: measured, 2026-11.

gRPC reports as 503 UNAVAILABLE a refused connection, a reset one and credentials that gave no token; as 500
INTERNAL a message that can't be read. Over REST a refused connection is a kind of timeout to urllib3, and a
reply that ends too early is a bare ValueError.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import OAuthError, RefreshError, TransportError
from google.protobuf.json_format import ParseError
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import MaxRetryError

from components.streaming.faults import Failure, Kind, fault_from

_GRPC: tuple[tuple[re.Pattern[str], Kind], ...] = (
    # The token endpoint could not be reached; google-auth's own words follow gRPC's.
    (re.compile(r"Getting metadata from plugin failed.*(Max retries exceeded|Connection)"), "unreachable"),
    (re.compile(r"Getting metadata from plugin failed"), "unauthorized"),
    (re.compile(r"failed to connect to all addresses|errors resolving|DNS resolution"), "unreachable"),
    (re.compile(r"^Stream removed|Socket closed|Connection reset|Broken pipe|GOAWAY"), "dropped"),
    (re.compile(r"^Exception deserializing response"), "malformed"),
)


def clearer(error: Exception, address: str) -> Exception:
    """The Failure that `error` is, or `error` itself when `fault_from` reads it rightly."""
    if isinstance(error, GoogleAPICallError):
        return _of_status(error, address)
    if isinstance(error, TransportError):
        return Failure("unreachable", address=address)
    if isinstance(error, RefreshError | OAuthError):
        return Failure("unauthorized")
    if isinstance(error, RequestsConnectionError) and not isinstance(error, ConnectTimeout):
        never_connected = bool(error.args) and isinstance(error.args[0], MaxRetryError)
        return Failure("unreachable", address=address) if never_connected else error
    if isinstance(error, ParseError) or str(error).startswith("Can only parse array of JSON"):
        return Failure("malformed")
    if isinstance(error, ValueError) and str(error).startswith("Unfinished stream"):
        return Failure("dropped")
    return error


def _of_status(error: GoogleAPICallError, address: str) -> Exception:
    message = str(error.message)
    if error.grpc_status_code is not None and error.code in {500, 503}:
        for pattern, kind in _GRPC:
            if pattern.search(message):
                return Failure(kind, **({"address": address} if kind == "unreachable" else {}))
    fault = fault_from(error)
    # REST's messages begin with the request, and its address says nothing to a reader.
    detail = re.sub(r"^(POST|GET) \S+: ", "", fault.params["detail"])
    failure = Failure(fault.kind, **{**fault.params, "detail": detail})
    seconds = _retry_delay(error)
    failure.fault = replace(failure.fault, retry_after=fault.retry_after if seconds is None else seconds)
    return failure


def _retry_delay(error: GoogleAPICallError) -> float | None:
    """Seconds in the RetryInfo among the error's details: a message over gRPC, JSON over REST."""
    for detail in error.details:
        if isinstance(detail, dict) and str(detail.get("@type", "")).endswith("google.rpc.RetryInfo"):
            text = re.fullmatch(r"(\d+(\.\d+)?)s", str(detail.get("retryDelay")))
            return float(text[1]) if text else None
        delay: Any = getattr(detail, "retry_delay", None)
        if delay is not None:
            return float(delay.seconds + delay.nanos / 1e9)
    return None
