"""An event as a list shows it, the same whether it has just come or was read from a file."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, Literal, NotRequired, TypedDict

from components.streaming.records import Event
from components.streaming.text import text_of_data
from components.streaming.typed_events import PHASES, given, new_in, type_of

# Characters of a preview.
WIDTH: Final = 120
# Of a list's items and a dict's members, and levels below the value, that one line tells of.
_SOME: Final = 4
_DEEP: Final = 4

_LINE = str.maketrans({"\n": "\\n", "\r": "\\r", "\t": "\\t"})


def preview(event: str, data: Any) -> str:
    """One line of at most `WIDTH` characters: what a chunk says, what a start is given, what an end gives."""
    if not isinstance(data, dict) or event == "on_custom_event":
        return line(data)
    if "chunk" in data:
        text = text_of_data(data["chunk"])
        if text and len(text) <= WIDTH and text.isprintable():
            return text  # most events
    if event.startswith("lab_"):
        return _own(data)
    if (told := given(data)) is not None:
        return line(told if (new := new_in(data)) is None else new)
    for name in ("chunk", "error", "output", "input"):
        if name in data:
            return line(data[name])
    return line(data) if "object" in data else ""  # what was too long to keep


def _own(data: dict[str, Any]) -> str:
    fault = data.get("fault")
    if not isinstance(fault, dict):
        return line(data)
    params = fault.get("params")
    told = params.get("detail") if isinstance(params, dict) else None
    return line(f"{fault.get('kind')}: {told}" if told else fault.get("kind"))


def line(value: Any) -> str:
    said = _said(value, _DEEP, WIDTH)
    return said if len(said) <= WIDTH else said[: WIDTH - 1] + "…"


def _said(value: Any, deep: int, room: int) -> str:
    """About `room` characters of it; at the top a text stands without quotes."""
    match value:
        case str():
            return value[: room + 1].translate(_LINE)
        case None:
            return ""
        case bool() | int() | float():
            return str(value)[: room + 1].lower()
        case _ if not deep:
            return "…"
        case [one]:
            return _said(one, deep - 1, room)
        case list():
            return f"[{_joined((('', item) for item in value), deep, room)}]"
        case {"kwargs": dict() as kwargs}:
            return _langchain(text_of_data(value)[: room + 1].translate(_LINE), kwargs, deep, room)
        case {"object": str() as name}:
            told = [value[told] for told in ("message", "repr", "fields", "length") if told in value]
            said = (_said(one, deep - 1, room) for one in told[:1])
            return ": ".join((name.rpartition(".")[2][:room], *said))
        case dict():
            return _joined(((f"{key[:room]}: ", member) for key, member in value.items()), deep, room)
    return ""


def _joined(parts: Iterable[tuple[str, Any]], deep: int, room: int) -> str:
    """Each value after its label, some of them, until the room is used up."""
    said: list[str] = []
    for number, (label, value) in enumerate(parts):
        if number == _SOME or room <= 0:
            said.append("…")
            break
        said.append(label + _said(value, deep - 1, room))
        room -= len(said[-1])
    return ", ".join(said)


def _langchain(said: str, kwargs: dict[str, Any], deep: int, room: int) -> str:
    """A message as `human: Hello`; a chunk of one as its text, or else its tool call or its end."""
    kind = str(kwargs.get("type") or "")
    if kind.endswith("Chunk"):
        return said or _wordless(kwargs, deep, room)
    if kind in {"human", "ai", "system", "tool", "function", "chat"}:
        return f"{kind}: {said or _wordless(kwargs, deep, room)}"
    if "messages" in kwargs:
        return _said(kwargs["messages"], deep - 1, room)
    return said or _said(kwargs, deep - 1, room)


def _wordless(kwargs: dict[str, Any], deep: int, room: int) -> str:
    match kwargs:
        case {"tool_calls": [dict() as call, *_]} | {"tool_call_chunks": [dict() as call, *_]}:
            name = call.get("name")
            return f"{name if isinstance(name, str) else ''}({_said(call.get('args'), deep - 1, room)})"
        case {"response_metadata": {"finish_reason": str() as reason}}:
            return f"finish_reason: {reason[:room]}"
        case {"usage_metadata": dict() as usage}:
            counts = {name: count for name, count in usage.items() if name.endswith("tokens")}
            return _said(counts, deep, room)
    return ""


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


def row_of(event: Event, number: int, attempt: int) -> Row:
    kind, phase = parts(event.event)
    row: Row = {
        "n": number,
        "at": event.at,
        "event": event.event,
        "type": kind,
        "name": event.name,
        "run": event.run_id,
        "parent": event.parent_ids[-1] if event.parent_ids else "",
        "tags": event.tags,
        "attempt": attempt,
        "preview": preview(event.event, event.data),
    }
    if phase == "own":
        row["data"] = event.data
    return row
