"""Writes a run file as the run goes."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)


class RunFileWriter:
    """Hands lines to the system at once: what is written outlives the process.

    What goes wrong with the file is kept in `trouble`, and the run goes on without it.
    """

    def __init__(self, path: Path | None) -> None:
        self.trouble = ""
        self._path = path
        self._file: int | None = None

    def write(self, lines: bytes) -> None:
        if self._path is None:
            return
        try:
            if self._file is None:
                # It holds what someone asked a model: for their eyes.
                self._file = os.open(self._path, _FLAGS, 0o600)
            while lines:
                lines = lines[os.write(self._file, lines) :]
        except OSError as error:
            self.trouble = "disk_full" if error.errno in _FULL else "unwritable"
            self.close()

    def close(self) -> None:
        """Nothing more is written."""
        self._path = None
        if self._file is not None:
            os.close(self._file)
            self._file = None
