"""Gradio, imported in half the time that it takes by itself.

To be called before anything else imports it.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from typing import Any
from unittest.mock import patch

# What makes Gradio's components and pages, by the names of their classes' classes.
MAKERS = ("ComponentMeta", "BlocksMeta")


def import_gradio() -> None:
    """Without the stubs for editors that it would write: it parses its own source for them every time.

    It leaves out those of a class that has no file.
    """
    real = inspect.getfile

    def getfile(thing: Any) -> str:
        if type(thing).__name__ in MAKERS or getattr(thing, "__name__", "") == "BlocksEvents":
            raise OSError("no stub is wanted")
        return real(thing)

    with patch.object(inspect, "getfile", getfile):
        importlib.import_module("gradio")
    without_matplotlib()


def without_matplotlib() -> None:
    """Let Gradio's question for it cost nothing: it asks twice with every frame, and where there is none
    Python looks through all folders each time, 80 us.
    """
    if importlib.util.find_spec("matplotlib") is None:
        sys.modules["matplotlib"] = None  # type: ignore[assignment]  # as `import` documents it: not found
