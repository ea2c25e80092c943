"""How long a response asks to wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A server that asks for more has no useful wait to tell.
LONGEST = 31 * 24 * 3600.0


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from `retry-after-ms` or from `Retry-After` as seconds or a date; None for anything else."""
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if name in lower:
            try:
                seconds = float(lower[name]) * unit
            except ValueError:
                seconds = _until(lower[name])
            if seconds <= LONGEST:  # not so for nan
                return max(0.0, seconds)
    return None


def _until(date: str) -> float:
    try:
        then = parsedate_to_datetime(date)
        # One of HTTP's three forms has no zone: all three are in UTC.
        return ((then if then.tzinfo else then.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return float("nan")
