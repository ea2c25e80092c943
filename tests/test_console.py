"""The console in a real pseudo-terminal and with pipes."""

from __future__ import annotations

import asyncio
import fcntl
import io
import json
import os
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from components.console import answer
from components.lessons.registry import lessons
from components.locale import Words
from components.terminal.screen import plain
from components.terminal.views import Answer
from tests.code_runs import printed
from tests.json_cases import TOLD
from tests.runs import owners
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_connection import Entry
from tests.servers.openai_plan import ENDLESS, parse, pieces
from tests.terminal import COMMAND, environment, piped, terminal

KEY = "sk-good-CONSOLES-KEY-0123456789"
ENGLISH = Words("en")


def test_another_provider(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """Whose address and key stand in variables of its own."""
    model = "chunks=5,id=console-azure"
    done = piped(tmp_path, "hello", variables=owners("azure", openai_server.address, model))
    assert (done.returncode, done.stdout.decode()) == (0, f"{text_of(model)}\n")
    assert "finish: stop" in done.stderr.decode()
    (entry,) = openai_server.requests(model)
    assert entry.finished is not None


def upstream(server: OpenAIServer, model: str) -> dict[str, str]:
    address = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}
    return {"PROVIDER": "openai", "MODEL": model, **address}


def text_of(model: str) -> str:
    plan = parse(model)
    return "".join(pieces(plan.text, plan.chunks))


def closed(server: OpenAIServer, model: str) -> Entry:
    return server.wait_for(lambda entry: entry.closed is not None, model)


def test_text_comes_as_the_model_writes(openai_server: OpenAIServer, tmp_path: Path) -> None:
    model = "chunks=60,rate=60,hold_after=10,id=in-a-terminal"
    with terminal(tmp_path, "再生可能エネルギー", **upstream(openai_server, model)) as shown:
        shown.wait_for(lambda text: text_of("chunks=10") in text)
        openai_server.release("in-a-terminal")
        assert shown.status() == 0
    (entry,) = openai_server.requests(model)
    assert entry.finished is not None
    assert entry.body["messages"][-1]["content"] == "再生可能エネルギー"
    text, line, rest = shown.shown.split("\n")
    assert text == text_of(model)
    assert line.startswith("stream · first token ")
    assert line.endswith("· finish: stop · streamed")
    assert rest == ""


@pytest.mark.parametrize("model", [f"{ENDLESS},id=ctrl-c", "stall_first,id=ctrl-c"])
def test_ctrl_c(openai_server: OpenAIServer, tmp_path: Path, model: str) -> None:
    with terminal(tmp_path, "hello", **upstream(openai_server, model)) as shown:
        if "stall_first" in model:
            openai_server.wait_for(lambda entry: True, model)
        else:
            shown.wait_for(lambda text: "Lorem" in text)
        shown.type(b"\x03")
        assert shown.status() == 130
    assert closed(openai_server, model).finished is None
    assert "the model's connection was closed" in shown.shown
    assert "Traceback" not in shown.shown


def test_nothing_to_ask_in_a_terminal(tmp_path: Path) -> None:
    with terminal(tmp_path) as shown:
        assert shown.status() == 2
    assert "there is nothing to ask" in shown.shown


def test_a_model_cannot_command_the_terminal() -> None:
    assert plain("a\x1b[2Jb\x9bc\rd\x07\te\nf\x7f\ud800") == "a[2Jbcd\te\nf\ufffd"


@pytest.mark.parametrize(
    ("method", "message"), [("astream", []), ("astream_events", ["-"]), ("invoke", ["hello"])]
)
def test_pipes(openai_server: OpenAIServer, tmp_path: Path, method: str, message: list[str]) -> None:
    """The text alone goes to stdout; the message comes from the arguments, from `-` or from a pipe."""
    model = f"chunks=30,id=piped-{method}"
    asked = [*message, "--method", method, "--model", model]
    given = upstream(openai_server, "404")
    done = piped(tmp_path, *asked, variables=given, stdin="こんにちは".encode())
    assert (done.returncode, done.stdout.decode()) == (0, text_of(model) + "\n")
    line = done.stderr.decode()
    assert line.startswith(f"{method} · ")
    assert line.count("\n") == 1
    (entry,) = openai_server.requests(model)
    assert entry.body["messages"][-1]["content"] == ("hello" if "hello" in message else "こんにちは")


def test_a_byte_of_another_encoding(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """On the command line and in a pipe."""
    given = upstream(openai_server, "echo")
    for arguments, stdin in (["caf\udce9"], b""), (["-"], b"caf\xe9"):
        done = piped(tmp_path, *arguments, variables=given, stdin=stdin)
        assert done.returncode == 0
        assert json.loads(done.stdout)[-1]["content"] == "caf\ufffd"


def test_pipes_that_would_not_wait(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """As other programs leave them: one is empty for a moment, and one is full."""
    (theirs, question), (answer, out) = os.pipe(), os.pipe()
    for end in (theirs, out):
        os.set_blocking(end, False)
    fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, 4096)
    given = environment(tmp_path, MAX_TOKENS="10000", **upstream(openai_server, "echo"))
    running = subprocess.Popen([*COMMAND, "-"], cwd=tmp_path, env=given, stdin=theirs, stdout=out)
    os.close(out)
    with open(answer, "rb") as shown, open(question, "wb", 0) as asks:
        asks.write(b"begins ")
        while running.poll() is None and unread(theirs):
            time.sleep(0.02)
        os.close(theirs)
        asks.write(b"x" * 8_000)
        asks.close()
        came, looks = 0, 0  # until no more does: a piece that has no room waits as a whole
        while running.poll() is None and looks < 50:
            looks = looks + 1 if came and unread(answer) == came else 0
            came = unread(answer)
            time.sleep(0.02)
        assert json.loads(shown.read())[-1]["content"] == "begins " + "x" * 8_000
    assert running.wait(60) == 0


def unread(pipe: int) -> int:
    """Bytes."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8"])
def test_a_byte_order_mark_tells_the_encoding(
    openai_server: OpenAIServer, tmp_path: Path, encoding: str
) -> None:
    text = "\ufeff" * (encoding != "utf-16") + "日本 é\r\nb"
    done = piped(tmp_path, variables=upstream(openai_server, "echo"), stdin=text.encode(encoding))
    assert json.loads(done.stdout)[-1]["content"] == "日本 é\nb"


def test_one_view_at_a_time(tmp_path: Path) -> None:
    done = piped(tmp_path, "hello", "--json", "--events", variables={"PROVIDER": "scripted"})
    assert (done.returncode, done.stdout) == (2, b"")
    assert "--events: not allowed with argument --json" in done.stderr.decode()


@pytest.mark.parametrize("plan", [ENDLESS, "stall_after=10"])
def test_a_pipe_that_is_closed(openai_server: OpenAIServer, tmp_path: Path, plan: str) -> None:
    """Even one that nothing more is written to."""
    model = f"{plan},id=head"
    script = f'"{COMMAND[0]}" -m components.console hello | head -c 5; echo " ${{PIPESTATUS[0]}}"'
    given = environment(tmp_path, **upstream(openai_server, model))
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=given, capture_output=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == (b"Lorem 0\n", b"")
    assert closed(openai_server, model).finished is None


def test_a_missing_key_is_one_sentence(tmp_path: Path) -> None:
    done = piped(tmp_path, "hello", "--provider", "openai")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == "openai needs OPENAI_API_KEY, in the environment or in .env.\n"


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (
            ["--provider", "gpt"],
            {},
            "PROVIDER is 'gpt'; it can be local, openai, anthropic, gemini, azure, vertexai, scripted.\n",
        ),
        (
            ["--provider", "openai"],
            {"OPENAI_BASE_URL": "ftp://nowhere"},
            "OPENAI_BASE_URL is not valid: correct it in the environment or in .env.\n",
        ),
    ],
)
def test_a_setting_that_cannot_be_used(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], said: str
) -> None:
    done = piped(tmp_path, "hello", *arguments, variables=variables)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", said)


def test_a_refused_key(openai_server: OpenAIServer, tmp_path: Path) -> None:
    done = piped(tmp_path, "hello", variables=upstream(openai_server, "401") | {"LC_ALL": "ja_JP.UTF-8"})
    assert (done.returncode, done.stdout) == (1, b"")
    said = done.stderr.decode()
    assert said.startswith("openai がキーまたは認証情報を受け付けませんでした（401）。相手からの説明：")
    assert " 起動した場所の環境変数" in said
    assert KEY not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("asked", ["hello", "--list", "--code curl hello"])
def test_a_full_disk(asked: str, tmp_path: Path) -> None:
    done = redirected(">/dev/full", tmp_path, *asked.split())
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().splitlines()[-1] == "[Errno 28] No space left on device"
    assert b"Traceback" not in done.stderr


def redirected(how: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """As a shell does it."""
    return subprocess.run(
        ["bash", "-c", f'"$@" {how}', "bash", *COMMAND, *arguments],
        cwd=folder,
        env=environment(folder, PROVIDER="scripted"),
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_code_whose_reader_has_gone(tmp_path: Path) -> None:
    done = redirected("| true; exit ${PIPESTATUS[0]}", tmp_path, "--code", "curl", "hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("shut", ["<&-", ">&-", "2>&-", "2>/dev/full"])
def test_a_stream_that_is_closed_from_the_start(shut: str, tmp_path: Path) -> None:
    done = redirected(shut, tmp_path, "hello")
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert (b"Streaming" in done.stdout) == (shut != ">&-")


RECORDED = {
    "think=5,chunks=20,rate=200": ["--method", "stream"],
    "chunks=20,rate=150": ["--method", "astream_events"],
    "401": [],
}


@pytest.mark.parametrize("model", RECORDED)
def test_a_recorded_run_plays_again(openai_server: OpenAIServer, tmp_path: Path, model: str) -> None:
    """The same text, the same last line and the same exit status, and not one key in the file."""
    path = tmp_path / "run.jsonl"
    options = [*RECORDED[model], "--record", str(path)]
    given = upstream(openai_server, model) | {"OPENAI_BASE_URL": f"{openai_server.base_url}?sig={KEY[::-1]}"}
    ran = piped(tmp_path, "hello", *options, variables=given)
    again = piped(tmp_path, "--replay", str(path))

    assert (again.returncode, again.stdout) == (ran.returncode, ran.stdout)
    assert again.stderr.splitlines()[-1] == ran.stderr.splitlines()[-1]
    written = path.read_text("utf-8")
    assert json.loads(written.splitlines()[0])["version"] == 2
    lanes = {json.loads(line).get("lane") for line in written.splitlines()[1:-1]}
    assert lanes >= ({"wire", "chunk", "frame"} if ran.stdout else {"wire"})
    assert ("event" in lanes) == ("astream_events" in options)
    assert KEY not in written
    assert KEY[::-1] not in written


def test_what_cannot_be_recorded_or_played(tmp_path: Path) -> None:
    """A run goes on without its file, and says so; a file that is none is one sentence."""
    quick = {"PROVIDER": "scripted"}
    ran = piped(tmp_path, "hello", "--record", "/dev/full", variables=quick)
    assert (ran.returncode, ran.stderr.decode().splitlines()[-1]) == (0, ENGLISH("unrecorded_disk_full"))
    word = '{"model": "m", "choices": [{"delta": {"content": "Once"}, "finish_reason": null}]}'
    (tmp_path / "stream.txt").write_text(f"data: {word}\n\n")
    played = piped(tmp_path, "--replay", "stream.txt")
    assert (played.returncode, played.stdout) == (1, b"Once\n"), "cut off"
    played = piped(tmp_path, "--replay", "-", stdin=f"data: {word}\n\n".encode())
    assert (played.returncode, played.stdout) == (1, b"Once\n")
    (tmp_path / "none.jsonl").write_text("hello")
    played = piped(tmp_path, "--replay", "none.jsonl")
    assert (played.returncode, played.stderr.decode()) == (2, ENGLISH("run_file_foreign") + "\n")


def test_json(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """One document once it is whole."""
    model = "chunks=40,text=json,id=piped-json"
    done = piped(tmp_path, "countries", "--json", variables=upstream(openai_server, model))
    assert done.returncode == 0
    assert done.stdout.count(b"\n") == 1
    assert json.loads(done.stdout) == json.loads(text_of(model))
    verdict, line = done.stderr.decode().splitlines()
    assert verdict == "Valid JSON."
    assert line.startswith("stream · ")


def test_json_with_a_wrong_escape(openai_server: OpenAIServer, tmp_path: Path) -> None:
    told = TOLD[1]
    pieces = json.dumps([told.reply])
    done = piped(tmp_path, pieces, "--json", variables=upstream(openai_server, "recite,id=told"))
    assert done.returncode == 0
    assert json.loads(done.stdout) == told.value
    assert all(sentence in done.stderr.decode() for sentence in (told.verdict, *told.said))


def test_json_grows_in_a_terminal(openai_server: OpenAIServer, tmp_path: Path) -> None:
    model = "chunks=80,rate=60,text=json,hold_after=20,id=json-in-a-terminal"
    with terminal(tmp_path, "countries", "--json", **upstream(openai_server, model)) as shown:
        shown.wait_for(lambda text: '"Country 1"' in text)
        openai_server.release("json-in-a-terminal")
        assert shown.status() == 0
    (entry,) = openai_server.requests(model)
    assert entry.finished is not None
    last = shown.shown[shown.shown.rindex('{\n  "countries"') :]
    value, end = json.JSONDecoder().raw_decode(last)
    assert value == json.loads(text_of(model))
    assert last[end:].splitlines()[1] == "Valid JSON."


def test_the_model_inside(tmp_path: Path) -> None:
    """Loading it is said on stderr, and its process ends with the console."""
    done = piped(tmp_path, "Hello", variables={"MAX_TOKENS": "8"})
    assert done.returncode == 0
    assert done.stdout.strip()
    loading, *_, line = done.stderr.decode().splitlines()
    assert loading == "Loading the model" or loading.startswith("Downloading the model's weights")
    assert "finish: " in line


def test_events(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """Rows in a terminal, as they come; what the chain asks is asked there."""
    model = "chunks=40,rate=40,hold_after=20,id=events-in-a-terminal"
    asked = ("hello", "--events", "--chain", "approval")
    with terminal(tmp_path, *asked, **upstream(openai_server, model)) as shown:
        shown.wait_for(lambda text: "on_chat_model_stream" in text)
        openai_server.release("events-in-a-terminal", 2)
        shown.wait_for(lambda text: text.endswith("[y/N]\n"))
        shown.type(b"y\n")
        assert shown.status() == 0
    outline, written = openai_server.requests(model)
    assert outline.finished is not None
    assert written.finished is not None
    assert shown.shown.splitlines()[-1].startswith("astream_events · ")


def test_lessons(openai_server: OpenAIServer, tmp_path: Path) -> None:
    model = "chunks=30,rate=60,hold_after=10,id=lesson-in-a-terminal"
    with terminal(tmp_path, "--lesson", "stream", **upstream(openai_server, model)) as shown:
        shown.wait_for(lambda text: "'Lorem'" in text)
        openai_server.release("lesson-in-a-terminal")
        assert shown.status() == 0
    (entry,) = openai_server.requests(model)
    assert entry.finished is not None
    assert entry.body["messages"][-1]["content"] == "What is baseball?"
    *lines, line = shown.shown.splitlines()
    assert all(" ms  " in one for one in lines)
    assert "lines · done in " in line

    done = piped(tmp_path, "--lesson", "99")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"There is no lesson '99'; --list names them.\n"
    for refused in (
        ["--lesson", "1", "--json"],
        ["hello", "--events", "--method", "stream"],
        ["hello", "--chain", "agent"],
    ):
        assert piped(tmp_path, *refused).returncode == 2


def test_the_list(tmp_path: Path) -> None:
    done = piped(tmp_path, "--list")
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert [int(line.split()[0]) for line in lines] == list(range(1, len(lessons()) + 1))
    script = f'"{COMMAND[0]}" -m components.console --list | head -n 1'
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment(tmp_path), capture_output=True, check=False
    )
    assert (done.stdout.decode(), done.stderr) == (lines[0] + "\n", b"")
    for encoding in ("utf-8", "ascii"):
        variables = {"LC_ALL": "ja_JP.UTF-8", "PYTHONIOENCODING": encoding}
        done = piped(tmp_path, "--list", variables=variables)
        title = lessons()["stream"].told("ja")[0].encode(encoding, "replace")
        assert (done.returncode, title in done.stdout.splitlines()[0]) == (0, True)


@pytest.fixture
def here(openai_server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process's folder and environment are those of a notebook."""
    monkeypatch.chdir(tmp_path)
    for name, value in upstream(openai_server, "chunks=20").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LC_ALL", "C")


async def answered(model: str, *, method: str = "", view: str = "text") -> tuple[Answer, str, str]:
    """With what it wrote to `out` and `err`, which are no terminals."""
    out, err = io.StringIO(), io.StringIO()
    reply = await answer("hello", model=model, method=method, view=view, out=out, err=err)
    return reply, out.getvalue(), err.getvalue()


@pytest.mark.usefixtures("here")
async def test_a_coroutine_for_notebooks() -> None:
    reply, out, err = await answered("", method="astream")
    assert reply.text == text_of("chunks=20")
    assert reply.whole
    assert reply.report.method == "astream"
    assert out == reply.text + "\n"
    assert err.startswith("astream · ")


@pytest.mark.usefixtures("here")
async def test_what_had_arrived_is_kept() -> None:
    reply, out, err = await answered("chunks=20,rate=50,drop_after=5")
    assert not reply.whole
    assert out == text_of("chunks=5") + "\n"
    assert err.startswith("Lost the connection to openai. ")


@pytest.mark.usefixtures("here")
async def test_no_json_is_no_output() -> None:
    reply, out, err = await answered("chunks=20,text=lorem", view="json")
    assert (reply.whole, out) == (False, "")
    assert err.startswith("The reply has no JSON, only prose.\n")


@pytest.mark.usefixtures("here")
async def test_events_to_a_pipe() -> None:
    """Whole, a line of JSON for each."""
    reply, out, err = await answered("chunks=5", view="events")
    assert reply.whole
    records = [json.loads(line) for line in out.splitlines()]
    assert [record["at"] for record in records] == sorted(record["at"] for record in records)
    events = [record for record in records if record["lane"] == "event"]
    streamed = [event["data"]["chunk"] for event in events if event["event"] == "on_parser_stream"]
    assert "".join(streamed) == text_of("chunks=5")
    assert KEY not in out + err


@pytest.mark.parametrize("kind", ["curl", "js"])
def test_the_call_as_code(openai_server: OpenAIServer, tmp_path: Path, kind: str) -> None:
    """Nothing is asked, and no key is needed; what is printed asks the same."""
    model = f"chunks=5,id=code-{kind}"
    variables = upstream(openai_server, model)
    without = {name: value for name, value in variables.items() if name != "OPENAI_API_KEY"}
    done = piped(tmp_path, "It's $HOME", "--json", "--code", kind, variables=without)
    assert done.returncode == 0, done.stderr.decode()
    assert openai_server.requests(model) == []
    asyncio.run(printed(kind, done.stdout.decode(), variables))
    (entry,) = openai_server.requests(model)
    assert entry.body["response_format"]["type"] == "json_schema"
    assert entry.body["messages"][-1]["content"].endswith("It's $HOME")


def test_the_code_of_a_call_that_loads_a_model(tmp_path: Path) -> None:
    done = piped(tmp_path, "hello", "--code", "langchain")
    assert (done.returncode, b"LLAMA_API_KEY" in done.stdout) == (0, True), "nothing was loaded"


def test_the_code_of_a_call_to_azure_needs_no_key(tmp_path: Path) -> None:
    place = {"PROVIDER": "azure", "AZURE_OPENAI_ENDPOINT": "https://example.openai.azure.com"}
    done = piped(tmp_path, "hello", "--code", "curl", variables=place)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b'"$AZURE_OPENAI_ENDPOINT"' in done.stdout
