"""What a model thinks and which tools it calls, in a terminal: dimmed on stderr, beside the text."""

from __future__ import annotations

import re
from pathlib import Path

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


def test_a_terminal_that_only_prints(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """As in an editor's shell."""
    given = upstream(openai_server, "recite") | {"TERM": "dumb"}
    with terminal(tmp_path, ASKED, **given) as shown:
        assert shown.status() == 0
    assert "\x1b" not in shown.shown
    assert "calls weather" in shown.shown


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
