"""Deltas of a model that thinks and calls tools, as the stand-in recites them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Delta = str | dict[str, Any]


def thoughts(*pieces: str) -> list[Delta]:
    return [{"reasoning_content": piece} for piece in pieces]


def call(name: str, *arguments: str, index: int = 0) -> list[Delta]:
    """A call of a tool: its name, then its arguments piece by piece."""
    first = {"index": index, "id": f"call_{index}", "type": "function"}
    begun = {**first, "function": {"name": name, "arguments": ""}}
    grown = [{"index": index, "function": {"arguments": piece}} for piece in arguments]
    return [{"tool_calls": [piece]} for piece in (begun, *grown)]


def said(deltas: Sequence[Delta]) -> str:
    """The message that a model whose plan is `recite` answers with these deltas."""
    return json.dumps(deltas)
