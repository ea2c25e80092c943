"""What the Vertex stand-in does with a request: the plan its model name spells out.

`gemini-anything` answers with 10 chunks; `chunks=300,rate=100,first=0.2` is paced; `hold_after=3` waits
there for the test's `release`; `status=429,retry=7`, `drop_after=3`, `stall_after=0`, `malformed_after=2`,
`block=prompt` go wrong on purpose.
`told=thoughts` sends what `vertex_told` has by that name.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from tests.servers.vertex_told import TOLD


@dataclass(frozen=True, slots=True)
class Plan:
    """`*_after` are chunks sent before it happens, -1 for never; times are seconds."""

    chunks: int = 10
    rate: float = 0  # chunks a second, 0 for all at once
    first: float = 0
    finish: str = "STOP"  # "" for none
    status: int = 0  # HTTP's number
    retry: float = 0  # seconds, as RetryInfo and Retry-After
    fail_after: int = 0  # when `status` is sent
    hold_after: int = -1  # there, until the test lets one go on
    stall_after: int = -1
    drop_after: int = -1  # RST
    malformed_after: int = -1
    refuse: str = ""  # a field of the generation config's, with 400
    block: str = ""  # "prompt" for a reply of nothing but prompt feedback
    told: str = ""  # a name in TOLD

    def delay(self, chunk: int) -> float:
        """Seconds to wait before chunk number `chunk`, from 0."""
        if chunk == 0:
            return self.first
        return 1 / self.rate if self.rate else 0

    def happens(self, chunk: int) -> str:
        """What goes wrong instead of chunk number `chunk`; "" when nothing does."""
        if self.told and "error" in TOLD[self.told][chunk]:
            return "error"
        if self.status and chunk == self.fail_after:
            return "status"
        return next(
            (name for name in ("stall", "drop", "malformed") if getattr(self, f"{name}_after") == chunk), ""
        )


_TYPES = {field.name: {"int": int, "float": float, "str": str}[str(field.type)] for field in fields(Plan)}


def parse(resource: str) -> Plan:
    """Read "projects/.../models/NAME"; a part of the name that isn't one of the plan's raises KeyError."""
    given: dict[str, Any] = {}
    for part in resource.rpartition("/")[2].split(","):
        name, equals, value = part.partition("=")
        if equals:
            given[name] = _TYPES[name](value)
    if "told" in given:
        given["chunks"] = len(TOLD[given["told"]])
    return Plan(**given)


def response(plan: Plan, chunk: int) -> dict[str, Any]:
    """The JSON form of the message that is chunk number `chunk`; its usage counts up to itself."""
    if plan.told:
        return TOLD[plan.told][chunk]
    if plan.block:
        return {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 4}}
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": word(chunk)}]}}
    usage = {"promptTokenCount": 4, "candidatesTokenCount": chunk + 1, "totalTokenCount": chunk + 5}
    if chunk == plan.chunks - 1 and plan.finish:
        candidate["finishReason"] = plan.finish
    return {"candidates": [candidate], "usageMetadata": usage}


def whole(plan: Plan) -> dict[str, Any]:
    """The JSON form of the one message that answers `generateContent`."""
    message = response(plan, plan.chunks - 1)
    if not plan.block and not plan.told:
        message["candidates"][0]["content"]["parts"][0]["text"] = text(plan)
    return message


def word(chunk: int) -> str:
    return f"word{chunk} "


def text(plan: Plan) -> str:
    return "".join(word(chunk) for chunk in range(plan.chunks))
