"""The words of the Events tab: its component's own, and the lines over the log."""

from __future__ import annotations

from typing import Any

from components.locale import Words
from components.locale.report import SEPARATOR, details, final_line, in_line, sentences, unrecorded
from components.streaming import Frame
from components.streaming.trace import About
from components.streaming.trace.run_file import LARGEST, MEGA

Line = tuple[str, str]

# Megabytes of a run file that can be opened.
MOST = LARGEST // MEGA
LABELS = (
    *("events_empty", "events_run", "events_text", "events_no_text", "events_timeline", "events_log"),
    *("events_play", "events_pause", "events_save", "events_speed", "events_speed_1"),
    *("events_speed_4", "events_speed_all", "events_moment", "events_clear", "events_filter_event"),
    *("events_filter_name", "events_filter_type", "events_filter_tag", "events_filter_text"),
    *("events_number", "events_event", "events_name", "events_run_id", "events_parent"),
    *("events_tags", "events_preview", "events_lost", "events_log_keys", "events_timeline_keys"),
    *("events_asks", "events_approve", "events_decline"),
    *("copy", "copied", "not_copied", "events_close", "events_first", "events_chunks"),
    *("link", "link_copy", "link_unable"),
    *("events_input", "events_output", "events_state_open", "events_state_failed"),
    *("events_state_stopped", "events_state_never_ended", "events_state_unknown"),
)


def labels(words: Words) -> dict[str, Any]:
    """The first message, before any run. The browser puts in what stands in braces."""
    told = {key.removeprefix("events_"): words(key) for key in LABELS}
    told["dropped"] = words("events_dropped", count="{count}")
    told["too_large"] = words("run_file_too_large", megabytes="{size}", limit=MOST)
    return {"labels": {"labels": {**told, "most": str(MOST)}}}


def title(words: Words, about: About, method: str = "astream_events") -> str:
    parts = [
        about.chain and words("events_title_chain", chain=about.chain),
        about.provider,
        about.model,
        method,
    ]
    return SEPARATOR.join(filter(None, parts))


def lines(
    words: Words, about: About, frame: Frame, *, replayed: bool, going: bool, uncalled: bool
) -> list[Line]:
    """Each with the class it is drawn in. `going`: as far as the visitor is concerned."""
    known = {"provider": about.provider, "model": about.model, "method": "astream_events"}
    said: list[Line] = []
    if frame.unrecorded:
        said.append(("fault", unrecorded(words, frame.unrecorded)))
    if uncalled:
        said.append(("fault", words("events_tool_not_called")))
    if frame.retry is not None:
        happened, _ = sentences(words, frame.retry.fault, **known)
        seconds = f"{frame.retry.seconds:.1f}"
        said.append(
            ("fault", words("retrying", happened=happened, attempt=frame.retry.attempt, seconds=seconds))
        )
    if frame.place:
        return [*said, ("figures", in_line(words, frame.place, "astream_events"))]
    report = frame.report
    if report is not None:
        if report.fault is not None:
            said.append(("fault verdict", " ".join(sentences(words, report.fault, **known))))
        line = SEPARATOR.join(filter(None, [final_line(words, report)[0], details(words, report)]))
        return [*said, ("figures", line)]
    if frame.last and going:
        return [*said, ("fault verdict", words("events_never_ended"))]
    going_on = not (replayed or frame.retry is not None or frame.asks)
    return [*said, ("muted", words("events_running"))] if going_on else said
