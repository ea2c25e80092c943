"""Reads a run file: what can be read of it, and what is wrong with the rest."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from components.streaming.events.bad_file import BadRunFile
from components.streaming.events.header import Header
from components.streaming.events.reading import Reading
from components.streaming.meter import Report

MEGA: Final = 1_000_000
# Bytes. A chunk of a chain of three steps takes about two thousand.
LARGEST: Final = 100 * MEGA


@dataclass(frozen=True, slots=True)
class RunFile:
    """A run file that was read through once and is good, or good as far as `damage`.

    `events`: how many there are. `seconds`: when the last came. `report` is None when the last line isn't
    there: then the run never ended, its process did.
    """

    path: Path
    header: Header
    report: Report | None
    events: int
    seconds: float
    damage: BadRunFile | None = None

    def lines(self) -> Generator[tuple[dict[str, Any], bytes], None, None]:
        """Each event, and its line in the file. Reads as it goes.

        Raises:
            BadRunFile: the file has changed since.
        """
        with _open(self.path) as file:
            reading = Reading(file)
            reading.header()
            for _ in range(self.events):
                pair = reading.event()
                if pair is None:
                    raise BadRunFile("damaged", line=str(reading.line))
                yield pair


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
            while reading.event() is not None:
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
