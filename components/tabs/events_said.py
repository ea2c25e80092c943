"""The lines over the log: what runs, how it ended, and what the log can't show."""

from __future__ import annotations

from components.locale import Words
from components.locale.report import SEPARATOR, details, final_line, in_line, sentences, unrecorded
from components.streaming import Frame
from components.streaming.trace import About

Line = tuple[str, str]

# The tools chain's event, see components/chains/tools.py; that module needs LangChain.
NOT_CALLED = "tool_not_called"


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
    return said if replayed or frame.retry is not None else [*said, ("muted", words("events_running"))]
