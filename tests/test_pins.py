"""What is installed: pinned for the tests, bounded for everyone else, and Gradio as Spaces has it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from huggingface_hub import SpaceCard
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.app_process import ROOT
from tests.docs import blocks
from tests.recipes import in_shell

CONSTRAINTS = ROOT / "tests" / "constraints.txt"


def requirements(*files: Path) -> list[Requirement]:
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_gradio_is_what_a_space_installs() -> None:
    pins = {one.name: str(one.specifier) for one in requirements(ROOT / "requirements.txt")}
    assert pins["gradio"] == f"=={SpaceCard.load(ROOT / 'README.md').data.to_dict()['sdk_version']}"


def test_the_constraints_hold_what_is_required(tmp_path: Path) -> None:
    """By the command of CONTRIBUTING.md, which changes nothing that is pinned."""
    for file in ("requirements.txt", "tests/requirements.txt", "tests/constraints.txt"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    (command,) = (one for one in blocks("bash") if one.startswith("uv pip compile"))
    in_shell(tmp_path, command)
    assert (tmp_path / "tests" / "constraints.txt").read_text("utf-8") == CONSTRAINTS.read_text("utf-8")


def test_every_requirement_has_an_upper_bound() -> None:
    pinned = {canonicalize_name(one.name): one for one in requirements(CONSTRAINTS)}
    for one in requirements(ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"):
        (pin,) = pinned[canonicalize_name(one.name)].specifier
        major = Version(pin.version).release[0]
        assert not one.specifier.contains(f"{major + 1}.0"), one


def test_the_newest_can_be_tried() -> None:
    """As CONTRIBUTING.md has it; with what is pinned for the newest, so that no release ends this."""
    (command,) = (one.strip() for one in blocks("bash") if "tests/newest.sh" in one)
    printed = in_shell(ROOT, f"UV_CONSTRAINT=tests/constraints.txt {command} -q tests/test_settings.py")
    assert re.search(r"^Other than in tests/constraints.txt:\nnothing\n", printed)
    assert " passed" in printed
