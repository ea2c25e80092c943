"""A JSON Schema in the words Gemini has for one: its `Schema` message knows fewer, and refuses the others.

There is no `additionalProperties: false` (members that aren't listed are never written), no `$ref`, `const`,
`oneOf` or list of types. What can't be said is left out, so Gemini may be asked for less than the schema
wants; the reply is checked against all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components.streaming.json.rules import Rules

# One that refers to itself has no end: so many subschemas within each other, and in all, are said.
NESTED: Final = 16
IN_ALL: Final = 1000
# JSON Schema's name -> the message's.
SAME: Final = {
    "title": "title",
    "description": "description",
    "minItems": "min_items",
    "maxItems": "max_items",
    "minProperties": "min_properties",
    "maxProperties": "max_properties",
    "minimum": "minimum",
    "maximum": "maximum",
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "pattern",
}
# Any other makes the request a bad one.
FORMATS: Final = frozenset({"date-time"})


def gemini_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments of `google.cloud.aiplatform_v1beta1.types.Schema`; shares nothing with `schema`."""
    return _Converter(schema).convert(schema)


class _Converter:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._rules = Rules(root)
        self._left = IN_ALL

    def convert(self, schema: Any, nested: int = 0) -> dict[str, Any]:
        """{} for what says nothing, as `true` does."""
        if not isinstance(schema, Mapping) or nested > NESTED or not self._left:
            return {}
        self._left -= 1
        said: dict[str, Any] = {}
        for part in (self._rules.target(schema.get("$ref")), *_list(schema.get("allOf"))):
            said |= self.convert(part, nested + 1)
        said |= {ours: schema[name] for name, ours in SAME.items() if name in schema}
        said |= self._members(schema, nested) | self._choices(schema, nested) | _values(schema)
        kinds = [kind for kind in _list(schema.get("type")) if isinstance(kind, str)]
        if "null" in kinds:
            said["nullable"] = True
        kinds = [kind.upper() for kind in kinds if kind != "null"]
        if len(kinds) == 1:
            said["type_"] = kinds[0]
        elif kinds and "any_of" not in said:
            said["any_of"] = [{"type_": kind} for kind in kinds]
        elif "type_" not in said and ("properties" in said or "items" in said):
            said["type_"] = "OBJECT" if "properties" in said else "ARRAY"
        return said

    def _members(self, schema: Mapping[str, Any], nested: int) -> dict[str, Any]:
        said: dict[str, Any] = {}
        properties = schema.get("properties")
        if isinstance(properties, Mapping) and properties:
            said["properties"] = {name: self.convert(one, nested + 1) for name, one in properties.items()}
            said["property_ordering"] = list(properties)  # else the members come by their alphabet
            said["required"] = [name for name in _list(schema.get("required")) if name in properties]
        if items := self.convert(schema.get("items"), nested + 1):
            said["items"] = items
        return said

    def _choices(self, schema: Mapping[str, Any], nested: int) -> dict[str, Any]:
        """`anyOf` and `oneOf`; a choice of null says that the other may be missing."""
        choices = [*_list(schema.get("anyOf")), *_list(schema.get("oneOf"))]
        nothing = [one for one in choices if isinstance(one, Mapping) and one.get("type") == "null"]
        given = [self.convert(one, nested + 1) for one in choices if one not in nothing]
        others = [one for one in given if one]
        said: dict[str, Any] = {"nullable": True} if nothing else {}
        if len(others) == 1:
            said |= others[0]
        elif others:
            said["any_of"] = others
        return said


def _values(schema: Mapping[str, Any]) -> dict[str, Any]:
    """An enumeration is one of strings, or can't be said."""
    values = [schema["const"]] if "const" in schema else _list(schema.get("enum"))
    said: dict[str, Any] = {}
    if values and all(isinstance(value, str) for value in values):
        said = {"type_": "STRING", "enum": list(values)}
    if schema.get("format") in FORMATS:
        said["format_"] = schema["format"]
    return said


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
