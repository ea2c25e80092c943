"""The first line of a run file: what ran."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, Final

import orjson
from annotated_types import MaxLen

from components.streaming.trace.asked import Asked

FORMAT: Final = "streaming-lab-run"
VERSION: Final = 2
# Packages whose version a run depends on, besides its provider's.
_PACKAGES: Final = ("langchain-core", "langgraph")
Word = Annotated[str, MaxLen(500)]


@dataclass(frozen=True, slots=True)
class About:
    """What the one who starts a run knows of it; names as the page shows them. `packages`: the provider's."""

    provider: Word = ""
    model: Word = ""
    chain: Word = ""
    packages: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(About):
    """`input`: the chain's input as JSON data. `started`: UTC, ISO 8601. `versions`: by package name."""

    method: Word
    asked: Asked
    started: Word
    versions: Mapping[str, Word] = field(default_factory=dict)
    input: Any = None


def header_line(about: About, method: str, asked: Asked, value: Any) -> bytes:
    """Of a run that begins now; `value`: its input as JSON data."""
    told = {
        "provider": about.provider,
        "model": about.model,
        "chain": about.chain,
        "method": method,
        "asked": asked.arguments(),
        "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "versions": _versions(about.packages),
        "input": value,
    }
    return orjson.dumps({"format": FORMAT, "version": VERSION, **told}) + b"\n"


def _versions(packages: Iterable[str]) -> dict[str, str]:
    """Of Python and of the packages in use, `packages` among them."""
    used = [name for name in _PACKAGES if name.replace("-", "_") in sys.modules]
    known = {name: _version(name) for name in (*used, *packages)}
    return {"python": platform.python_version()} | {name: found for name, found in known.items() if found}


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
