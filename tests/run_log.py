"""The lines that an app's runs have written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.app_process import App

Line = dict[str, Any]


def lines(app: App) -> list[Line]:
    return [json.loads(line) for line in app.log().splitlines() if line.startswith('{"time"')]


def wait_for(app: App, wanted: Callable[[Line], bool], *, seconds: float = 60) -> Line:
    """The newest line that is wanted; a run writes its line when its last frame has gone."""
    deadline = time.monotonic() + seconds
    while not (found := [line for line in lines(app) if wanted(line)]):
        assert time.monotonic() < deadline, lines(app)[-5:]
        time.sleep(0.02)
    return found[-1]
