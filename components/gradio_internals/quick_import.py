"""Gradio imported without the stubs that it writes for editors.

With every import Gradio parses its own source to see whether they are still right: 1.2 s of the 3 s of
processor time until there is a page. Without this a start takes as much longer, and nothing else. It
leaves out those of a class that has no file.
"""

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


def import_gradio() -> None:
    """To be called before anything else imports it."""
    with without_stubs("gradio."):
        importlib.import_module("gradio")


@contextmanager
def without_stubs(package: str) -> Iterator[None]:
    """Of components that are made in it: it would also write them beside our own."""
    real = inspect.getfile

    def getfile(thing: Any) -> str:
        if str(getattr(thing, "__module__", "")).startswith(package):
            raise OSError("no stub is wanted")
        return real(thing)

    with patch.object(inspect, "getfile", getfile):
        yield
