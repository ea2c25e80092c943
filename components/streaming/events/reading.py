"""Reads a run file line by line and believes nothing that it says of itself."""

from __future__ import annotations

import math
from typing import Any, BinaryIO, Final

import orjson

from components.streaming.events.bad_file import BadRunFile
from components.streaming.events.header import FORMAT, VERSION, Header
from components.streaming.events.log import LONGEST_LINE
from components.streaming.events.report_data import report_from
from components.streaming.events.row import ALL_OWN, LONGEST_NAME, MOST_NAMES, OWN
from components.streaming.meter import Report

# A year: what a clock of ours never says.
LONGEST_RUN: Final = 366 * 24 * 3600.0
# Levels of lists and dicts in an event, and bytes of one of our own.
_DEEPEST: Final = 200
_LARGEST_OWN: Final = 100_000


class Reading:
    """One way through a file, line by line."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.line = 0
        self.number = 0
        self.at = 0.0
        self.report: Report | None = None

    def header(self) -> Header:
        try:
            line = self._next()
        except BadRunFile as bad:
            raise BadRunFile("foreign") if bad.kind == "long_line" else bad from None
        if not line:
            raise BadRunFile("empty")
        try:
            data = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise BadRunFile("foreign") from None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise BadRunFile("foreign")
        version = data.get("version")
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise BadRunFile("wrong_types", line="1", field="version")
        if version > VERSION:
            raise BadRunFile("newer", version=str(version)[:20], known=str(VERSION))
        try:
            return Header.of(data)
        except ValueError as wrong:
            raise BadRunFile("wrong_types", line="1", field=str(wrong)) from None

    def event(self) -> tuple[dict[str, Any], bytes] | None:
        """The next event and its line; None at the end, with `report` set if the run ended.

        Raises:
            BadRunFile: the line is damaged.
        """
        line = self._next()
        if not line:
            return None
        try:
            data = orjson.loads(line)
        except orjson.JSONDecodeError:
            if not line.endswith(b"\n"):
                return None  # its process ended in the middle of it
            raise BadRunFile("damaged", line=str(self.line)) from None
        wrong = "report" if isinstance(data, dict) and "report" in data else self._wrong(data, len(line))
        wrong = wrong or ("data" if _too_deep(line, data) else "")
        if not wrong:
            self.number, self.at = data["n"], float(data["at"])
            return data, line
        if wrong == "report":
            self._end(data["report"])
            return None
        raise BadRunFile("wrong_types", line=str(self.line), field=wrong)

    def _end(self, data: Any) -> None:
        try:
            report = report_from(data)
        except ValueError as wrong:
            raise BadRunFile("wrong_types", line=str(self.line), field=str(wrong)) from None
        while line := self._next():
            if line.strip():
                raise BadRunFile("damaged", line=str(self.line))
        self.report = report

    def _next(self) -> bytes:
        """The next line; nothing at the end."""
        try:
            line = self._file.readline(LONGEST_LINE + 1)
        except OSError:
            raise BadRunFile("unreadable") from None
        self.line += 1
        if len(line) > LONGEST_LINE:
            raise BadRunFile("long_line", line=str(self.line), limit=f"{LONGEST_LINE / 1e6:.0f}")
        return line

    def _wrong(self, data: Any, size: int) -> str:
        """The first field that isn't what it must be, "" for none; its line has `size` bytes."""
        if not isinstance(data, dict):
            return "event"
        at, number = data.get("at"), data.get("n")
        if isinstance(number, bool) or number != self.number + 1 or not isinstance(number, int):
            return "n"
        if isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at):
            return "at"
        if not self.at <= at <= LONGEST_RUN:
            return "at"
        for name in ("event", "name", "run_id"):
            if not isinstance(data.get(name), str) or len(data[name]) > LONGEST_NAME:
                return name
        for name in ("parent_ids", "tags"):
            if not _are_names(data.get(name)):
                return name
        if not isinstance(data.get("metadata"), dict):
            return "metadata"
        if data["event"].startswith(OWN):
            return _wrong_of_own(data, size)
        return "" if "data" in data else "data"


def _wrong_of_own(data: dict[str, Any], size: int) -> str:
    if data["event"] not in ALL_OWN:
        return "event"
    if data["run_id"] or data["parent_ids"]:
        return "run_id"
    # Rows carry it whole.
    return "" if isinstance(data.get("data"), dict) and size <= _LARGEST_OWN else "data"


def _too_deep(line: bytes, data: Any) -> bool:
    """Whether it holds more levels than what reads and writes JSON here and in the browser can bear."""
    if line.count(b"{") + line.count(b"[") <= _DEEPEST:
        return False
    level, depth = [data], 0
    while level and depth <= _DEEPEST:
        inner = (item.values() if isinstance(item, dict) else item for item in level)
        level = [member for items in inner for member in items if isinstance(member, dict | list)]
        depth += 1
    return bool(level)


def _are_names(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MOST_NAMES
        and all(isinstance(item, str) and len(item) <= LONGEST_NAME for item in value)
    )
