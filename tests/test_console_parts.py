"""What a model thinks and which tools it calls, in a terminal: dimmed on stderr, beside the text."""

from __future__ import annotations

import os
import pty
import re
import termios
from pathlib import Path

import pytest

from components.locale import Words
from components.streaming import Stop
from components.terminal.screen import Screen
from tests.chat_deltas import call, said, thoughts
from tests.servers.openai_api import OpenAIServer
from tests.terminal import piped, terminal
from tests.test_console import upstream

# What a terminal would obey is never passed on.
THOUGHTS = thoughts("Let", " me\n", "\x1b[31msee.", " Ok.")
CALLS = [*call("weather", '{"city":', ' "Paris"}'), *call("clock", '{"zone":', ' "UTC"}', index=1)]
ASKED = said([*THOUGHTS, "It", " is ", *CALLS, "sunny."])
ASIDE = "Let me\n[31msee. Ok.\n", 'calls weather {"city": "Paris"}\ncalls clock {"zone": "UTC"}\n'
DIMMED = re.compile("\x1b\\[2m([^\x1b]*)\x1b\\[0m")
LINE = r"stream · thought for [\d.]+ m?s, 4 tokens · .* · thought, then streamed\n"


def test_in_a_terminal_they_stand_dimmed_between_the_text(
    openai_server: OpenAIServer, tmp_path: Path
) -> None:
    with terminal(tmp_path, ASKED, **upstream(openai_server, "recite,rate=40")) as shown:
        assert shown.status() == 0
    dimmed = "".join(DIMMED.findall(shown.shown))
    assert dimmed.replace("\n", "") == "".join(ASIDE).replace("\n", "")
    text, calls = ASIDE
    expected = re.escape(f"{text}It is \n{calls}sunny.\n")
    assert re.fullmatch(expected + LINE, DIMMED.sub(r"\1", shown.shown))


@pytest.mark.parametrize("plain", [{"TERM": "dumb"}, {"NO_COLOR": "1"}], ids=str)
def test_a_terminal_that_only_prints(
    openai_server: OpenAIServer, tmp_path: Path, plain: dict[str, str]
) -> None:
    """As in an editor's shell, or for one who wants it so."""
    given = upstream(openai_server, "recite") | plain
    with terminal(tmp_path, ASKED, **given) as shown:
        assert shown.status() == 0
    assert "\x1b" not in shown.shown
    assert "calls weather" in shown.shown


def test_a_narrow_terminal() -> None:
    """What is waited for stays in its line, which can be cleared; a wide character takes two places."""
    end, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 12))
    with os.fdopen(end, "rb", 0) as shown, os.fdopen(theirs, "w", encoding="utf-8") as err:
        screen = Screen(err, err, Words("ja"), Stop())
        for state, fits in (
            ("Loading the model", "Loading the"),
            ("モデルを読み込み中", "モデルを読 "),
            ("Waits", "Waits"),
        ):
            screen.under_way(state)
            assert shown.read(100).decode() == f"\r\x1b[K{fits}"


def test_no_object_is_drawn_before_there_is_one(openai_server: OpenAIServer, tmp_path: Path) -> None:
    given = upstream(openai_server, "recite")
    with terminal(tmp_path, '["Sorry", ", no."]', "--json", **given) as shown:
        assert shown.status() == 1
    assert "null" not in shown.shown
    assert shown.shown.startswith("The reply has no JSON, only prose.")


def test_to_a_pipe_only_the_text_goes_to_stdout(openai_server: OpenAIServer, tmp_path: Path) -> None:
    got = piped(tmp_path, ASKED, variables=upstream(openai_server, "recite"))
    assert got.stdout.decode() == "It is sunny.\n"
    told = got.stderr.decode()
    assert told.startswith("".join(ASIDE))
    assert "\x1b" not in told


def test_thoughts_alone_are_no_text(openai_server: OpenAIServer, tmp_path: Path) -> None:
    got = piped(tmp_path, said(THOUGHTS), variables=upstream(openai_server, "recite"))
    assert (got.returncode, got.stdout) == (1, b"")
    assert got.stderr.decode().startswith(f"{ASIDE[0]}The model thought for 4 tokens but wrote no answer. ")


def test_ctrl_c_in_the_middle_of_a_thought(openai_server: OpenAIServer, tmp_path: Path) -> None:
    with terminal(
        tmp_path, "hello", **upstream(openai_server, "think=40,rate=20,stall_after=30,id=thinks")
    ) as shown:
        shown.wait_for(lambda text: "dolor" in text)
        shown.type(b"\x03")
        assert shown.status() == 130
    *thought, line, rest = DIMMED.sub(r"\1", shown.shown).split("\n")
    assert "".join(thought).startswith("Lorem ipsum dolor")
    assert "after Stop" in line
    assert rest == ""
