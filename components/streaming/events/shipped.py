"""The recorded runs that come with the app."""

from __future__ import annotations

from pathlib import Path


def examples() -> list[Path]:
    """Run files, in the order they are to be offered. `python -m tests.record_examples` makes them anew."""
    return sorted((Path(__file__).parent / "examples").glob("*.jsonl"))
