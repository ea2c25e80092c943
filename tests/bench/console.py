"""Enter to the first text in a terminal, behind a model that is warm: what is imported before it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.place import Place, asking
from tests.bench.report import Row, Size
from tests.servers.openai_plan import AS_TOLD
from tests.terminal import COMMAND, environment

# Seconds to the first text.
FIRST = 1.5
MESSAGE = "chunks=20"
# The loop everyone writes first, as a program.
PROGRAM = """
import sys
from tests.bench import bare
for chunk in bare.chain(*sys.argv[1:3]).stream({"message": sys.argv[3]}):
    print(chunk, end="", flush=True)
"""


def measure(size: Size, place: Place) -> Iterator[Row]:
    ours, loops = [], []
    with place.upstream() as server:
        console = [*COMMAND, MESSAGE]
        program = [sys.executable, "-c", PROGRAM, server.base_url, AS_TOLD, MESSAGE]
        if not size.quick:  # the first of each compiles what is imported
            _first_text(console, **asking(server.base_url))
            _first_text(program)
        for _ in range(size.times(5)):
            ours.append(_first_text(console, **asking(server.base_url)))
            loops.append(_first_text(program))
    case = f"{MESSAGE}, in a terminal"
    yield Row("console", case, "first text", "s", ours, bare=loops, limit=FIRST, short=True)


def _first_text(command: Sequence[str], **variables: str) -> float:
    """Seconds from the start of a program until it has written something."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with subprocess.Popen(
            command,
            cwd=folder,
            env=environment(Path(folder), **variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            first = process.stdout.read(1)
            seconds = time.perf_counter() - began
            _, said = process.communicate()
    if process.returncode or not first:
        raise RuntimeError(f"it ended with {process.returncode}:\n{said.decode()}")
    return seconds
