"""The table of tests/bench/README.md: the figures that matter, between two markers."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from tests.app_process import ROOT
from tests.bench.machine import said_of_machine
from tests.bench.report import OTHERS, Row, figure, line

README = ROOT / "tests/bench/README.md"
BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->\n"
COLUMNS = ("plain", "streamlit", "bare")
HEAD = ("", "this app", *(OTHERS[name] for name in COLUMNS), "others", "at most", "")


def write(rows: Sequence[Row]) -> None:
    """Put the table of these rows into tests/bench/README.md.

    Raises:
        ValueError: the markers aren't there.
    """
    before, begin, rest = README.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{README.name} lacks {BEGIN.strip()} or {END.strip()}")
    README.write_text(f"{before}{begin}{table(rows)}{end}{after}", "utf-8")


def table(rows: Sequence[Row]) -> str:
    short = [row for row in rows if row.short]
    lines = [line(HEAD), line(["---"] * len(HEAD)), *(line(_cells(row)) for row in short)]
    return "\n".join([*lines, "", f"{said_of_machine()}.", ""])


def _cells(row: Row) -> list[str]:
    kept = row.kept()
    return [
        f"{row.case}: {row.measure}",
        figure(median(row.ours), row.unit),
        *(_against(row, name) for name in COLUMNS),
        ", ".join(f"{OTHERS[name]} {_against(row, name)}" for name in OTHERS if _is_other(row, name)),
        ", ".join(limit.said(row.unit) for limit in row.all_limits()),
        "" if kept is None else "met" if kept else "not met",
    ]


def _is_other(row: Row, name: str) -> bool:
    return name not in COLUMNS and (name in row.samples() or name in row.left_out)


def _against(row: Row, name: str) -> str:
    """Another's figure, and how many times ours it is."""
    if name not in row.samples():
        return row.left_out.get(name, "")
    theirs = figure(median(row.samples()[name]), row.unit)
    ratio = row.ratio(name)
    return f"{theirs} (× {1 / ratio:.3g})" if ratio else theirs
