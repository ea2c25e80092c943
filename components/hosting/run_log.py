"""One line of JSON for each run, on a logger of its own."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from components.streaming.redact import redact

RUNS = logging.getLogger("streaming_lab.runs")


def to_stdout() -> None:
    """Bare lines, apart from what else is logged; called once, as the server starts."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    RUNS.handlers = [handler]
    RUNS.setLevel(logging.INFO)
    RUNS.propagate = False


def write(line: dict[str, Any], secrets: tuple[str, ...]) -> None:
    """`line` with the time before it, and nothing in it that looks like a key."""
    if RUNS.isEnabledFor(logging.INFO):
        stamped = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **line}
        safe = {k: redact(v, secrets) if isinstance(v, str) else v for k, v in stamped.items()}
        RUNS.info("%s", json.dumps(safe, ensure_ascii=False))
