"""The benchmarks run and say something about everything; how fast anything is, is not tested here."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from components.settings import METHODS
from tests.app_process import ROOT
from tests.bench.readme import BEGIN, END, README
from tests.bench.report import Limit, Row, as_markdown

pytestmark = pytest.mark.slow

PAGE = {
    "first text",
    "whole text",
    "frames",
    "longest task of the page",
    "main thread of the page",
    "server CPU",
    "bytes received",
}
STEADY = {"longest pause", "whole after the last chunk was sent"}
# A page without a task over 50 ms; readers that all read; a server that had the memory already.
MAY_BE_NONE = {"longest task of the page", "failures", "memory a reader"}
READERS = {"all done", "failures", "server CPU", "memory a reader"}
READERS |= {f"{what}, {share}" for what in ("first text", "done") for share in ("p50", "p95")}
JSON = {"whole object shown", "bytes sent for one of the document", "longest task of the page", "server CPU"}
# The difference of two measures: noise can make it less than nothing.
MAY_BE_LESS = {"what recording adds to an event", "whole after the last chunk was sent"}
RECORDED = ("recorded", "not recorded")
EVENT_CASES = ("500 events over HTTP", "500 events in process")
LOG = {"what recording adds to an event", "what the log itself takes of an event"}
LOOP_CASES = {
    f"{case}, {method}" for case in ("400 chunks at once", "20 chunks at 100/s") for method in METHODS[:2]
}
STORES = ("in memory", "in Redis")
HTTP_CASES = {"chunks=400 over HTTP, text", "chunks=20,rate=100 over HTTP, text"}
STOPPED = {f"{method}, stalled" for method in ("stream", "invoke")}
STOPPED |= {f"astream_events written to a file, {state}" for state in ("streaming", "stalled")}
RECORDED_CASES = {
    f"{method}, {case}, written to a file"
    for method in METHODS[:2]
    for case in ("chunks=20 at 100/s", "chunks=400 at once")
}
START = {"page served", "CPU until then", "memory at rest"}
START |= {"first token, from the process's start", "first token of the next reply"}
EXPECTED = (
    {("start", "PROVIDER=openai", measure) for measure in START}
    | {("page", "40 chunks at once, stream", measure) for measure in PAGE}
    | {("page", "40 markdown chunks at 100/s, stream", measure) for measure in PAGE | STEADY}
    | {("this run", "40 chunks at once", measure) for measure in ("main thread", "longest task of the page")}
    | {("readers", "4 readers, stream", measure) for measure in READERS}
    | {("conversation", "chunks=40 after 2 messages", measure) for measure in ("server CPU", "whole text")}
    | {("json", "4 KB in chunks of four characters", "CPU")}
    | {("json page", "4 KB at once", measure) for measure in JSON}
    | {("json page", "50 chunks/s", "first field shown after its chunk")}
    | {("race", "4 scripted lanes at 100/s", "from paint to paint of a lane")}
    | {("stop", case, "Stop to upstream closed") for case in STOPPED}
    | {("stop", "stream, stalled", "tab closed to upstream closed")}
    | {("stop", "local, stream", "Stop to llama.cpp's slot idle")}
    | {("loop", case, "CPU a chunk") for case in LOOP_CASES}
    | {("events", f"{case}, {how}", "CPU an event") for case in EVENT_CASES for how in RECORDED}
    | {("events", EVENT_CASES[0], measure) for measure in LOG}
    | {("recorded", case, "CPU") for case in RECORDED_CASES}
    | {("events", EVENT_CASES[1], "memory held by the log")}
    | {
        ("limits", where, f"{what} of a run")
        for where in ("in memory", "in Redis")
        for what in ("time", "CPU")
    }
    | {("http", case, measure) for case in HTTP_CASES for measure in ("first chunk", "CPU")}
    | {("console", "chunks=20, in a terminal", "first text")}
)
# Whom a measure is compared with, at least in one case.
COMPARED = {
    ("start", "page served"): {"plain"},
    ("page", "whole text"): {"plain", "streamlit", "bare"},
    ("readers", "all done"): {"plain", "bare", "loops"},
    ("conversation", "server CPU"): {"empty"},
    ("json", "CPU"): {"parser", "jiter"},
    ("json page", "whole object shown"): {"bare"},
    ("race", "from paint to paint of a lane"): {"one"},
    ("stop", "Stop to upstream closed"): {"without"},
    ("loop", "CPU a chunk"): {"bare"},
    ("events", "CPU an event"): {"bare"},
    ("recorded", "CPU"): {"without"},
    ("http", "CPU"): {"bare"},
    ("console", "first text"): {"bare"},
}


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
    for (_, _, measure), row in rows.items():
        for sample in (one for some in row["samples"].values() for one in some):
            assert math.isfinite(sample)
            assert sample > 0 or (measure in MAY_BE_NONE and sample == 0) or measure in MAY_BE_LESS, row
    for (bench, measure), others in COMPARED.items():
        compared = [
            row["ratios"].keys() for name, row in rows.items() if (name[0], name[2]) == (bench, measure)
        ]
        assert set().union(*compared) >= others, (bench, measure)

    table = (tmp_path / "bench.md").read_text("utf-8")
    assert table == done.stdout.removesuffix("\n")
    for _, case, measure in EXPECTED:
        assert f"| {case}: {measure} |" in table


def test_limits_are_told_and_judged() -> None:
    ours, theirs = [1.0, 2.0, 3.0], [4.0, 8.0, 12.0]
    row = Row("page", "a case", "whole", "ms", ours, plain=theirs, limit=2.5, limits=[Limit(1 / 4, "plain")])
    assert row.ratio("plain") == 0.25
    assert row.kept()
    assert [limit.said("ms") for limit in row.all_limits()] == ["1/4 of plain Gradio", "2.5 ms"]
    assert replace(row, limit=1.5).kept() is False
    assert replace(row, limits=[Limit(0.2, "plain")]).kept() is False
    assert replace(row, limit=None, limits=[Limit(2, "bare")], left_out={"bare": "not run"}).kept() is None
    untold = [Limit(1 / 4, "plain"), Limit(2, "bare")]
    assert replace(row, limits=untold, left_out={"bare": "over 180 s"}).kept() is None
    assert replace(row, limits=untold, limit=1.5).kept() is False
    table = as_markdown([replace(row, left_out={"streamlit": "over 180 s"})])
    assert (
        "| a case: whole | 2 ms | 8 ms | over 180 s | 0.25 |  | 1/4 of plain Gradio, 2.5 ms | yes |" in table
    )


def test_the_readme_shows_what_was_measured_last() -> None:
    shown = README.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown.startswith("|  | this app | plain Gradio | Streamlit | bare loop |")
    for package in ("gradio", "streamlit", "langchain-core", "processors"):
        assert f"{package} " in shown.splitlines()[-1]
