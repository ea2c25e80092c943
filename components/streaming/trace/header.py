"""The first line of a run file: what ran, and which of its events were asked for."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, ClassVar, Final

from annotated_types import MaxLen

FORMAT: Final = "streaming-lab-run"
VERSION: Final = 2
# Packages whose version a run depends on, besides its provider's.
_PACKAGES: Final = ("langchain-core", "langgraph", "langchain")
Word = Annotated[str, MaxLen(500)]
# Of one filter, and characters of one value.
MOST_VALUES = 50
LONGEST_VALUE = 1000

Names = Annotated[tuple[Annotated[str, MaxLen(LONGEST_VALUE)], ...], MaxLen(MOST_VALUES)]


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters by a run's name, type and tags; an empty tuple is a filter that isn't there.

    LangChain keeps an event that any of the includes names (all, without includes) and no exclude does.
    The first event it gives carries the chain's input, whichever run it is of.
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    include_names: Names = ()
    include_types: Names = ()
    include_tags: Names = ()
    exclude_names: Names = ()
    exclude_types: Names = ()
    exclude_tags: Names = ()

    def __bool__(self) -> bool:
        """Whether anything may be left out."""
        return any(getattr(self, field.name) for field in fields(self))

    def arguments(self) -> dict[str, list[str]]:
        """As `astream_events` takes them."""
        given = {field.name: list(getattr(self, field.name)) for field in fields(self)}
        return {name: values for name, values in given.items() if values}


@dataclass(frozen=True, slots=True)
class About:
    """What the one who starts a run knows of it; names as the page shows them. `packages`: the provider's.

    `dialect`: of the wire, of a provider that speaks several.
    """

    provider: Word = ""
    model: Word = ""
    chain: Word = ""
    packages: tuple[str, ...] = field(default=(), compare=False)
    dialect: Word = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(About):
    """`input`: the chain's input as JSON data. `started`: UTC, ISO 8601. `versions`: by package name."""

    method: Word
    asked: Asked
    started: Word
    versions: Mapping[str, Word] = field(default_factory=dict)
    input: Any = None


def header_of(about: About, method: str, asked: Asked, value: Any) -> dict[str, Any]:
    """What stands in the first line of a run that begins now; `value`: its input."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "provider": about.provider,
        "model": about.model,
        "chain": about.chain,
        "dialect": about.dialect,
        "method": method,
        "asked": asked.arguments(),
        "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "versions": _versions(about.packages),
        "input": value,
    }


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
