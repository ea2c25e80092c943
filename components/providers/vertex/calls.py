"""The calls of one run: each has a line of its own, so that ending the call is closing its line."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from google.api_core.exceptions import Cancelled

from components.providers.vertex.faults import clearer
from components.providers.vertex.lines import Line


def _stopped() -> Cancelled:
    return Cancelled("The run was stopped.")  # type: ignore[no-untyped-call]


class Calls:
    """The calls under way in one run. `abort` ends them all, and none can begin after it."""

    def __init__(self, new_line: Callable[[], Line], address: str) -> None:
        self._new_line = new_line
        self._address = address
        self._lines: set[Line] = set()
        self._lock = threading.Lock()
        self.aborted = False

    @contextmanager
    def call(self) -> Iterator[Line]:
        """A line for one call, closed on leaving.

        Raises:
            Cancelled: of google.api_core, whatever the broken call raised, once `abort` was called.
            Failure: what `clearer` makes of an error; the others pass.
        """
        line = self._begin()
        try:
            yield line
        except Exception as error:
            if self.aborted:
                raise _stopped() from error
            failure = clearer(error, self._address)
            if failure is error:
                raise
            raise failure from error
        finally:
            with self._lock:
                self._lines.discard(line)
            line.close()

    def _begin(self) -> Line:
        with self._lock:
            if self.aborted:
                raise _stopped()
            line = self._new_line()
            self._lines.add(line)
        return line

    def abort(self) -> None:
        with self._lock:
            self.aborted = True
            lines = tuple(self._lines)
        for line in lines:
            line.close()
