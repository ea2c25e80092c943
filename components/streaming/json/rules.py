"""Which fields a JSON Schema requires, as far as that can be said before the document is there."""

from collections.abc import Iterable, Iterator, Mapping
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
        return self._flat([part for schema in node for part in _parts(schema, key)]) if node else ()

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
            waiting.append(self.target(schema.get("$ref")))
            together = schema.get("allOf")
            waiting += together if isinstance(together, list) else []
        return tuple(flat)

    def target(self, ref: Any) -> Any:
        """What a local reference such as `#/$defs/country` points to; None for any other."""
        if not isinstance(ref, str) or not ref.startswith("#"):
            return None
        try:
            return resolve_pointer(self.schema, unquote(ref[1:]), None)
        except JsonPointerException:
            return None


def pointer_of(path: Iterable[str | int]) -> str:
    return "".join(f"/{escape(str(key))}" for key in path)


def _parts(schema: Mapping[str, Any], key: str | int | None) -> Iterator[Any]:
    if isinstance(key, str):
        properties = schema.get("properties")
        if isinstance(properties, Mapping) and key in properties:
            yield properties[key]
        else:
            yield schema.get("additionalProperties")
        return
    first = schema.get("prefixItems")
    if isinstance(first, list) and key is not None and key < len(first):
        yield first[key]
    else:
        yield schema.get("items")
