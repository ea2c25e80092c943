"""The events of `astream_events(version="v3")`, as v2 has them: whose they are, and what of them is new."""

from typing import Any, Final, Literal

# By what an event says of itself.
PHASES: Final[dict[str, Literal["start", "stream", "end", "error"]]] = {
    **dict.fromkeys(("message-start", "tool-started", "started"), "start"),
    **dict.fromkeys(("content-block-delta", "tool-output-delta"), "stream"),
    **dict.fromkeys(("message-finish", "tool-finished", "completed"), "end"),
    **dict.fromkeys(("error", "tool-error", "failed"), "error"),
}


def type_of(event: str) -> str:
    """Of the run that it tells of, in v2's words."""
    if event.startswith(("message", "content-block", "error")):
        return "chat_model"
    return "tool" if event.startswith("tool") else "chain"


class AsEvents:
    """Gives each event of one run the members that v2's have; the event itself is their `data`.

    A model's belong to the task of the node that asks it, a tool's to its call, and what tells of a graph in
    a graph to that one. What tells of the whole run belongs to none.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __call__(self, event: Any) -> dict[str, Any]:
        method, params = event["method"], event["params"]
        told, about = _told(params["data"])
        above, run, name = params["namespace"], "", ""
        if method == "messages":
            run, name = about.get("langgraph_checkpoint_ns", ""), about.get("langgraph_node", "")
        elif method == "tools":
            run, name = told.get("tool_call_id", ""), told.get("tool_name", "")
        elif method == "lifecycle":
            above = told.get("namespace", [])
            run, name, above = "|".join(above), told.get("graph_name", ""), above[:-1]
        name = self._names.setdefault(run, name or method)
        step = told.get("event")
        return {
            "event": step if run and isinstance(step, str) else method,
            "name": name,
            "run_id": run,
            "parent_ids": ["|".join(above[: end + 1]) for end in range(len(above))],
            "tags": about.get("tags") or [],
            "metadata": {},
            "data": event,
        }


def new_in(data: Any) -> Any:
    """What a piece of text, of thinking, of arguments or of a tool's output adds; None of any other event."""
    told, _ = _told(_given(data))
    delta = told.get("delta")
    if not isinstance(delta, dict):
        return delta
    return next((delta[name] for name in ("text", "reasoning", "args") if name in delta), None)


def given(data: Any) -> Any:
    """What else it tells, without what stands in its name already; None of an event of v2."""
    if (inner := _given(data)) is None:
        return None
    told, _ = _told(inner)
    return {name: value for name, value in told.items() if name != "event"} or inner


def _given(data: Any) -> Any:
    params = data.get("params") if isinstance(data, dict) and data.get("type") == "event" else None
    return params.get("data") if isinstance(params, dict) else None


def _told(data: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The event of a model comes with the metadata of its node."""
    both = data if isinstance(data, list | tuple) else (data,)
    told, about = (*both, None, None)[:2]
    return told if isinstance(told, dict) else {}, about if isinstance(about, dict) else {}
