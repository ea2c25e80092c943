"""Every command in the README is run as it stands there."""

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

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [code.strip() for language, code in BLOCKS if language == "bash"]
PYTHON = [code for language, code in BLOCKS if language == "python"]
TESTS = "bash tests/run.sh"


def test_nothing_in_it_goes_untested() -> None:
    assert {language for language, _ in BLOCKS} == {"bash", "python"}
    assert TESTS in COMMANDS


def test_ci_runs_its_test_command_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    does = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert does == [TESTS]


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != TESTS])
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
        process.wait(30)


def test_scripts() -> None:
    (script,) = PYTHON
    with running(PROVIDER="scripted") as app:
        script = script.replace("http://127.0.0.1:7860", app.url)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") > 3


def test_every_variable_is_listed() -> None:
    names = [name.upper() for name in Settings.__slots__]
    example = (ROOT / ".env.example").read_text()
    for name in names:
        assert f"`{name}`" in README, name
        assert re.search(rf"^{name}=$", example, re.MULTILINE), name


def test_spaces_reads_its_head() -> None:
    head = README.split("---\n")[1]
    assert "sdk: gradio\n" in head
    assert "app_file: app.py\n" in head
    version = re.search(r"sdk_version: (\S+)", head)
    assert version
    assert f"gradio~={version[1].rsplit('.', 1)[0]}" in (ROOT / "requirements.txt").read_text()


def test_the_picture_is_there() -> None:
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (ROOT / picture).is_file(), picture


def _served(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
