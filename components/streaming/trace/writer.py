"""Writes a run file as the run goes."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FLAGS: Final = os.O_WRONLY | getattr(os, "O_BINARY", 0)
_NEW: Final = _FLAGS | os.O_CREAT | os.O_TRUNC


class RunFileWriter:
    """Hands lines to the system at once: what is written outlives the process.

    What goes wrong with the file is kept in `trouble`, and the run goes on without it.
    """

    def __init__(self, path: Path | None) -> None:
        self.trouble = ""
        self.size = 0
        self._path = path
        self._file: int | None = None

    def write(self, lines: bytes) -> None:
        if self._path is None:
            return
        try:
            if self._file is None:
                # It holds what someone asked a model: for their eyes.
                self._file = os.open(self._path, _NEW, 0o600)
            self.size += len(lines)
            while lines:
                lines = lines[os.write(self._file, lines) :]
        except OSError as error:
            self.trouble = "disk_full" if error.errno in _FULL else "unwritable"
            self.close()

    def replace(self, path: Path, start: int, lines: bytes) -> None:
        """Let a file that was closed end with these lines from `start` on, unless it is gone."""
        with suppress(FileNotFoundError):
            self._file = os.open(path, _FLAGS)
            os.ftruncate(self._file, start)
            os.lseek(self._file, start, os.SEEK_SET)
            os.write(self._file, lines)
        self.close()

    def close(self) -> None:
        """Nothing more is written."""
        self._path = None
        if self._file is not None:
            os.close(self._file)
            self._file = None
