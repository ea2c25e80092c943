"""Reads a run file: what can be read of it, and what is wrong with the rest."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from components.streaming.meter import Report
from components.streaming.records import Record
from components.streaming.trace.bad_file import BadRunFile
from components.streaming.trace.header import FORMAT, Header
from components.streaming.trace.reading import Reading

MEGA: Final = 1_000_000
# Bytes. A chunk of a chain of three steps takes about two thousand.
LARGEST: Final = 100 * MEGA


# Bytes of the first line that are looked at.
_FIRST_LINE: Final = 100_000


@dataclass(frozen=True, slots=True)
class RunFile:
    """A run file that was read through once and is good, or good as far as `damage`.

    `count`: how many records there are. `seconds`: when the last came. `report` is None when the end isn't
    there: then the run never ended, its process did.
    """

    path: Path
    header: Header
    report: Report | None
    count: int
    seconds: float
    damage: BadRunFile | None = None

    def records(self) -> Generator[Record]:
        """Reads as it goes.

        Raises:
            BadRunFile: the file has changed since.
        """
        with _open(self.path) as file:
            reading = Reading(file)
            reading.header()
            for _ in range(self.count):
                record = reading.record()
                if record is None:
                    raise BadRunFile("damaged", line=str(reading.line))
                yield record


def is_run_file(path: Path) -> bool:
    """Whether it begins as one, of any version, or can't be read."""
    try:
        with _open(path) as file:
            return FORMAT.encode() in file.readline(_FIRST_LINE)
    except BadRunFile:
        return True


def open_run_file(path: Path) -> RunFile:
    """Check the whole file; nothing in it is made anything but JSON data. Takes up to seconds.

    Raises:
        BadRunFile: nothing of it can be used.
    """
    with _open(path) as file:
        reading = Reading(file)
        header = reading.header()
        damage = None
        try:
            while reading.record() is not None:
                pass
        except BadRunFile as bad:
            damage = bad
        return RunFile(path, header, reading.report, reading.number, reading.at, damage)


def _open(path: Path) -> BinaryIO:
    try:
        if not path.is_file():
            raise BadRunFile("unreadable")
        size = path.stat().st_size
        if size > LARGEST:
            raise BadRunFile("too_large", megabytes=f"{size / MEGA:.0f}", limit=f"{LARGEST / MEGA:.0f}")
        return path.open("rb")
    except (OSError, ValueError):
        raise BadRunFile("unreadable") from None
