"""What of a delta is the model's thinking, wherever its server puts it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from io import StringIO
from itertools import chain
from typing import Any, Final

import regex

from components.streaming.json.cursor import Cursor, Reading
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
        self._pieces = 0

    def of(self, words: str, *, whole: bool) -> str:
        """`whole`: they stand where a whole reply does."""
        before = self._said.tell()
        whole = whole or (len(words) == before > 2 * LEAST and self._pieces > 1)
        if (whole or len(words) > before > LEAST) and (said := self._said.getvalue()).strip():
            words = "" if whole and words.strip() == said.strip() else words.removeprefix(said)
        self._said.write(words)
        self._pieces += bool(words)
        return words


class ThinkTags:
    """Parts thoughts from text where a reply begins with `<think>` or the like, in pieces cut anywhere; and
    takes the answer out of its frame.

    What a person may have asked for, such as an `<analysis>`, is text where no other follows.
    """

    # Matches what may become a tag, too.
    # `left`: an end whose beginning stood in the prompt, or became a field of its own.
    LEFT: Final = rf"(?P<left>(?=[<[◁])(?!<\|(?:end|start|channel)\|){CLOSES}(?=\s*\n))"
    OPENING: Final = regex.compile(rf"\s*+(?:{LEFT}|{OPENS})")
    # llama.cpp may leave the first of gpt-oss's ends, and take the answer's beginning away.
    LAST: Final = "<|end|>"
    CLOSING: Final = regex.compile(rf"{CLOSES}|{re.escape(LAST)}(?=[^<])")
    WANTED: Final = re.compile(r"(?i)reasoning|reflection|scratchpad|analysis$|<analysis|monologue")
    # What some models write around their answer, at its very beginning and end. A sentence about such a token
    # goes on in another way. A person may have asked for the last two: only behind a thought in tags they are
    # the model's own.
    FRAME: Final = regex.compile(
        r"\s*+(?:<\|START_(?:RESPONSE|TEXT)\|>|<\|begin_of_(?:solution|box)\|>"
        r"|(?:<\|start\|>assistant)?<\|channel\|>final<\|message\|>|<(?:response|answer)>)(?=[^ ,.;:)`'\"])"
    )
    END: Final = regex.compile(
        r"(?:<\|END_(?:RESPONSE|TEXT)\|>|<\|end_of_(?:solution|box)\|>|<\|return\|>|</(?:response|answer)>)\s*\Z"
    )

    def __init__(self, asked: object) -> None:
        """`asked`: the request's messages; a token that they speak of is no frame."""
        self._asked = asked
        self._cursor = Cursor()
        self._reading = self._read()
        self._inside = False
        self._framed = False
        self._wanted: list[str] | None = None
        # What can be told by now.
        self._thoughts: list[str] = []
        self._texts: list[str] = []

    def take(self, text: str) -> tuple[str, str]:
        """The thought and the text that can be told by now."""
        if self._wanted is not None:
            self._wanted.append(text)
        self._cursor.add(text)
        next(self._reading)
        thought, text = "".join(self._thoughts), "".join(self._texts)
        self._thoughts, self._texts = [], []
        if text.strip():
            self._wanted = None
        return thought, text

    def end(self, *, cut: bool = False) -> tuple[str, str]:
        """What was held back; a thought that was never closed is one all the same. `cut`: the reply was."""
        held = self._cursor.text[self._cursor.at :].removesuffix(self.LAST if self._inside else "")
        if cut and self._wanted and self._wanted[0].startswith("analysis"):  # gpt-oss's word, and no tag
            self._wanted = None
        if self._wanted is not None and (self._inside or not held.strip()):
            return "", "".join(self._wanted)
        if self._framed and self.END.fullmatch(held):
            held = ""
        return (held, "") if self._inside else ("", held)

    def _read(self) -> Reading[None]:
        cursor, thought = self._cursor, False
        while opened := (yield from self._beginning(self.OPENING)):
            if opened["left"]:
                cursor.at = opened.end()
                continue
            tag, thought, self._inside = opened[0].lstrip(), True, True
            begun = cursor.text[opened.end() - len(tag) :]
            self._wanted, cursor.at = [begun] if self.WANTED.search(tag) else None, opened.end()
            while (closed := self._told(self.CLOSING, self._thoughts)) is None or closed.partial:
                yield
            cursor.at, self._inside = closed.end(), False
            self._framed = "final" in closed[0] or closed[0] == self.LAST
            cursor.add("")  # what follows stands at the beginning
        framed = yield from self._beginning(self.FRAME)
        if framed and (thought or "|" in framed[0]) and framed[0].lstrip() not in str(self._asked):
            cursor.at, self._framed = framed.end(), True
        while True:
            # What may be the end of the answer's frame is held back.
            self._told(self.END if self._framed else None, self._texts)
            yield

    def _beginning(self, pattern: Any) -> Reading[Any]:
        """What the text begins with, behind white space."""
        while (found := pattern.match(self._cursor.text, self._cursor.at, partial=True)) and found.partial:
            yield
        return found

    def _told(self, pattern: Any, to: list[str]) -> Any:
        """Tell what comes before the pattern, or what may become it."""
        cursor = self._cursor
        found = pattern and pattern.search(cursor.text, cursor.at, partial=True)
        at = found.start() if found else len(cursor.text)
        to.append(cursor.text[cursor.at : at])
        cursor.at = at
        return found
