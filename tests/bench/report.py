"""What was measured, as rows of a table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.bench.machine import machine, said_of_machine

# Everything that this app is compared with, in the order of the columns.
OTHERS = {
    "plain": "plain Gradio",
    "streamlit": "Streamlit",
    "bare": "bare loop",
    "loops": "bare astream loop",
    "parser": "JsonOutputParser",
    "jiter": "jiter each chunk",
    "empty": "in an empty one",
    "less": "with fewer chunks",
    "without": "without",
    "one": "in one lane",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. `quick`: once, with shorter replies. `short`: of page and readers what the README
    shows, and all less often."""

    quick: bool = False
    short: bool = False

    def times(self, often: int) -> int:
        return 1 if self.quick else (often + 1) // 2 if self.short else often


@dataclass(frozen=True, slots=True)
class Limit:
    """The highest median of ours that is good enough: in the row's unit, or as a multiple of `of`'s."""

    value: float
    of: str = ""

    def said(self, unit: str) -> str:
        if not self.of:
            return f"{figure(self.value, unit)}"
        if self.value < 1:
            return f"1/{1 / self.value:.3g} of {OTHERS[self.of]}"
        return f"{self.value:.3g} × {OTHERS[self.of]}"


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of one case: every sample of it, in `unit`; none where there is nothing to compare with.

    Samples that were taken in turns, and are as many as ours, are compared pair by pair: what else the
    machine did then counts for both. `left_out` says why there is no figure of one of OTHERS. `short`: the
    README shows this one.
    """

    bench: str
    case: str
    measure: str
    unit: str
    ours: Sequence[float]
    plain: Sequence[float] = ()
    bare: Sequence[float] = ()
    limit: float | None = None
    others: Mapping[str, Sequence[float]] = field(default_factory=dict)
    limits: Sequence[Limit] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    short: bool = False

    def samples(self) -> dict[str, list[float]]:
        given = {"ours": self.ours, "plain": self.plain, "bare": self.bare, **self.others}
        return {name: list(some) for name, some in given.items() if some}

    def ratio(self, other: str) -> float | None:
        """Of ours to another's; None without one, or where it is nothing at all."""
        theirs = self.samples().get(other, [])
        if not theirs or not median(theirs):
            return None
        if len(theirs) == len(self.ours) and all(theirs):
            return median(one / two for one, two in zip(self.ours, theirs, strict=True))
        return median(self.ours) / median(theirs)

    def all_limits(self) -> list[Limit]:
        return [*self.limits, *([] if self.limit is None else [Limit(self.limit)])]

    def kept(self) -> bool | None:
        """Whether ours is within every limit; None where it is in those that can be told, but not all can."""
        told = [
            (limit, self.ratio(limit.of) if limit.of else median(self.ours)) for limit in self.all_limits()
        ]
        within = [None if value is None else value <= limit.value for limit, value in told]
        if False in within:
            return False
        return None if None in within or not within else True

    def as_dict(self) -> dict[str, Any]:
        samples = self.samples()
        names = {"bench": self.bench, "case": self.case, "measure": self.measure, "unit": self.unit}
        ratios = {other: self.ratio(other) for other in samples if other != "ours"}
        return {
            **names,
            **{name: median(some) for name, some in samples.items()},
            "ratios": ratios,
            "limits": [limit.said(self.unit) for limit in self.all_limits()],
            "within": self.kept(),
            "left_out": dict(self.left_out),
            "samples": samples,
        }

    def cells(self, others: Sequence[str]) -> Iterator[str]:
        yield f"{self.case}: {self.measure}"
        yield figure(median(self.ours), self.unit)
        samples = self.samples()
        for other in others:
            yield self.left_out.get(other) or (
                figure(median(samples[other]), self.unit) if other in samples else ""
            )
        for other in others:
            ratio = self.ratio(other)
            yield "" if ratio is None else f"{ratio:.3g}"
        yield ", ".join(limit.said(self.unit) for limit in self.all_limits())
        kept = self.kept()
        yield "" if kept is None else "yes" if kept else "**no**"


def as_markdown(rows: Sequence[Row]) -> str:
    """One table a bench, the machine and the versions under them."""
    lines: list[str] = []
    for bench in dict.fromkeys(row.bench for row in rows):
        own = [row for row in rows if row.bench == bench]
        others = compared(own)
        names = [OTHERS[other] for other in others]
        head = ["What", "ours", *names, *(f"ours / {name}" for name in names), "limit", "within"]
        lines += [f"### {bench}", "", line(head), line(["---"] * len(head))]
        lines += [line(list(row.cells(others))) for row in own]
        lines.append("")
    return "\n".join([*lines, said_of_machine(), ""])


def compared(rows: Sequence[Row]) -> list[str]:
    """Whom these rows say anything of."""
    return [other for other in OTHERS if any(other in row.samples() or other in row.left_out for row in rows)]


def as_json(rows: Sequence[Row], size: Size) -> str:
    whole = {"machine": machine(), "quick": size.quick, "rows": [row.as_dict() for row in rows]}
    return json.dumps(whole, indent=1)


def figure(value: float, unit: str) -> str:
    digits = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{digits} {unit}".strip()


def line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
