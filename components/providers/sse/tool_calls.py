"""A streamed reply's tool calls, each piece with the index that tells whose it is."""

from __future__ import annotations

import json
from typing import Any


class ToolCalls:
    """Gives every call an index and an id: some servers leave one of them out, or say 0 of all."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        # Ours by the server's, of the call that it named last.
        self._indices: dict[int, int] = {}

    def take(self, given: object) -> list[dict[str, Any]]:
        """The pieces of one delta, as OpenAI sends them."""
        pieces = given if isinstance(given, list) else [given]
        return [self._piece(piece) for piece in pieces if isinstance(piece, dict)]

    def _piece(self, piece: dict[str, Any]) -> dict[str, Any]:
        given = piece.get("function")
        function = given if isinstance(given, dict) else piece
        name, arguments = function.get("name"), function.get("arguments")
        if not isinstance(arguments, str):
            arguments = "" if arguments is None else json.dumps(arguments, ensure_ascii=False)
        known = len(self._ids)
        index = self._index(piece, name)
        new = index == known
        sent = {"name": name, "arguments": arguments} if name and new else {"arguments": arguments}
        of_it = {"id": self._ids[index]} if new else {}
        return {"index": index, "type": "function", "function": sent, **of_it}

    def _index(self, piece: dict[str, Any], name: object) -> int:
        theirs = piece.get("index")
        id_ = piece.get("id")
        if isinstance(id_, str) and id_:
            if id_ in self._ids:
                return self._ids.index(id_)
        elif isinstance(theirs, int) and theirs in self._indices:
            return self._indices[theirs]
        elif not name and self._ids:
            return len(self._ids) - 1
        self._ids.append(id_ if isinstance(id_, str) and id_ else f"call_{len(self._ids)}")
        if isinstance(theirs, int):
            self._indices[theirs] = len(self._ids) - 1
        return len(self._ids) - 1
