"""The first line of a run file: what ran."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import orjson

from components.streaming.events.asked import Asked
from components.streaming.meter import Verdict

FORMAT: Final = "streaming-lab-run"
VERSION: Final = 1
# Packages whose version a run depends on, besides its provider's.
_PACKAGES: Final = ("langchain-core", "langgraph")
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class About:
    """What the one who starts a run knows of it; names as the page shows them. `packages`: the provider's."""

    provider: str = ""
    model: str = ""
    chain: str = ""
    packages: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Header:
    """`input`: the chain's input as JSON data. `started`: UTC, ISO 8601. `versions`: by package name.

    `verdict` is None while the run goes on, and for ever in the file of one that never ended.
    """

    about: About
    method: str
    asked: Asked
    started: str
    input: Any = None
    versions: Mapping[str, str] = field(default_factory=dict)
    verdict: Verdict | None = None

    def line(self) -> tuple[bytes, int]:
        """As it is written when the run begins, and where in it `verdict_field` goes when it ends."""
        head = orjson.dumps({"format": FORMAT, "version": VERSION})[:-1] + b","
        return head + verdict_field(None) + orjson.dumps(self.as_data())[1:] + b"\n", len(head)

    def as_data(self) -> dict[str, Any]:
        about = {"provider": self.about.provider, "model": self.about.model, "chain": self.about.chain}
        return {
            **about,
            "method": self.method,
            "asked": self.asked.arguments(),
            "started": self.started,
            "versions": dict(self.versions),
            "input": self.input,
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Header:
        """
        Raises:
            ValueError: a field is not what it must be; the message is its name.
        """
        try:
            asked = Asked.of(data.get("asked"))
        except ValueError:
            raise ValueError("asked") from None
        versions = data.get("versions")
        if not isinstance(versions, Mapping) or not all(map(_is_word, versions.values())):
            raise ValueError("versions")
        verdict = data.get("verdict")
        if verdict is not None and verdict not in list(Verdict):
            raise ValueError("verdict")
        words = ("provider", "model", "chain", "method", "started")
        provider, model, chain, method, started = (_word(data, name) for name in words)
        return cls(
            About(provider, model, chain),
            method,
            asked,
            started,
            data.get("input"),
            dict(versions),
            verdict and Verdict(verdict),
        )


def verdict_field(verdict: Verdict | None) -> bytes:
    """Always as long, so that one can be written over another."""
    longest = max(len(verdict.value) for verdict in Verdict) + 2
    return b'"verdict":' + orjson.dumps(verdict).ljust(longest) + b","


def versions(packages: Iterable[str] = ()) -> dict[str, str]:
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


def _word(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not _is_word(value):
        raise ValueError(name)
    return str(value)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST
