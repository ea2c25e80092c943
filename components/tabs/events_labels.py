"""The words of the Events tab's own component."""

from __future__ import annotations

from typing import Any

from components.locale import Words
from components.streaming.events.run_file import LARGEST, MEGA

# Megabytes of a run file that can be opened.
MOST = LARGEST // MEGA


def labels(words: Words) -> dict[str, Any]:
    """The first message, before any run. The browser puts in what stands in braces."""
    keys = (
        ("empty", words("events_empty")),
        ("run", words("events_run")),
        ("text", words("events_text")),
        ("no_text", words("events_no_text")),
        ("timeline", words("events_timeline")),
        ("log", words("events_log")),
        ("play", words("events_play")),
        ("pause", words("events_pause")),
        ("save", words("events_save")),
        ("speed", words("events_speed")),
        ("speed_1", words("events_speed_1")),
        ("speed_4", words("events_speed_4")),
        ("speed_all", words("events_speed_all")),
        ("moment", words("events_moment")),
        ("clear", words("events_clear")),
        ("filter_event", words("events_filter_event")),
        ("filter_name", words("events_filter_name")),
        ("filter_type", words("events_filter_type")),
        ("filter_tag", words("events_filter_tag")),
        ("filter_text", words("events_filter_text")),
        ("number", words("events_number")),
        ("event", words("events_event")),
        ("name", words("events_name")),
        ("run_id", words("events_run_id")),
        ("parent", words("events_parent")),
        ("tags", words("events_tags")),
        ("preview", words("events_preview")),
        ("lost", words("events_lost")),
        ("log_keys", words("events_log_keys")),
        ("timeline_keys", words("events_timeline_keys")),
        ("copy", words("copy")),
        ("copied", words("copied")),
        ("not_copied", words("not_copied")),
        ("close", words("events_close")),
        ("first", words("events_first")),
        ("chunks", words("events_chunks")),
        ("input", words("events_input")),
        ("output", words("events_output")),
        ("state_open", words("events_state_open")),
        ("state_failed", words("events_state_failed")),
        ("state_stopped", words("events_state_stopped")),
        ("state_never_ended", words("events_state_never_ended")),
        ("state_unknown", words("events_state_unknown")),
        ("dropped", words("events_dropped", count="{count}")),
        ("too_large", words("run_file_too_large", megabytes="{size}", limit=MOST)),
        ("most", str(MOST)),
    )
    return {"labels": {"labels": dict(keys)}}
