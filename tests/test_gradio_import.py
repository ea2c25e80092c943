"""Gradio without its stubs, and what a start does to Python's collector."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.app_process import ROOT, clean_environment

pytestmark = pytest.mark.slow

STUBS = """
import ast
from components.gradio_internals.quick_import import import_gradio

parse, parsed = ast.parse, []
ast.parse = lambda code, *given, **named: (parsed.append(str(code)), parse(code, *given, **named))[1]
import_gradio()
import gradio as gr, inspect
print(sum("class Textbox" in code for code in parsed), hasattr(gr.Textbox, "submit"))
print(hasattr(gr.Blocks, "load"), inspect.getfile(gr.Textbox).endswith("textbox.py"))
"""

COLLECTOR = """
import gc, threading
import app
from components.providers import registry
from components.settings import Settings

gc.disable()
app.warm_up(registry(Settings.load(None))["scripted"])
for thread in threading.enumerate():
    if thread.name == "warm up":
        thread.join()
print(gc.isenabled(), gc.get_freeze_count() > 10_000)
"""


def python(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_no_stubs_are_written_and_nothing_is_missing() -> None:
    assert python(STUBS) == ["0", "True", "True", "True"]


def test_the_collector_works_again_once_all_is_imported() -> None:
    assert python(COLLECTOR) == ["True", "True"]
