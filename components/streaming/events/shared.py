"""What the events of one run have in common, as JSON data and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from components.streaming.events.plain import Plain

if TYPE_CHECKING:
    from components.streaming.events.alike import Alike

# Bytes of one event's JSON. A longer one keeps everything but its data.
LONGEST_LINE: Final = 8_000_000


class Shared(NamedTuple):
    """All fields of an event but its number, time and data; `json`: the same, without the braces."""

    fields: dict[str, Any]
    json: bytes

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Shared:
        return cls(fields, orjson.dumps(fields)[1:-1])


class SharedByRun:
    """What the events of a run share, made plain once: most of an event is the same in all of them."""

    def __init__(self, event: Any) -> None:
        self.given = event["tags"], event["metadata"]
        self.shared: dict[str, Shared] = {}
        # What its last chunk was like.
        self.alike: Alike | None = None

    def share(self, event: Any, plain: Plain) -> Shared:
        tags, metadata = self.given
        fields = {
            "event": event["event"],
            "name": plain.text(event["name"]),
            "run_id": event["run_id"],
            "parent_ids": event["parent_ids"],
            "tags": [tag if isinstance(tag, str) else str(tag) for tag in plain(tags)],
            "metadata": plain(metadata),
        }
        shared = Shared.of(fields)
        if len(shared.json) > LONGEST_LINE // 2:
            shared = Shared.of({**fields, "tags": [], "metadata": {"object": "too long to keep"}})
        if event["event"] != "on_custom_event":  # its name is its own, not the run's
            self.shared[event["event"]] = shared
        return shared
