"""An older Python is told that it is too old, in one sentence."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.app_process import ROOT

# The sentence, whatever the rest of that Python would be like.
PRETENDS = """
import runpy, sys
sys.version_info = (3, 8, 20, "final", 0)
runpy.run_path("app.py", run_name="__main__")
"""


@pytest.mark.parametrize("file", ["app.py", "components/__init__.py"])
def test_it_can_be_read_so_far(file: str) -> None:
    ast.parse((ROOT / file).read_text("utf-8"), feature_version=(3, 7))


def test_it_is_told() -> None:
    done = subprocess.run([sys.executable, "-c", PRETENDS], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "Streaming Lab needs Python 3.11 or newer; this is 3.8.\n"
