"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of this repository."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent, indent

from tests.app_process import ROOT, clean_environment

CONTRIBUTING = ROOT / ".github" / "CONTRIBUTING.md"
STEP = re.compile(
    r"(?:Write `(?P<write>[^`]+)`"
    r"|Replace in `(?P<replace>[^`]+)` `(?P<old>[^\n]+)`"
    r"|Add to `(?P<add>[^`]+)`, (?P<where>above|below) `(?P<anchor>[^\n]+)`):\n\n"
    r"(?P<code> *```(?:python|markdown|toml)\n.*?\n) *```$"
    r"| *```bash\n(?P<command>.*?)\n *```$",
    re.MULTILINE | re.DOTALL,
)
COPIED = ("app.py", "components", "tests", "README.md", ".env.example", ".github", ".ci", "LICENSE")


class Recipe:
    """One section: its steps, and the commands between them."""

    def __init__(self, title: str) -> None:
        text = CONTRIBUTING.read_text("utf-8")
        (self.text,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)

    def follow(self, copy: Path, *, translate: bool = False) -> list[str]:
        """What its commands print. `translate`: between its first command and the next step."""
        printed = []
        for step in STEP.finditer(self.text):
            if step["command"]:
                printed.append(in_shell(copy, step["command"].strip()))
                if translate and len(printed) == 1:
                    _translate(copy / step["command"].split()[-1])
            else:
                _edit(copy, step)
        return printed


def copy_of_repository(into: Path) -> Path:
    for name in (*COPIED, "pyproject.toml", "requirements.txt"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, into / name)  # with what is compiled, which goes by the files' times
        else:
            shutil.copy(source, into / name)
    return into


def in_shell(folder: Path, command: str) -> str:
    """What it prints, in a shell with this environment's python."""
    path = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=clean_environment() | path, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _edit(copy: Path, step: re.Match[str]) -> None:
    file = copy / (step["write"] or step["replace"] or step["add"])
    code = dedent("\n".join(dedent(step["code"]).splitlines()[1:])).strip("\n")
    if step["write"]:
        assert not file.exists(), file
        file.write_text(f"{code}\n", "utf-8")
        return
    lines = file.read_text("utf-8").splitlines()
    known = step["old"] or step["anchor"]
    (at,) = (number for number, line in enumerate(lines) if line.strip() == known)
    margin = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    begin, end = {"above": (at, at), "below": (at + 1, at + 1)}.get(step["where"], (at, at + 1))
    lines[begin:end] = indent(code, margin).splitlines()
    file.write_text("\n".join([*lines, ""]), "utf-8")


def _translate(file: Path) -> None:
    """Every value, as a translator would: with keys and names in braces left alone."""
    words = re.sub(r'^(\w+ = ")(?=.*[a-z])', r"\1é ", file.read_text("utf-8"), flags=re.MULTILINE)
    file.write_text(words, "utf-8")
