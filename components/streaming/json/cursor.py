"""The part of a reply that has come and isn't settled yet."""

import re
from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
# Suspended wherever the text runs out.
Reading = Generator[None, None, T]


class Cursor:
    """`text[at:]` is still to be read; what lies before `at` is forgotten with the next chunk.

    `now`: when the last of it came, in seconds; `ended`: nothing more will come.
    """

    def __init__(self) -> None:
        self.text = ""
        self.at = 0
        self.now = 0.0
        self.ended = False
        self._before = 0  # characters forgotten

    def add(self, text: str) -> None:
        self._before += self.at
        self.text = self.text[self.at :] + text
        self.at = 0

    def peek(self, white: re.Pattern[str]) -> Reading[str]:
        """The next character that isn't `white` space."""
        while True:
            if match := white.match(self.text, self.at):
                self.at = match.end()
            if self.at < len(self.text):
                return self.text[self.at]
            yield

    def offset(self, index: int) -> int:
        """How many characters of the reply come before `text[index]`."""
        return self._before + index
