"""JSON as it grows: a reader, the table of its fields, and a verdict.

The step for a chain is `components.streaming.json.frames.JsonFrames`; it alone imports LangChain.
"""

from components.streaming.json.around import Around
from components.streaming.json.check import BadSchema, Breach, Schema
from components.streaming.json.fields import Field
from components.streaming.json.flaws import Flaw, Place
from components.streaming.json.growing import GrowingJson, Snapshot
from components.streaming.json.portable import portable
from components.streaming.json.verdict import CutBy, JsonVerdict, cut_by, judge

__all__ = [
    "Around",
    "BadSchema",
    "Breach",
    "CutBy",
    "Field",
    "Flaw",
    "GrowingJson",
    "JsonVerdict",
    "Place",
    "Schema",
    "Snapshot",
    "cut_by",
    "judge",
    "portable",
]
