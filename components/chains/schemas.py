"""JSON Schemas of our own."""

import json
from typing import Any


def schema_of(**properties: dict[str, Any]) -> dict[str, Any]:
    """Of an object that has all of these properties, and no others."""
    required = [*properties]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


COUNTRY = schema_of(name={"type": "string", "maxLength": 40}, population={"type": "integer"})
COUNTRIES = schema_of(countries={"type": "array", "items": COUNTRY, "minItems": 3, "maxItems": 3})
PERSON = schema_of(
    name={"type": "string", "maxLength": 60},
    age={"type": "integer", "minimum": 0, "maximum": 150},
    hobbies={"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": 4},
)
# Where nobody has chosen one: without a schema a model would answer in prose.
ANY_OBJECT: dict[str, Any] = {"type": "object"}
PRESETS = {"none": "", "countries": json.dumps(COUNTRIES, indent=2), "person": json.dumps(PERSON, indent=2)}
# None of them can be made to be slow.
OURS = (ANY_OBJECT, COUNTRIES, PERSON)
