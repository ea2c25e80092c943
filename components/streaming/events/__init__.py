"""The raw event log of a run: one lane of its trace, live and replayed. Imports no LangChain."""

from pathlib import Path

from components.streaming.events.row import Row
from components.streaming.events.view import LIMIT, MOST_ROWS, Events

__all__ = ["LIMIT", "MOST_ROWS", "Events", "Row", "examples"]


def examples() -> list[Path]:
    """Recorded runs that come with the app, in order. `python -m tests.record_examples` makes them anew."""
    return sorted((Path(__file__).parent / "examples").glob("*.jsonl"))
