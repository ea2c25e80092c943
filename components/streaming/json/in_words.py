"""A JSON Schema in words, for a model whose server can't be told of it in another way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def schema_in_words(schema: Mapping[str, Any]) -> str:
    written = json.dumps(schema, ensure_ascii=False)
    return f"Answer with JSON alone. It must keep to this JSON Schema:\n{written}"
