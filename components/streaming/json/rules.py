"""Which fields a JSON Schema requires, as far as that can be said before the document is there."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import unquote

from jsonpointer import JsonPointerException, escape, resolve_pointer

# How many objects within objects are looked through for fields that stand as missing from the start.
NESTED: Final = 8

# How many subschemas that apply to one value are looked at.
TOGETHER: Final = 20

# The subschemas that all apply to one value.
Node = tuple[Mapping[str, Any], ...]


class Rules:
    """Follows `required` through `properties`, `items`, `prefixItems`, `allOf` and local `$ref`s.

    `anyOf`, `oneOf` and `if` are left alone: what they require depends on what comes.
    """

    def __init__(self, schema: Mapping[str, Any] | None) -> None:
        self.schema: Any = schema or {}
        self.root: Node = self._flat([schema]) if schema else ()

    def child(self, node: Node, key: str | int | None) -> Node:
        """What applies to the member `key`, or to the item of that index."""
        return self._flat([_part(schema, key) for schema in node]) if node else ()

    def required(self, node: Node, pointer: str, nested: int = NESTED) -> Iterator[str]:
        """Pointers of the fields that must stand in the object at `pointer`, and in objects in it."""
        for schema in node:
            names = schema.get("required")
            for name in names if isinstance(names, list) else ():
                if isinstance(name, str):
                    below = f"{pointer}/{escape(name)}"
                    yield below
                    if nested:
                        yield from self.required(self.child(node, name), below, nested - 1)

    def _flat(self, schemas: list[Any]) -> Node:
        """The schemas with what `$ref` and `allOf` bring in, each once."""
        flat: list[Mapping[str, Any]] = []
        waiting = list(schemas)
        while waiting and len(flat) < TOGETHER:
            schema = waiting.pop(0)
            if not isinstance(schema, Mapping) or any(schema is known for known in flat):
                continue
            flat.append(schema)
            # Of a local reference, such as `#/$defs/country`, what it points to.
            if isinstance(ref := schema.get("$ref"), str) and ref.startswith("#"):
                with suppress(JsonPointerException):
                    waiting.append(resolve_pointer(self.schema, unquote(ref[1:]), None))
            together = schema.get("allOf")
            waiting += together if isinstance(together, list) else []
        return tuple(flat)


def pointer_of(path: Iterable[str | int]) -> str:
    return "".join(f"/{escape(str(key))}" for key in path)


def _part(schema: Mapping[str, Any], key: Any) -> Any:
    own, rest = ("properties", "additionalProperties") if isinstance(key, str) else ("prefixItems", "items")
    with suppress(LookupError, TypeError):
        return schema[own][key]
    return schema.get(rest)
