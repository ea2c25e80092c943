"""Schemas to begin with."""

from __future__ import annotations

import json
from typing import Any

COUNTRY: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 40}, "population": {"type": "integer"}},
    "required": ["name", "population"],
    "additionalProperties": False,
}
COUNTRIES: dict[str, Any] = {
    "type": "object",
    "properties": {"countries": {"type": "array", "items": COUNTRY, "minItems": 3, "maxItems": 3}},
    "required": ["countries"],
    "additionalProperties": False,
}
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
PRESETS = {"none": "", "countries": json.dumps(COUNTRIES, indent=2), "person": json.dumps(PERSON, indent=2)}
