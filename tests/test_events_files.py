"""Run files: what stands in them, written as the run goes, and a run that outlives its file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from langchain_core.load import dumpd
from langchain_core.messages import HumanMessage

from components.providers.openai import OpenAI
from components.streaming import Stop, Verdict
from components.streaming.trace import About, Asked, Header, RunFile, open_run_file
from tests.app_process import ROOT
from tests.event_runs import Recorder, live, scripted
from tests.runs import openai
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import ENDLESS, pieces

# Records a run and says on standard output how many events it has shown, and at the end how it ended.
WRITER = """
import asyncio, resource, sys
from pathlib import Path
from tests.event_runs import Recorder
from tests.runs import openai
url, model, path, limit = sys.argv[1:]
async def main():
    recorder = Recorder(path=Path(path))
    frame = None
    async for frame in recorder.frames(openai(url, model)):
        if int(limit):
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
        print(frame.total, flush=True)
    print(frame.report.verdict.value, len(frame.text), frame.unrecorded, flush=True)
asyncio.run(main())
"""


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


async def test_the_header_says_what_ran(openai_server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    asked = Asked(exclude_types=["prompt"])
    recorder = Recorder(About("openai", "gpt-x", "chat", OpenAI.packages), asked=asked, path=path)
    await live(openai(openai_server.base_url, "chunks=20,rate=200"), recorder)

    header, *records, report = lines_of(path)
    assert (header["format"], header["version"]) == ("streaming-lab-run", 2)
    assert (header["provider"], header["model"], header["chain"]) == ("openai", "gpt-x", "chat")
    assert header["method"] == "astream_events"
    assert header["asked"] == {"exclude_types": ["prompt"]}
    assert header["input"] == {"messages": [dumpd(HumanMessage("Hi"))]}
    assert header["versions"] == header["versions"] | {
        "langchain-core": version("langchain-core"),
        "langchain-openai": version("langchain-openai"),
        "openai": version("openai"),
    }
    started = datetime.fromisoformat(header["started"])
    assert timedelta(0) <= datetime.now(UTC) - started < timedelta(minutes=1)
    assert {record["lane"] for record in records} == {"wire", "chunk", "event", "frame"}
    assert [record["at"] for record in records] == sorted(record["at"] for record in records)
    events = [record for record in records if record["lane"] == "event"]
    assert set(events[3]) == {
        "lane", "at", "event", "name", "run_id", "parent_ids", "tags", "metadata", "data"
    }  # fmt: skip
    assert events == recorder.events()
    chunks = [record for record in records if record["lane"] == "chunk"]
    assert {chunk["kind"] for chunk in chunks} == {"text"}
    assert "".join(chunk["text"] for chunk in chunks if not chunk["heard"]) == "".join(pieces("lorem", 20))
    assert list(report) == ["report"]
    assert {"verdict", "first_token", "phases", "held_by"} <= set(report["report"])

    run_file = open_run_file(path)
    about = Header("openai", "gpt-x", "chat", method="astream_events", asked=asked, started=header["started"])
    assert replace(run_file.header, versions={}, input=None) == about
    assert run_file.report == recorder.trace.report
    assert (run_file.count, run_file.seconds) == (len(records), records[-1]["at"])
    assert run_file.damage is None
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("plan", "verdict", "last"),
    [
        ("chunks=20,rate=200", "streamed", "lab_end"),
        ("drop_after=3", "failed", "lab_failed"),
        ("close_after=5", "cut_off", "lab_failed"),
    ],
)
async def test_the_verdict(
    openai_server: OpenAIServer, tmp_path: Path, plan: str, verdict: str, last: str
) -> None:
    path = tmp_path / "run.jsonl"
    page = await live(openai(openai_server.base_url, plan), Recorder(path=path))
    *_, end, report = lines_of(path)
    assert (end["lane"], end["phase"]) == ("wire", "end")
    assert report["report"]["verdict"] == verdict
    assert page.events[-1] == last
    assert open_run_file(path).report == page.report


async def test_it_is_written_as_the_run_goes(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """While the model is silent all that came stands in the file; the verdict comes with the end."""
    path = tmp_path / "run.jsonl"
    stop = Stop()
    seen: list[RunFile] = []

    def look(page: Any) -> None:
        if page.events.count("on_chat_model_stream") >= 5 and not seen:
            seen.append(open_run_file(path))
            assert seen[0].count >= page.frames[-1].total
            stop.set()

    page = await live(
        openai(openai_server.base_url, "stall_after=5"), Recorder(path=path), stop=stop, seen=look
    )
    (going,) = seen
    assert (going.report, going.damage) == (None, None)
    assert open_run_file(path).report == page.report


async def test_a_reader_that_goes_away_leaves_a_whole_file(
    openai_server: OpenAIServer, tmp_path: Path
) -> None:
    path = tmp_path / "run.jsonl"
    frames = Recorder(path=path).frames(openai(openai_server.base_url, ENDLESS))
    async for frame in frames:
        if frame.text:
            break
    await frames.aclose()
    run_file = open_run_file(path)
    assert run_file.report is not None
    assert run_file.report.verdict is Verdict.STOPPED


def write(server: OpenAIServer, model: str, path: Path, limit: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, server.base_url, model, str(path), str(limit)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_killed_process_loses_no_more_than_a_line(openai_server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with write(openai_server, "chunks=100000,rate=300", path) as writer:
        assert writer.stdout is not None
        shown = 0
        deadline = time.monotonic() + 60
        while shown < 200:
            assert time.monotonic() < deadline
            shown = int(writer.stdout.readline())
        writer.kill()
        shown = max([shown, *(int(line) for line in writer.stdout.read().split())])

    run_file = open_run_file(path)
    assert (run_file.report, run_file.damage) == (None, None)
    print(f"{shown} events shown, {run_file.count} in the file")
    assert run_file.count >= shown
    assert run_file.count >= path.read_bytes().count(b"\n") - 1


async def test_however_it_is_cut(tmp_path: Path) -> None:
    """Every place where a process can end in the last two lines, in the middle of a letter too."""
    path, cut = tmp_path / "run.jsonl", tmp_path / "cut.jsonl"
    await live(scripted(failure="drop", fail_after=2), Recorder(path=path))
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    before = len(whole) - len(lines[-1]) - len(lines[-2])
    for end in range(before, len(whole) + 1, 3):
        cut.write_bytes(whole[:end])
        run_file = open_run_file(cut)
        assert run_file.damage is None
        assert len(lines) - run_file.count in ({2, 3} if end >= len(whole) - len(lines[-1]) - 1 else {3})
        assert (run_file.report is None) == (end < len(whole) - len(lines[-1]) - 1)


async def test_a_full_disk_does_not_stop_the_run() -> None:
    page = await live(scripted(), Recorder(path=Path("/dev/full")))
    assert page.report.verdict is Verdict.STREAMED
    assert page.text != ""
    assert {frame.unrecorded for frame in page.frames[1:]} == {"disk_full"}


@pytest.mark.slow
def test_a_disk_that_fills_up(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """What is there stays good."""
    path = tmp_path / "run.jsonl"
    with write(openai_server, "chunks=150,rate=200", path, limit=100_000) as writer:
        assert writer.stdout is not None
        *_, last = writer.stdout.read().splitlines()
    assert last.split()[0] == "streamed"
    assert last.split()[2] == "disk_full"
    assert path.stat().st_size == 100_000
    run_file = open_run_file(path)
    assert (run_file.report, run_file.damage) == (None, None)
    assert run_file.count > 50


@pytest.mark.parametrize("where", ["", "missing/run.jsonl"])
async def test_a_file_that_cannot_be_written(tmp_path: Path, where: str) -> None:
    page = await live(scripted(), Recorder(path=tmp_path / where))
    assert page.report.verdict is Verdict.STREAMED
    assert page.frames[-1].unrecorded == "unwritable"


async def test_an_event_too_long_to_keep(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    page = await live(scripted("x" * 8_100_000), Recorder(path=path))
    run_file = open_run_file(path)
    assert run_file.damage is None
    assert run_file.report == page.report
    assert run_file.header.input is None
    assert "too long to keep" in page.rows[1]["preview"]
