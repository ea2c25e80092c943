"""Schemas of our own."""

from __future__ import annotations

import json
from typing import Any

from components.chains.countries import COUNTRIES

__all__ = ["ANY_OBJECT", "COUNTRIES", "OURS", "PERSON", "PRESETS"]

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 60},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "hobbies": {"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": 4},
    },
    "required": ["name", "age", "hobbies"],
    "additionalProperties": False,
}
# What the terminal asks for: without a schema a model would answer in prose.
ANY_OBJECT: dict[str, Any] = {"type": "object"}
PRESETS = {"none": "", "countries": json.dumps(COUNTRIES, indent=2), "person": json.dumps(PERSON, indent=2)}
# None of them can be made to be slow.
OURS = (ANY_OBJECT, COUNTRIES, PERSON)
