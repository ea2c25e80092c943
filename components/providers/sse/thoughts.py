"""What of a delta is the model's thinking, wherever its server puts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Where servers put it; those that fill two of them say the same in both.
FIELDS = ("reasoning_content", "reasoning", "thinking", "reasoning_text", "thought", "thoughts")
OPENING = ("<think>", "<thinking>", "<thought>", "<reasoning>", "[THINK]", "◁think▷")
CLOSING = ("</think>", "</thinking>", "</thought>", "</reasoning>", "[/THINK]", "◁/think▷")


def thought_in(delta: dict[str, Any]) -> str:
    """Take it out of the delta."""
    told = [words_of(delta.pop(name)) for name in FIELDS if name in delta]
    details = words_of(delta.pop("reasoning_details", None))
    return next(filter(None, (*told, details)), "")


def words_of(value: object) -> str:
    """The text in a string, a block, or a list of them."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(words_of, value))
    if isinstance(value, Mapping):
        keys = ("text", "thinking", "reasoning", "summary", "content", "value")
        return next(filter(None, (words_of(value.get(key)) for key in keys)), "")
    return ""


def parted(content: object) -> tuple[str, str]:
    """The thoughts and the text of a delta's `content`, which some servers send as a list of blocks."""
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list):
        number = isinstance(content, int | float) and not isinstance(content, bool)
        return "", str(content) if number else words_of(content)
    thoughts: list[str] = []
    texts: list[str] = []
    for block in content:
        kind = block.get("type", "") if isinstance(block, Mapping) else ""
        (thoughts if kind in {"thinking", "reasoning"} else texts).append(words_of(block))
    return "".join(thoughts), "".join(texts)


class ThinkTags:
    """Parts thoughts from text where a reply begins with `<think>` or the like, in pieces cut anywhere."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "before"

    def take(self, text: str) -> tuple[str, str]:
        """The thought and the text that can be told by now."""
        if self._state == "after":
            return "", text
        self._held += text
        if self._state == "before":
            began = self._held.lstrip()
            tag = next((tag for tag in OPENING if began.startswith(tag)), "")
            if not tag:
                if any(tag.startswith(began) for tag in OPENING):
                    return "", ""
                self._state = "after"
                return "", self._let_go()
            self._state, self._held = "inside", began.removeprefix(tag)
        return self._inside()

    def end(self) -> tuple[str, str]:
        """What was held back; a thought that was never closed is one all the same."""
        held = self._let_go()
        return (held, "") if self._state == "inside" else ("", held)

    def _inside(self) -> tuple[str, str]:
        found = [(at, tag) for tag in CLOSING if (at := self._held.find(tag)) >= 0]
        if found:
            at, tag = min(found)
            held = self._let_go()
            self._state = "after"
            return held[:at], held[at + len(tag) :]
        keep = max(
            (size for tag in CLOSING for size in range(1, len(tag)) if self._held.endswith(tag[:size])),
            default=0,
        )
        held = self._let_go()
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep], ""

    def _let_go(self) -> str:
        held, self._held = self._held, ""
        return held
