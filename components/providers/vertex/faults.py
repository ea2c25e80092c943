"""What Google's exceptions mean where their class or status alone would mislead: measured, 2026-11.

gRPC reports as 503 UNAVAILABLE a refused connection, a reset one and credentials that gave no token; as 500
INTERNAL a message that can't be read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from google.api_core.exceptions import GoogleAPICallError

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
    if not isinstance(error, GoogleAPICallError):
        return error
    message = str(error.message)
    if error.grpc_status_code is not None and error.code in {500, 503}:
        for pattern, kind in _GRPC:
            if pattern.search(message):
                return Failure(kind, **({"address": address} if kind == "unreachable" else {}))
    fault, seconds = fault_from(error), _retry_delay(error)
    return Failure.of(fault if seconds is None else replace(fault, retry_after=seconds))


def _retry_delay(error: GoogleAPICallError) -> float | None:
    """Seconds in the RetryInfo among the error's details."""
    delays: list[Any] = [getattr(detail, "retry_delay", None) for detail in error.details]
    return next((float(delay.seconds + delay.nanos / 1e9) for delay in delays if delay is not None), None)
