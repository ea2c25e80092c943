"""An event as a list shows it, the same whether it has just come or was read from a file."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, Literal, NotRequired, TypedDict

from components.streaming.events.said import preview
from components.streaming.typed_events import PHASES, type_of

# Own events: LangChain's are all named `on_...`.
OWN: Final = "lab_"
ATTEMPT, RETRY = OWN + "attempt", OWN + "retry"
END, FAILED, STOPPED = OWN + "end", OWN + "failed", OWN + "stopped"
Phase = Literal["start", "stream", "end", "error", "custom", "own", ""]


class Row(TypedDict):
    """An event as a list shows it. `at`: seconds since the run began. `run`, `parent`: ids, "" for none.

    `type`: the run's, such as `chat_model`; `lab` for our own events, which alone have `data`: a few members.
    """

    n: int
    at: float
    event: str
    type: str
    name: str
    run: str
    parent: str
    tags: list[str]
    attempt: int
    preview: str
    data: NotRequired[dict[str, Any]]


@lru_cache(512)
def parts(event: str) -> tuple[str, Phase]:
    """The type of run and the phase in an event's name: `on_chat_model_stream` is (chat_model, stream), and
    of v3 `content-block-delta` is (chat_model, stream).
    """
    if event.startswith(OWN):
        return "lab", "own"
    if event == "on_custom_event":
        return "custom", "custom"
    if not event.startswith("on_"):
        return type_of(event), PHASES.get(event, "")
    kind, _, phase = event.removeprefix("on_").rpartition("_")
    return kind, phase if phase in {"start", "stream", "end", "error"} else ""  # type: ignore[return-value]


def row_of(event: dict[str, Any], attempt: int) -> Row:
    """`event`: as it stands in a run file, `n` and `at` included."""
    name, parents, data = event["event"], event["parent_ids"], event["data"]
    kind, phase = parts(name)
    row: Row = {
        "n": event["n"],
        "at": event["at"],
        "event": name,
        "type": kind,
        "name": event["name"],
        "run": event["run_id"],
        "parent": parents[-1] if parents else "",
        "tags": event["tags"],
        "attempt": attempt,
        "preview": preview(name, data),
    }
    if phase == "own":
        row["data"] = data
    return row
