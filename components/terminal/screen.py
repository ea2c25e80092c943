"""Where a run's text goes, and what is said of it: two streams, each a terminal, a pipe or a file."""

import asyncio
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from components.locale import Words
from components.locale.report import loading
from components.providers import Provider
from components.streaming import Stop
from components.streaming.text import sendable

# A model may write what a terminal takes for a command; line breaks and tabs are all a text needs.
_COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# How often the embedded model is asked how far it has come, in seconds.
_OFTEN = 0.1
# No file stands behind stdout, as in a notebook, or it can't be watched, as on Windows, or no loop runs.
_UNWATCHED = (OSError, ValueError, NotImplementedError, RuntimeError)
_CLEAR_LINE = "\r\x1b[K"
_DIMMED = "\x1b[2m{}\x1b[0m"


class Screen:
    """`draws`: `err` is a terminal that does more than print. `left`: the reader of `out` has gone, which
    stops the run. `stop`: the run's.
    """

    def __init__(self, out: TextIO, err: TextIO, words: Words, stop: Stop) -> None:
        self.out = out
        self.err = err
        self.words = words
        self.draws = err.isatty() and os.environ.get("TERM") != "dumb"
        self.left = False
        self.stop = stop
        self._last = "\n"
        self._aside = "\n"
        self._under_way = ""

    def write(self, text: str) -> None:
        """To `out`, at once."""
        text = plain(text) if self.out.isatty() else sendable(text)
        if not text or self.left:
            return
        self.end_aside()
        self._last = text[-1]
        try:
            self.out.write(text)
            self.out.flush()
        except BrokenPipeError:
            self._leave()

    def end_line(self) -> None:
        """What is written next begins a line, here or in the shell."""
        if self._last != "\n":
            self.write("\n")

    def tell_aside(self, text: str) -> None:
        """To `err`, at once, dimmed where that is a terminal: what isn't the reply's text."""
        text = plain(text)
        if not text or self.left:
            return
        self.under_way("")
        if self.err.isatty() and self.out.isatty():
            self.end_line()
        self._aside = text[-1]
        dims = self.draws and not os.environ.get("NO_COLOR")
        self._tell(_DIMMED.format(text) if dims else text)

    def end_aside(self) -> None:
        """What is told next begins a line."""
        if self._aside != "\n":
            self._aside = "\n"
            self._tell("\n")

    def say(self, sentence: str) -> None:
        """A line to `err`."""
        self.under_way("")
        self.end_aside()
        if not self.left:
            self._tell(f"{plain(sentence)}\n")

    def under_way(self, state: str) -> None:
        """What is being waited for, "" when it is over: one line that changes, or lines where it can't."""
        if state == self._under_way:
            return
        if self.draws:
            self._tell(_CLEAR_LINE + self._in_a_line(state))
        elif state:
            self._tell(f"{state}\n")
        self._under_way = state

    def _in_a_line(self, state: str) -> str:
        """As much as there is room for: of two lines only the last one could be cleared."""
        from rich.cells import cell_len, set_cell_size

        with suppress(OSError, ValueError):
            room = os.get_terminal_size(self.err.fileno()).columns - 1
            if 0 < room < cell_len(state):
                return set_cell_size(state, room)
        return state

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Notice that a pipe's reader has gone even while there is nothing to write. On the event loop."""
        with suppress(*_UNWATCHED):
            number = self.out.fileno()
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                # To the end that is written to, nothing ever comes but the news that the other is closed.
                asyncio.get_running_loop().add_reader(number, self._leave)
        try:
            yield
        finally:
            self._forget_reader()

    def _forget_reader(self) -> None:
        with suppress(*_UNWATCHED):
            asyncio.get_running_loop().remove_reader(self.out.fileno())

    def _leave(self) -> None:
        self.left = True
        self._forget_reader()
        self.stop.set()

    def _tell(self, text: str) -> None:
        with suppress(OSError):  # it tells of the reply, which goes on
            self.err.write(sendable(text))
            self.err.flush()


def plain(text: str) -> str:
    """Without what a terminal would obey and what no encoding can carry."""
    return sendable(_COMMANDS.sub("", text))


async def tell_loading(provider: Provider, screen: Screen) -> None:
    """Say how far the embedded model has come, until it is ready or has failed."""
    while told := loading(screen.words, provider.status(), counts=screen.draws):
        screen.under_way(told)
        await asyncio.sleep(_OFTEN)
    screen.under_way("")
