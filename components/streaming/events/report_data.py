"""A run's report as JSON data, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from components.streaming.faults import Fault, Kind
from components.streaming.meter import Outcome, Report, Verdict

LONGEST_TEXT = 2000
MOST_PAIRS = 50


def as_data(report: Report) -> dict[str, Any]:
    data = asdict(report)
    data["verdict"] = report.verdict.value
    return data


def fault_as_data(fault: Fault) -> dict[str, Any]:
    return asdict(fault)


def report_from(data: object) -> Report:
    """
    Raises:
        ValueError: it is no report; the message is the field's name.
    """
    read = _Reader(data, "report")
    try:
        verdict = Verdict(read.text("verdict"))
    except ValueError:
        raise ValueError("verdict") from None
    return Report(
        method=read.text("method"),
        verdict=verdict,
        outcome=_outcome(read.given("outcome")),
        fault=None if read.given("fault") is None else _fault(read.given("fault")),
        chunks=read.count("chunks"),
        characters=read.count("characters"),
        setup=read.number("setup"),
        first_token=read.number_or_none("first_token"),
        longest_gap=read.number("longest_gap"),
        seconds=read.number("seconds"),
        tokens_per_second=read.number_or_none("tokens_per_second"),
        attempts=read.count("attempts"),
        closed_after=read.number_or_none("closed_after"),
        # Files that were written before thoughts were seen have none of these.
        first_byte=read.number_or_none("first_byte"),
        first_thought=read.number_or_none("first_thought"),
        thinking=read.number_or_none("thinking") or 0.0,
        thoughts=read.count_or_none("thoughts") or 0,
        thoughts_per_second=read.number_or_none("thoughts_per_second"),
        notes=read.pairs("notes"),
    )


def _outcome(data: object) -> Outcome:
    read = _Reader(data, "outcome")
    return Outcome(
        finish_reason=read.text("finish_reason"),
        input_tokens=read.count_or_none("input_tokens"),
        output_tokens=read.count_or_none("output_tokens"),
        reasoning_tokens=read.count_or_none("reasoning_tokens"),
    )


def _fault(data: object) -> Fault:
    read = _Reader(data, "fault")
    kind, params = read.text("kind"), read.given("params")
    if kind not in get_args(Kind):
        raise ValueError("kind")
    if not isinstance(params, Mapping) or not all(isinstance(value, str) for value in params.values()):
        raise ValueError("params")
    return Fault(
        kind=kind,  # type: ignore[arg-type]
        params={name: value[:LONGEST_TEXT] for name, value in params.items()},
        retryable=read.given("retryable") is True,
        retry_after=read.number_or_none("retry_after"),
    )


class _Reader:
    """Fields of a JSON object that are what they must be."""

    def __init__(self, data: object, name: str) -> None:
        if not isinstance(data, Mapping):
            raise ValueError(name)  # noqa: TRY004  # of the file, not of a caller
        self._data = data

    def given(self, name: str) -> Any:
        return self._data.get(name)

    def text(self, name: str) -> str:
        value = self._data.get(name)
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            raise ValueError(name)
        return value

    def number(self, name: str) -> float:
        value = self._data.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(name)
        return float(value)

    def number_or_none(self, name: str) -> float | None:
        return None if self._data.get(name) is None else self.number(name)

    def count(self, name: str) -> int:
        value = self._data.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
            raise ValueError(name)
        return value

    def count_or_none(self, name: str) -> int | None:
        return None if self._data.get(name) is None else self.count(name)

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        value = self._data.get(name, ())
        if not isinstance(value, Sequence) or len(value) > MOST_PAIRS:
            raise ValueError(name)
        for pair in value:
            if not isinstance(pair, Sequence) or len(pair) != 2 or not all(map(_is_short, pair)):
                raise ValueError(name)
        return tuple((first, second) for first, second in value)


def _is_short(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT
