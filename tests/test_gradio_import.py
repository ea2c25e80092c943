"""Gradio without its stubs, and what a start does to Python's collector."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.app_process import ROOT, clean_environment

pytestmark = pytest.mark.slow

CODE = """
import ast, gc, inspect, threading

parse, parsed = ast.parse, []
ast.parse = lambda code, *given, **named: (parsed.append(str(code)), parse(code, *given, **named))[1]
from components.gradio_internals.quick_import import import_gradio
import_gradio()
import gradio as gr
print(sum("class Textbox" in code for code in parsed), hasattr(gr.Textbox, "submit"))
print(hasattr(gr.Blocks, "load"), inspect.getfile(gr.Textbox).endswith("textbox.py"))

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


def test_no_stubs_are_written_nothing_is_missing_and_the_collector_works_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, env=clean_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", *["True"] * 5]
