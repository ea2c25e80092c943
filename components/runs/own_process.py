"""A question for one of our modules, answered in a process of its own, which ends with the question."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from components.children import ROOT, environment


async def ask(module: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object that `python -m module` prints, given `asked` on stdin; cancelling kills the process.

    Raises:
        RuntimeError: it ended with another status than 0.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        cwd=ROOT,
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        answer, _ = await process.communicate(json.dumps(asked).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"{module} ended with {process.returncode}")
    said: dict[str, Any] = json.loads(answer)
    return said
