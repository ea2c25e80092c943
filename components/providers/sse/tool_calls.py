"""A streamed reply's tool calls, each piece with the index that tells whose it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Call:
    """`index`, `id`: its server's."""

    index: int | None
    id: str
    name: str = ""
    arguments: str = ""

    @property
    def whole(self) -> bool:
        try:
            json.loads(self.arguments)
        except (ValueError, RecursionError):
            return False
        return True


class ToolCalls:
    """Gives every call an index and an id: some servers leave one of them out, or say the same of all."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def take(self, given: object) -> list[dict[str, Any]]:
        """The pieces of one delta, as OpenAI sends them."""
        pieces = given if isinstance(given, list) else [given]
        return [sent for piece in pieces if isinstance(piece, dict) and (sent := self._piece(piece))]

    def _piece(self, piece: dict[str, Any]) -> dict[str, Any] | None:
        given = piece.get("function")
        function = given if isinstance(given, dict) else piece
        name, arguments = str(function.get("name") or ""), function.get("arguments")
        if not isinstance(arguments, str):
            arguments = "" if arguments is None else json.dumps(arguments, ensure_ascii=False)
        index, id_ = piece.get("index"), str(piece.get("id") or "")
        index = int(index) if isinstance(index, int | str) and str(index).isdecimal() else None
        if id_ and Call(index, id_, name, arguments) in self._calls:  # all of it once more
            return None
        at = next(
            (at for at, call in reversed(list(enumerate(self._calls))) if self._is(call, index, id_, name)),
            len(self._calls),
        )
        sent: dict[str, Any] = {"index": at, "type": "function", "function": {"arguments": arguments}}
        if at == len(self._calls):
            self._calls.append(Call(index, id_))
            known = any(call.id == id_ for call in self._calls[:at])
            sent["id"] = id_ if id_ and not known else f"call_{at}"
        call = self._calls[at]
        call.arguments += arguments
        if name and not call.name:
            call.name = sent["function"]["name"] = name
        return sent

    def _is(self, call: Call, index: int | None, id_: str, name: str) -> bool:
        """Whether a piece goes on with this call; one that names a tool may begin another."""
        if name and call.name and (name != call.name or call.whole):
            return False
        if index is None or call.index is None:
            return not id_ or id_ == call.id
        others = bool(id_) and id_ != call.id and (bool(name) or any(one.id == id_ for one in self._calls))
        return index == call.index and not others
