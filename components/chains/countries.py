"""The schema of the countries example."""

from __future__ import annotations

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
