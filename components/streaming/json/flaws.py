"""What is wrong in a reply, and where."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Self

# Nothing in a reply nests deeper than this: what comes after us (serialisers, the schema check) recurses.
DEPTH: Final = 100
# Python's own bound for turning digits into an integer.
DIGITS: Final = 4300
# Characters of the reply that a flaw quotes.
QUOTED: Final = 40

Reason = Literal[
    "backslash",  # valid: an escaped control character, where one was probably meant
    "comment",
    "control_character",  # raw, inside a string; reading goes on
    "duplicate_key",  # valid; the last one counts
    "escape",  # one that JSON doesn't have; its backslash is kept, and reading goes on
    "expected_colon",
    "expected_comma",
    "lone_surrogate",  # valid, but no character: U+FFFD stands for it
    "mismatched",  # a closing bracket of the other kind
    "missing_value",
    "number",
    "quote",  # single or curly quotes
    "too_deep",
    "too_large",  # a number beyond the range of a double
    "too_long",  # a number of more than DIGITS characters
    "trailing_comma",  # reading goes on
    "unexpected",
    "unquoted_key",
    "word",  # a bare word that is no JSON value: NaN, None, undefined
]
LIMITS: Final[frozenset[Reason]] = frozenset({"too_deep", "too_large", "too_long"})
# A reply with one of these is no JSON, though nothing had to be guessed to read it whole.
HARMLESS: Final[frozenset[Reason]] = frozenset({"control_character", "escape", "trailing_comma"})


class Place(NamedTuple):
    """Both count from 1."""

    line: int
    column: int

    @classmethod
    def of(cls, offset: int, reply: str) -> Self:
        """Of the character before which so many come."""
        return cls(reply.count("\n", 0, offset) + 1, offset - reply.rfind("\n", 0, offset))


@dataclass(frozen=True, slots=True)
class Flaw:
    """`offset`: how many of the reply's characters come before it. `found`: what stands there, up to QUOTED
    characters; `pointer`: inside which value (RFC 6901).
    """

    reason: Reason
    offset: int
    pointer: str
    found: str


def visible(found: str) -> str:
    """With the names of characters that nobody would see, as U+00A0."""
    return "".join(char if char.isprintable() else f"U+{ord(char):04X}" for char in found)


class Unreadable(Exception):
    """Reading ends at the cursor's place: raised with the reason, and with what stands there."""
