"""The words of the Events tab's own component."""

from __future__ import annotations

from typing import Any

from components.locale import Words
from components.streaming.trace.run_file import LARGEST, MEGA

# Megabytes of a run file that can be opened.
MOST = LARGEST // MEGA
LABELS = (
    *("events_empty", "events_run", "events_text", "events_no_text", "events_timeline", "events_log"),
    *("events_play", "events_pause", "events_save", "events_speed", "events_speed_1"),
    *("events_speed_4", "events_speed_all", "events_moment", "events_clear", "events_filter_event"),
    *("events_filter_name", "events_filter_type", "events_filter_tag", "events_filter_text"),
    *("events_number", "events_event", "events_name", "events_run_id", "events_parent"),
    *("events_tags", "events_preview", "events_lost", "events_log_keys", "events_timeline_keys"),
    *("copy", "copied", "not_copied", "events_close", "events_first", "events_chunks"),
    *("events_input", "events_output", "events_state_open", "events_state_failed"),
    *("events_state_stopped", "events_state_never_ended", "events_state_unknown"),
)


def labels(words: Words) -> dict[str, Any]:
    """The first message, before any run. The browser puts in what stands in braces."""
    told = {key.removeprefix("events_"): words(key) for key in LABELS}
    told["dropped"] = words("events_dropped", count="{count}")
    told["too_large"] = words("run_file_too_large", megabytes="{size}", limit=MOST)
    return {"labels": {"labels": {**told, "most": str(MOST)}}}
