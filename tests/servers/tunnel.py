"""A stand-in for the program that makes Gradio's share links: it says the link's address, and makes none."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradio.tunneling import BINARY_FILENAME

LINK = "https://0123456789abcdef01.gradio.live"


@contextmanager
def tunnel() -> Iterator[dict[str, str]]:
    """The variables with which an app has this link: Gradio runs what it finds in this folder."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "gradio", "frpc", BINARY_FILENAME)
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho 'start proxy success: {LINK}'\n")
        program.chmod(0o700)
        yield {"GRADIO_SHARE": "1", "HF_HOME": folder, "GRADIO_SHARE_SERVER_ADDRESS": "127.0.0.1:1"}
