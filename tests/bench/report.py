"""What was measured, as rows of a table."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from statistics import median
from typing import Any

PACKAGES = ("gradio", "langchain-core", "langchain-openai", "openai", "xllamacpp", "playwright")
HEAD = ("What", "ours", "plain Gradio", "bare loop", "ours / plain", "ours / bare", "limit", "within")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. `quick`: once, with shorter replies."""

    quick: bool

    def times(self, often: int) -> int:
        return 1 if self.quick else often


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of one case: every sample of it, in `unit`; empty where there is nothing to compare with.

    `limit` is the highest median of ours that is good enough.
    """

    bench: str
    case: str
    measure: str
    unit: str
    ours: Sequence[float]
    plain: Sequence[float] = field(default=())
    bare: Sequence[float] = field(default=())
    limit: float | None = None

    def as_dict(self) -> dict[str, Any]:
        samples = {"ours": list(self.ours), "plain": list(self.plain), "bare": list(self.bare)}
        medians = {name: median(some) if some else None for name, some in samples.items()}
        names = {"bench": self.bench, "case": self.case, "measure": self.measure, "unit": self.unit}
        return {**names, **medians, "limit": self.limit, "samples": samples}

    def cells(self) -> list[str]:
        ours = median(self.ours)
        others = [median(some) if some else None for some in (self.plain, self.bare)]
        figures = [_figure(value, self.unit) for value in (ours, *others)]
        ratios = [f"{ours / other:.3g}" if other else "" for other in others]
        within = "" if self.limit is None else "yes" if ours <= self.limit else "**no**"
        return [f"{self.case}: {self.measure}", *figures, *ratios, _figure(self.limit, self.unit), within]


def as_markdown(rows: Sequence[Row]) -> str:
    """One table a bench, the machine and the versions under them."""
    lines: list[str] = []
    for bench in dict.fromkeys(row.bench for row in rows):
        lines += [f"### {bench}", "", _line(HEAD), _line(["---"] * len(HEAD))]
        lines += [_line(row.cells()) for row in rows if row.bench == bench]
        lines.append("")
    return "\n".join([*lines, ", ".join(f"{name} {value}" for name, value in machine().items()), ""])


def as_json(rows: Sequence[Row], size: Size) -> str:
    whole = {"machine": machine(), "quick": size.quick, "rows": [row.as_dict() for row in rows]}
    return json.dumps(whole, indent=1)


def machine() -> dict[str, str]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    here = {"processors": str(usable), "system": platform.system(), "Python": platform.python_version()}
    return here | {package: version(package) for package in PACKAGES}


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    digits = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{digits} {unit}".strip()


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
