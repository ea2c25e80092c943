"""One run of the names example: each thing that its chain yields is a line of the reply, as JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any, Literal

from components.chains.schemas import COUNTRIES
from components.runs.ask import Ask, start
from components.runs.lab import Lab
from components.streaming import READERS, Connection, Frame, Stop, Trace

Which = Literal["waiting", "streaming"]


def frames(lab: Lab, which: Which, ask: Ask, stop: Stop, trace: Trace | None = None) -> AsyncGenerator[Frame]:
    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains import names_streaming, names_waiting

        build = {"waiting": names_waiting.build, "streaming": names_streaming.build}[which]
        return build(connection.held_to(COUNTRIES) or connection.model), {"prompt": ask.message}

    reader = replace(READERS[ask.method], text=_as_json, kind="line")
    return start(lab, ask, "names", prepare, stop, reader=reader, trace=trace)


def _as_json(item: Any) -> str:
    return json.dumps(item, ensure_ascii=False)
