"""What of a delta is the model's thinking, wherever its server puts it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from io import StringIO
from itertools import chain
from typing import Any, Final

import regex

from components.streaming.text import CLOSES, OPENS

# Fields and kinds of blocks: `reasoning_content`, `thinking_blocks`, `reasoning.text`. Servers that fill two
# say the same in both.
THOUGHT: Final = re.compile(r"think|thought|reasoning|(^|_)cot$")
# Beside them: what can't be read, and what tells of the thinking.
BESIDE: Final = re.compile(r"signature|opaque|encrypted|redacted|tokens|effort|_id$")
# LiteLLM's and Google's places for what OpenAI's protocol doesn't know.
MORE: Final = ("provider_specific_fields", "extra_content", "google")
# Characters that no model says again at once, with more behind them, in one piece.
LEAST: Final = 3


def thought_in(delta: Mapping[str, Any]) -> str:
    told = (words_of(delta[name]) for name in filter(_tells, delta))
    more = (thought_in(of_it) for name in MORE if isinstance(of_it := delta.get(name), dict))
    return next(filter(None, chain(told, more)), "")


@lru_cache(1000)
def _tells(name: str) -> bool:
    """Whether a field of this name has thoughts; servers repeat a few names in every chunk."""
    return THOUGHT.search(name) is not None and BESIDE.search(name) is None


def is_thought(delta: Mapping[str, Any]) -> bool:
    """Whether its content is one, by a word beside it."""
    return delta.get("thought") is True or any(
        is_thought(of_it) for name in MORE if isinstance(of_it := delta.get(name), dict)
    )


def words_of(value: object) -> str:
    """The text in a string, a block, or a list of them."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(words_of, value))
    if isinstance(value, dict):
        keys = ("text", "thinking", "thought", "reasoning", "summary", "content", "value")
        return next(filter(None, (words_of(value.get(key)) for key in keys)), "")
    return ""


def parted(content: object) -> tuple[str, str]:
    """The thoughts and the text of a delta's `content`, which some servers send as a list of blocks."""
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        number = isinstance(content, int | float) and not isinstance(content, bool)
        return "", str(content) if number else words_of(content)
    thoughts: list[str] = []
    texts: list[str] = []
    for block in content:
        thinks = isinstance(block, dict) and (THOUGHT.search(str(block.get("type"))) or is_thought(block))
        (thoughts if thinks else texts).append(words_of(block))
    return "".join(thoughts), "".join(texts)


class NewWords:
    """What is new of a reply's words: some servers send all so far each time, or once more at the end."""

    def __init__(self) -> None:
        self._said = StringIO()

    def of(self, words: str, *, whole: bool) -> str:
        """`whole`: they stand where a whole reply does."""
        again = whole or len(words) > self._said.tell() > LEAST
        if again and (before := self._said.getvalue()).strip():
            words = "" if whole and words.strip() == before.strip() else words.removeprefix(before)
        self._said.write(words)
        return words


class ThinkTags:
    """Parts thoughts from text where a reply begins with `<think>` or the like, in pieces cut anywhere; and
    takes the answer out of its frame.

    What a person may have asked for, such as an `<analysis>`, is text where no other follows.
    """

    # Matches what may become a tag, too.
    OPENING: Final = regex.compile(OPENS)
    CLOSING: Final = regex.compile(CLOSES)
    WANTED: Final = re.compile(r"(?i)reasoning|reflection|scratchpad|analysis$|<analysis|monologue")
    # What some models write around their answer, at its very beginning and end. A sentence about such a token
    # goes on in another way. A person may have asked for the last two: only behind a thought in tags they are
    # the model's own.
    FRAME: Final = regex.compile(
        r"(?:<\|START_(?:RESPONSE|TEXT)\|>|<\|begin_of_(?:solution|box)\|>"
        r"|(?:<\|start\|>assistant)?<\|channel\|>final<\|message\|>|<(?:response|answer)>)(?=[^ ,.;:)`'\"])"
    )
    END: Final = regex.compile(
        r"(?:<\|END_(?:RESPONSE|TEXT)\|>|<\|end_of_(?:solution|box)\|>|<\|return\|>|</(?:response|answer)>)\s*\Z"
    )

    def __init__(self, asked: object) -> None:
        """`asked`: the request's messages; a token that they speak of is no frame."""
        self._asked = asked
        self._held = ""
        self._state = "before"
        self._thought = False
        self._framed = False
        self._wanted: list[str] | None = None

    def take(self, text: str) -> tuple[str, str]:
        """The thought and the text that can be told by now."""
        if self._wanted is not None:
            self._wanted.append(text)
        thought, text = self._parted(text)
        if text.strip():
            self._wanted = None
        return thought, text

    def _parted(self, text: str) -> tuple[str, str]:
        if not text or (self._state == "after" and not self._framed):
            return "", text
        held, self._held = self._held + text, ""
        if self._state == "after":
            return "", self._unended(held)
        if self._state == "before":
            began = held.lstrip()
            found = self.OPENING.match(began, partial=True)
            if found is None:
                return "", self._answer(held, began)
            if found.partial:
                self._held = held
                return "", ""
            self._state, self._thought, held = "inside", True, began[found.end() :]
            self._wanted = [began] if self.WANTED.search(found[0]) else None
        if (found := self.CLOSING.search(held, partial=True)) is None:
            return held, ""
        if found.partial:
            self._held = held[found.start() :]
            return held[: found.start()], ""
        self._state = "before"
        self._framed = "final" in found[0]
        more, text = self._parted(held[found.end() :])
        return held[: found.start()] + more, text

    def _answer(self, held: str, began: str) -> str:
        """What of the answer's beginning can be told by now: it may have a frame."""
        found = self.FRAME.match(began, partial=True)
        if found is not None and found.partial:
            self._held = held
            return ""
        self._state = "after"
        if found and (self._thought or "|" in found[0]) and found[0] not in str(self._asked):
            held, self._framed = began[found.end() :], True
        return self._unended(held) if self._framed else held

    def _unended(self, held: str) -> str:
        """What isn't the end of the answer's frame, as far as that can be told."""
        found = self.END.search(held, partial=True)
        at = len(held) if found is None else found.start()
        self._held = held[at:]
        return held[:at]

    def end(self) -> tuple[str, str]:
        """What was held back; a thought that was never closed is one all the same."""
        held, self._held = self._held, ""
        if self._wanted is not None and (self._state == "inside" or not held.strip()):
            return "", "".join(self._wanted)
        if self._framed and self.END.fullmatch(held):
            held = ""
        return (held, "") if self._state == "inside" else ("", held)
