"""Every command in the documents is run as it stands there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from components.settings import Settings
from tests.app_process import ROOT, clean_environment, free_port, running
from tests.docs import DOCS, blocks

CONSOLE = ROOT / "components" / "terminal" / "README.md"
HTTP = ROOT / "components" / "http" / "README.md"
COMMANDS = [command.strip() for command in blocks("bash")]
TESTS = "bash tests/run.sh"
SERVED = "http://127.0.0.1:7860"
# Tokens, which the scripted provider says at its own pace.
FEW = "10"
# What each command is known by, and which tests run it.
RUN_BY = {
    "app.py": "here",
    "curl ": "here",
    "components.console": "here and in test_recipes.py",
    TESTS: ".ci/run",
    "tests/newest.sh": "test_pins.py",
    "uv pip compile": "test_pins.py",
    "tests.bench": "test_bench.py",
    "pytest": "test_recipes.py",
    "cp ": "test_recipes.py",
}


def test_nothing_in_them_goes_untested() -> None:
    texts = "\n".join(file.read_text("utf-8") for file in DOCS)
    languages = set(re.findall(r"^ *```(\w+)$", texts, re.MULTILINE))
    # servers/haproxy.py runs the third, test_proxied.py the fourth; test_recipes.py adds the next two,
    # and endpoints/test_front_ends.py runs the last
    assert languages == {"bash", "python", "haproxy", "nginx", "markdown", "toml", "js"}
    assert [command for command in COMMANDS if not any(word in command for word in RUN_BY)] == []
    assert [word for word in RUN_BY if not any(word in command for command in COMMANDS)] == []


def test_ci_runs_its_test_command_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    does = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert does == [TESTS]


@pytest.mark.parametrize("command", [command for command in COMMANDS if "app.py" in command])
def test_commands_that_start_the_app(command: str) -> None:
    """In a shell, with this environment's pip and python, as after activating it."""
    port = free_port()
    environment = clean_environment() | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GRADIO_SERVER_PORT": str(port),
    }
    process = subprocess.Popen(
        command, shell=True, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 150
        while not _served(port):
            assert process.poll() is None, command
            assert time.monotonic() < deadline, command
            time.sleep(0.1)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def test_scripts_and_commands_beside_the_app() -> None:
    curls = [command for command in COMMANDS if command.startswith("curl")]
    (script,) = blocks("python", HTTP)
    with running(PROVIDER="scripted", MAX_TOKENS=FEW) as app:
        script = script.replace(SERVED, app.url)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("\n") > 3
        said = [in_shell(command.replace(SERVED, app.url)) for command in curls]
    text, events, health = said
    assert text.startswith("**Streaming**")
    assert events.startswith("event: token\n")
    assert "\nevent: done\n" in events
    assert '"ready":true' in health


def test_the_console(tmp_path: Path) -> None:
    commands = [command.strip() for command in blocks("bash", CONSOLE) if "components.console" in command]
    assert len(commands) == 6
    for number, command in enumerate(commands):
        command = command.replace("run.jsonl", str(tmp_path / "run.jsonl"))
        # A whole object of the model inside, or there is nothing to read.
        most = "200" if "--json" in command else FEW
        quick = {} if not number or "--json" in command else {"PROVIDER": "scripted"}
        assert in_shell(f"set -o pipefail; {command}", MAX_TOKENS=most, TEMPERATURE="0", **quick)


def test_in_a_notebook() -> None:
    """Whose cells may await."""
    (cell,) = blocks("python", CONSOLE)
    run = (
        "import ast, asyncio, sys;"
        "cell = compile(sys.argv[1], 'cell', 'exec', ast.PyCF_ALLOW_TOP_LEVEL_AWAIT);"
        "asyncio.run(eval(cell))"
    )
    environment = clean_environment() | {"PROVIDER": "scripted", "MAX_TOKENS": FEW}
    done = subprocess.run(
        [sys.executable, "-c", run, cell],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("**Streaming**")
    assert 0 < float(done.stdout.splitlines()[-1]) < 60


def in_shell(command: str, **variables: str) -> str:
    """What it prints, in a shell with this environment's python."""
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment = clean_environment() | path | variables
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_variable_is_listed() -> None:
    names = [
        name.upper() for name in Settings.__slots__ if name != "variables"
    ]  # test_providers.py has those
    example = (ROOT / ".env.example").read_text("utf-8")
    texts = [file.read_text("utf-8") for file in DOCS]
    for name in names:
        assert any(f"`{name}`" in text for text in texts), name
        assert re.search(rf"^{name}=$", example, re.MULTILINE), name


@pytest.mark.parametrize("file", DOCS, ids=[str(file.relative_to(ROOT)) for file in DOCS])
def test_links_lead_somewhere(file: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]*)\)", file.read_text("utf-8")):
        if not re.match(r"https?://", link):
            path, _, heading = link.partition("#")
            there = (file.parent / path).resolve() if path else file
            assert there.exists(), link
            titles = re.findall(r"^#+ (.*)$", there.read_text("utf-8"), re.M) if heading else []
            assert not heading or heading in [title.lower().replace(" ", "-") for title in titles], link


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def _served(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
