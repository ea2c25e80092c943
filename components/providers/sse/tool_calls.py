"""A reply's tool calls: their arguments, and in a stream the index that tells whose a piece is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


def arguments_of(given: object) -> str:
    """As text; some servers send the object itself."""
    if isinstance(given, str):
        return given
    return "" if given is None else json.dumps(given, ensure_ascii=False)


def object_of(given: object) -> dict[str, Any]:
    """As an object; some servers send it as text. Raises ValueError, TypeError: it is none."""
    told = json.loads(given or "{}") if isinstance(given, str) else given or {}
    if not isinstance(told, dict):
        raise TypeError("no object")
    return told


@dataclass(slots=True)
class ToolCall:
    """`index`, `id`: its server's. `held`: its first piece, which waits for the rest of the name. `empty`: it
    was told to have no arguments, which some servers say before they send them.
    """

    index: int | None
    id: str
    name: str = ""
    arguments: str = ""
    held: dict[str, Any] | None = None
    empty: bool = False

    @property
    def whole(self) -> bool:
        try:
            json.loads(self.arguments)
        except (ValueError, RecursionError):
            return False
        return True

    def told(self) -> dict[str, Any]:
        told, self.held = self.held or {}, None
        told["function"] = {"name": self.name, "arguments": self.arguments}
        return told


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

    def end(self) -> Iterator[dict[str, Any]]:
        """What was held back."""
        for at, call in enumerate(self._calls):
            if call.empty and not call.arguments:
                call.arguments = "{}"
                if call.held is None:
                    yield {"index": at, "type": "function", "function": {"arguments": "{}"}}
        yield from (call.told() for call in self._calls if call.held)

    def _pieces(self, piece: dict[str, Any]) -> Iterator[dict[str, Any]]:
        given = piece.get("function") or piece.get("custom")
        function = given if isinstance(given, dict) else piece
        name, arguments = str(function.get("name") or ""), function.get("arguments", function.get("input"))
        arguments = arguments_of(arguments)
        index, id_ = piece.get("index"), str(piece.get("id") or "")
        index = int(index) if isinstance(index, int | str) and str(index).isdecimal() else None
        same = [call for call in self._calls if (call.id == id_ if id_ else call.index == index)]
        again = any((call.name, call.arguments) == (name, arguments) and call.whole for call in same)
        if again and (id_ or index is not None):  # all of it once more
            return
        at = next(
            (at for at, call in reversed(list(enumerate(self._calls))) if self._is(call, index, id_, name)),
            len(self._calls),
        )
        if not name and not id_ and self._calls:  # some count the pieces, not the calls
            at = min(at, len(self._calls) - 1)
        sent: dict[str, Any] = {"index": at, "type": "function"}
        if at == len(self._calls):
            yield from (call.told() for call in self._calls if call.held)
            known = any(call.id == id_ for call in self._calls)
            sent["id"] = id_ if id_ and not known else f"call_{at}"
            self._calls.append(ToolCall(index, id_, held=sent))
        call = self._calls[at]
        if arguments == "{}" and not call.arguments:
            call.empty, arguments = True, ""
        if len(call.arguments) > 1:  # some send all of them so far each time, or once more
            arguments = arguments.removeprefix(call.arguments)
        sent["function"] = {"arguments": arguments}
        call.arguments += arguments
        call.name += name.removeprefix(call.name)
        if call.held is None:
            yield sent
        elif arguments or call.name in self._names:
            yield call.told()

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
