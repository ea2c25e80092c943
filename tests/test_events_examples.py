"""The recorded runs that ship: real, small, whole, and without a word of the machine that made them."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from components.streaming import Verdict
from components.streaming.events import examples
from components.streaming.records import Event
from components.streaming.replay import replay
from components.streaming.text import redact
from components.streaming.trace import RunFile, open_run_file
from tests.event_runs import event_frames, show, shown, state_at

PATHS = examples()
# An absolute path, an address, a name of a machine or its user.
OF_A_MACHINE = re.compile(
    r'"(?:/|~/|[A-Z]:\\)|/(?:home|root|Users|tmp|work|usr)/|127\.0\.0\.1|localhost|https?://'
)


def depth(run_file: RunFile) -> int:
    return max(len(record.parent_ids) for record in run_file.records() if isinstance(record, Event))


async def test_there_are_four() -> None:
    files = [open_run_file(path) for path in PATHS]
    assert [path.name for path in PATHS] == [
        *("1-chat.jsonl", "2-retrieval.jsonl", "3-failure.jsonl", "4-cut_off.jsonl")
    ]
    chat, retrieval, failure, _ = files
    verdicts = [file.report and file.report.verdict for file in files]
    assert verdicts == [Verdict.THOUGHT, Verdict.STREAMED, Verdict.FAILED, Verdict.CUT_OFF]
    assert failure.report is not None
    assert failure.report.fault is not None
    assert failure.report.fault.kind == "local_died"
    assert failure.report.characters > 0
    assert depth(retrieval) > 2 > depth(chat)
    steps = shown([await state_at(retrieval, math.inf)])
    assert {node["type"] for node in steps.nodes.values()} >= {"chain", "retriever", "chat_model", "parser"}
    assert "on_custom_event" in steps.events
    assert "failed" in shown([await state_at(failure, math.inf)]).states().values()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
async def test_each_can_be_played(path: Path) -> None:
    run_file = open_run_file(path)
    assert run_file.damage is None
    assert run_file.report is not None
    model = {"local": "ChatOpenAI", "scripted": "ScriptedModel"}[run_file.header.provider]
    assert {record.lane for record in run_file.records()} == {"wire", "chunk", "event", "frame"}
    assert run_file.header.versions["langchain-core"]
    page = await show(event_frames(replay(run_file, speed=math.inf)))
    assert page.report == run_file.report
    assert len(page.text) == run_file.report.characters
    assert len(page.rows) > 20
    assert all(node["count"] == len(node["ticks"]) for node in page.nodes.values())
    assert page.named(model)["count"] > 5
    # So that whoever opens one sees it stream, and waits for nothing.
    assert 0.1 < run_file.seconds < 15


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_nothing_else_is_in_it(path: Path) -> None:
    text = path.read_text("utf-8")
    assert path.stat().st_size < 100_000
    assert OF_A_MACHINE.findall(text) == []
    assert redact(text) == text
    assert "api_key" not in text
