"""The benchmarks run and say something about everything; how fast anything is, is not tested here."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.settings import METHODS
from tests.app_process import ROOT

PAGE = {"first text", "whole text", "frames", "longest task of the page", "server CPU"}
# What may be nothing at all: a page without a task over 50 ms.
MAY_BE_NONE = {"longest task of the page"}
JSON = {"whole object shown", "bytes sent for one of the document", "longest task of the page", "server CPU"}
PAGE_CASES = {
    f"{case}, {method}" for case in ("400 chunks at once", "100 chunks at 100/s") for method in METHODS[:2]
}
RECORDED = ("recorded", "not recorded")
# The difference of two measures: noise can make it less than nothing.
ADDED = "what recording adds to an event"
EVENT_CASES = ("2,000 events over HTTP", "2,000 events in process")
LOOP_CASES = {
    f"{case}, {method}" for case in ("1,000 chunks at once", "100 chunks at 100/s") for method in METHODS[:2]
}
HTTP_CASES = {"chunks=400, text", "chunks=50,rate=100, text"}
STOPPED = {f"{method}, {state}" for method in METHODS[:3] for state in ("streaming", "stalled")}
STOPPED |= {"invoke, waiting", "invoke, stalled"}
EXPECTED = (
    {("start", "PROVIDER=local", measure) for measure in ("page served", "CPU until then")}
    | {("page", case, measure) for case in PAGE_CASES for measure in PAGE}
    | {("page", f"100 chunks at 100/s, {method}", "longest pause") for method in METHODS[:2]}
    | {("json", "10 KB at once", measure) for measure in JSON}
    | {("json", "50 chunks/s", "first field shown after its chunk")}
    | {("stop", case, "Stop to upstream closed") for case in STOPPED}
    | {("stop", f"stream, {state}", "tab closed to upstream closed") for state in ("streaming", "stalled")}
    | {("stop", f"local, {method}", "Stop to llama.cpp's slot idle") for method in METHODS}
    | {("loop", case, "CPU a chunk") for case in LOOP_CASES}
    | {("events", f"{case}, {how}", "CPU an event") for case in EVENT_CASES for how in RECORDED}
    | {("events", EVENT_CASES[0], measure) for measure in (ADDED, "what the log itself takes of an event")}
    | {("events", EVENT_CASES[1], "memory held by the log")}
    | {("http", case, measure) for case in HTTP_CASES for measure in ("first chunk", "CPU")}
)
COMPARED = {"start": ("plain",), "page": ("plain",), "json": (), "stop": (), "loop": ("bare",), "events": ()}
COMPARED |= {"http": ("bare",)}


@pytest.mark.timeout(600)
def test_every_benchmark_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench", "--quick", "--out", str(tmp_path)]
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(f"{done.stderr}\n{time.monotonic() - began:.0f} s\n{done.stdout}")
    assert done.returncode == 0, done.stderr

    written = json.loads((tmp_path / "bench.json").read_text("utf-8"))
    rows = {(row["bench"], row["case"], row["measure"]): row for row in written["rows"]}
    assert rows.keys() == EXPECTED
    assert written["machine"]["gradio"]
    for (bench, _, measure), row in rows.items():
        for whose in ("ours", *COMPARED[bench]):
            assert math.isfinite(row[whose])
            assert row[whose] > 0 or (measure in MAY_BE_NONE and row[whose] == 0) or measure == ADDED
        assert bench != "events" or measure != "CPU an event" or row["bare"] > 0
    assert rows["json", "10 KB at once", "whole object shown"]["bare"] > 0
    assert rows["stop", "stream, streaming", "Stop to upstream closed"]["plain"] > 0

    table = (tmp_path / "bench.md").read_text("utf-8")
    assert table == done.stdout.removesuffix("\n")
    for _, case, measure in EXPECTED:
        assert f"| {case}: {measure} |" in table
