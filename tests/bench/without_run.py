"""Our app with nothing sent for *This run*: what it costs is the difference."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

import gradio as gr  # noqa: E402

from components.tabs.run_view import RunView  # noqa: E402
from components.tabs.view import View  # noqa: E402


def nothing(self: View, frame: Any) -> Iterator[Any]:
    yield gr.skip()


RunView.messages = nothing  # type: ignore[method-assign]
runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
