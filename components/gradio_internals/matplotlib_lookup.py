"""Gradio's look for matplotlib, twice for every value of a generator, answered at once where there is none.

It sets a backend for as long as a function runs. Python looks for a package that is missing in every folder
of its path, each time anew: a tenth of the server's CPU with fifty readers. Without this nothing but that is
lost.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec


def answer_if_missing() -> None:
    """What `sys.modules` has as None is not looked for: the import fails as it would have."""
    if find_spec("matplotlib") is None:
        sys.modules["matplotlib"] = None  # type: ignore[assignment]
