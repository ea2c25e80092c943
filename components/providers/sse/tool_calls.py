"""A reply's tool calls: their arguments, and in a stream the index that tells whose a piece is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


def arguments_of(given: object) -> str:
    """As text; some servers send the object itself."""
    if isinstance(given, str):
        return given
    return "" if given is None else json.dumps(given, ensure_ascii=False)


def object_of(given: object) -> dict[str, Any]:
    """As an object; some servers send it as text.

    Raises:
        ValueError, TypeError: it is none.
    """
    told = json.loads(given or "{}") if isinstance(given, str) else given or {}
    if not isinstance(told, dict):
        raise TypeError("no object")
    return told


@dataclass(slots=True)
class ToolCall:
    """`index`, `id`: its server's. `held`: its first piece, which waits for the rest of the name."""

    index: int | None
    id: str
    name: str = ""
    arguments: str = ""
    held: dict[str, Any] | None = field(default=None, compare=False)

    @property
    def whole(self) -> bool:
        try:
            json.loads(self.arguments)
        except (ValueError, RecursionError):
            return False
        return True


class ToolCalls:
    """Gives every call an index and an id: some servers leave one of them out, or say the same of all.

    A name that is none of the tools' may go on: it is held back until its arguments come.
    """

    def __init__(self, tools: object) -> None:
        """`tools`: as they stand in the request."""
        named = (one.get("function") for one in (tools if isinstance(tools, list) else ()))
        self._names = {one.get("name") for one in named if isinstance(one, dict)}
        self._calls: list[ToolCall] = []

    def take(self, given: object) -> list[dict[str, Any]]:
        """The pieces of one delta, as OpenAI sends them."""
        pieces = given if isinstance(given, list) else [given]
        return [sent for piece in pieces if isinstance(piece, dict) for sent in self._pieces(piece)]

    def end(self) -> list[dict[str, Any]]:
        """What was held back."""
        return [self._told(call) for call in self._calls if call.held]

    def _pieces(self, piece: dict[str, Any]) -> Iterator[dict[str, Any]]:
        given = piece.get("function") or piece.get("custom")
        function = given if isinstance(given, dict) else piece
        name, arguments = str(function.get("name") or ""), function.get("arguments", function.get("input"))
        arguments = arguments_of(arguments)
        index, id_ = piece.get("index"), str(piece.get("id") or "")
        index = int(index) if isinstance(index, int | str) and str(index).isdecimal() else None
        if id_ and ToolCall(index, id_, name, arguments) in self._calls:  # all of it once more
            return
        at = next(
            (at for at, call in reversed(list(enumerate(self._calls))) if self._is(call, index, id_, name)),
            len(self._calls),
        )
        sent: dict[str, Any] = {"index": at, "type": "function", "function": {"arguments": arguments}}
        if at == len(self._calls):
            yield from self.end()
            known = any(call.id == id_ for call in self._calls)
            sent["id"] = id_ if id_ and not known else f"call_{at}"
            self._calls.append(ToolCall(index, id_, held=sent))
        call = self._calls[at]
        call.arguments += arguments
        call.name += name.removeprefix(call.name)
        if call.held is None:
            yield sent
        elif arguments or call.name in self._names:
            yield self._told(call)

    def _told(self, call: ToolCall) -> dict[str, Any]:
        told, call.held = call.held or {}, None
        told["function"] = {"name": call.name, "arguments": call.arguments}
        return told

    def _is(self, call: ToolCall, index: int | None, id_: str, name: str) -> bool:
        """Whether a piece goes on with this call; one that names a tool may begin another."""
        if name and call.name:
            goes_on = call.held is not None and id_ in {"", call.id}
            if call.whole or (name != call.name and not goes_on):
                return False
        if index is None or call.index is None:
            return not id_ or id_ == call.id
        others = bool(id_) and id_ != call.id and (bool(name) or any(one.id == id_ for one in self._calls))
        return index == call.index and not others
