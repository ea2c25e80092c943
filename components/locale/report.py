"""A run's report and faults in words: the quiet line, the figures behind it, what happened and what to do."""

import math
from collections.abc import Iterable, Mapping

from components.locale import Words
from components.providers import Status, variables
from components.streaming import Fault, Frame, Report
from components.streaming.frame import Line, Part
from components.streaming.text import sendable
from components.streaming.trace import BadRunFile
from components.streaming.trace.run_file import MEGA

SEPARATOR = " · "
# Seconds; no wait is said to be longer.
YEAR = 365 * 24 * 3600.0


def duration(seconds: float) -> str:
    """`82 ms` below a second, `1.42 s` above."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"


def line(words: Words, report: Report) -> str:
    """The quiet line under a reply: what really happened, in one row."""
    end = [] if report.verdict == "stopped" else [words(f"verdict_{report.verdict}")]
    return SEPARATOR.join([report.method, *_quiet(words, report), *end])


def figures(words: Words, report: Report) -> list[str]:
    """Those of the line and behind it, without method and verdict."""
    return [*_quiet(words, report), *details(words, report)]


def _quiet(words: Words, report: Report) -> list[str]:
    parts = []
    if report.thinking and report.verdict != "stopped":
        parts.append(thinking(words, report.thinking, report.outcome.reasoning_tokens))
    if report.first_token is not None:
        parts.append(words("line_first_token", value=duration(report.first_token)))
    if report.verdict == "stopped":
        return [*parts, receipt(words, report)]
    if report.tokens_per_second is not None:
        parts.append(words("line_tokens_per_second", value=f"{report.tokens_per_second:.0f}"))
    parts.append(chunks(words, report.chunks))
    if report.attempts > 1:
        parts.append(words("line_attempts", value=report.attempts))
    if report.outcome.finish_reason:
        parts.append(words("line_finish", value=report.outcome.finish_reason))
    elif ("no_finish", "") in report.notes:
        parts.append(words("line_no_finish"))
    # A file may have been made by hand, or by a later version.
    notes = [(kind, value) for kind, value in report.notes if value and f"note_{kind}" in words]
    return [*parts, *(words(f"note_{kind}", value=value) for kind, value in notes)]


def details(words: Words, report: Report) -> list[str]:
    """What stands behind the line when it is opened."""
    parts = [words("line_total", value=duration(report.seconds))] if report.seconds else []
    if report.longest_gap:
        parts.append(words("line_gap", value=duration(report.longest_gap)))
    if report.setup >= 0.001:
        parts.append(words("line_setup", value=duration(report.setup)))
    outcome = report.outcome
    if outcome.input_tokens is not None and outcome.output_tokens is not None:
        parts.append(words("line_tokens", input=outcome.input_tokens, output=outcome.output_tokens))
    if outcome.finish_reason == "length":
        parts.append(words("cut_by_max_tokens"))
    return parts


def thinking(words: Words, seconds: float, tokens: int | None) -> str:
    """How long the model thought, and how many tokens where it tells."""
    if tokens is None:
        return words("line_thinking", value=duration(seconds))
    return words("line_thinking_tokens", value=duration(seconds), tokens=tokens)


def thought(words: Words, part: Part, frame: Frame) -> str:
    """One thought that has ended. How many tokens is told of all of a reply's thoughts, at its end."""
    alone = [other.kind for other in frame.parts].count("reasoning") == 1
    tokens = frame.report.outcome.reasoning_tokens if frame.report is not None and alone else None
    return thinking(words, part.ended - part.began, tokens)


def receipt(words: Words, report: Report, kept: str = "") -> str:
    """What Stop really stopped. `kept`: what had come until then, where it is told in anything but chunks."""
    kept = kept or chunks(words, report.chunks)
    if not report.attempts:
        return words("receipt_nothing_sent")
    if report.closed_after is None:
        return words("receipt_open", kept=kept)
    return words("receipt", kept=kept, value=duration(report.closed_after))


def lesson_ended(words: Words, frame: Frame, report: Report) -> str:
    """How a lesson's run ended, in figures."""
    lines = line_count(words, len(frame.lines) + frame.left_out)
    if report.fault is not None:
        parts = [lines, words("lesson_failed", value=duration(report.seconds))]
    elif report.verdict != "stopped":
        parts = [lines, words("lesson_done", value=duration(report.seconds))]
    else:
        parts = [receipt(words, report, lines)]
    if report.outcome.finish_reason == "length":
        parts.append(words("lesson_length"))
    if frame.left_out:
        parts.append(words("lesson_left_out", count=frame.left_out))
    return SEPARATOR.join(parts)


def line_count(words: Words, number: int) -> str:
    return words("lesson_one_line") if number == 1 else words("lesson_lines", value=number)


def plain_line(line: Line) -> str:
    """A lesson's line for programs: its time in milliseconds, then what it says."""
    return f"{line.at * 1000:7.0f} ms  {sendable(line.text)}\n"


def sentences(words: Words, fault: Fault, /, **params: str) -> tuple[str, str]:
    """What happened and what to do about it. `params` name what the fault itself doesn't know."""
    known = _known(words, fault, params)
    happened = _fullest(words, f"fault_{fault.kind}", known)
    if fault.params.get("detail") and known["detail"] not in happened:
        happened = f"{happened} {words('provider_says', detail=known['detail'])}".replace("。 ", "。")
    do = _fullest(words, f"fault_{fault.kind}_do", known)
    if fault.retry_after and f"fault_{fault.kind}_after" in words:
        do = words(f"fault_{fault.kind}_after", wait=wait(words, fault.retry_after))
    return happened, do


def _known(words: Words, fault: Fault, params: Mapping[str, str]) -> dict[str, str]:
    """Whatever a sentence may name, "" where nobody knows it."""
    known = dict.fromkeys(
        ("provider", "model", "method", "status", "fields", "field", "limit", "detail", "scheme"), ""
    )
    known |= {**params, **fault.params}
    for names in ("fields", "field"):
        known[names] = fields(words, known[names].split(", "))
    # A provider's own words, so ended that a sentence can follow.
    detail = known["detail"] or words("no_details")
    known["detail"] = detail if detail[-1] in ".!?。！？…" else detail + words("full_stop")
    return known


# Figures and names that some servers tell and others don't: there are sentences for both.
SOMETIMES = ("tokens", "window", "location", "host", "variable", "parts", "status")


def _fullest(words: Words, key: str, known: Mapping[str, str]) -> str:
    """The sentence that tells the most of what is known."""
    keys = (f"{key}_with_{name}" for name in SOMETIMES if known.get(name))
    return words(next((full for full in keys if full in words), key), **known)


def bad_run_file(words: Words, bad: BadRunFile, *, events: int = 0) -> str:
    """Why a run file can't be opened, or not to its end: `events` are those before the damage."""
    said = words(f"run_file_{bad.kind}", **bad.params)
    return f"{said} {words('run_file_good_before', events=events)}" if events else said


def sentences_without_page(words: Words, fault: Fault, /, **params: str) -> tuple[str, str]:
    """The same for a reader who has no page to set anything on: the environment is where it is done."""
    happened, do = sentences(words, fault, **params)
    if f"environment_{fault.kind}" in words:
        names = fault.params.get("fields") or fault.params.get("field") or "base_url"
        known_as = variables(params.get("provider", ""))
        listed = words("list_separator").join(known_as.get(name, name) for name in names.split(", "))
        until = wait(words, fault.retry_after or 0.0)
        known = {**_known(words, fault, params), "variables": listed, "wait": until}
        do = words(f"environment_{fault.kind}", **known)
    return happened, do


def loading(words: Words, status: Status, *, counts: bool = True) -> str:
    """What the embedded model waits for, "" when for nothing. `counts`: how much of it has come."""
    if status.state == "fetching" and status.total and counts:
        return words("fetching", done=status.done // MEGA, total=status.total // MEGA)
    return {"fetching": words("fetching_unknown"), "loading": words("loading")}.get(status.state, "")


def waiting_line(words: Words, frame: Frame, method: str, /, **params: str) -> str:
    """The line of a run under way; `params` as for `sentences`."""
    if frame.place:  # until others have ended
        return SEPARATOR.join(filter(None, [method, words("in_line", place=frame.place)]))
    if frame.parts:
        return SEPARATOR.join([method, chunks(words, frame.chunks)])
    if (retry := frame.retry) is not None:
        happened = sentences(words, retry.fault, **params)[0] if retry.fault else ""
        return words("retrying", happened=happened, attempt=retry.attempt, seconds=f"{retry.seconds:.1f}")
    return words("waiting", method=method)


def wait(words: Words, seconds: float) -> str:
    """How long to wait, in the largest unit that says it: `40 s`, `12 min`, `20 h`; any number will do."""
    seconds = min(seconds, YEAR) if seconds > 0 else 0.0  # servers send `inf`, `nan` and -1 as well
    if seconds <= 90:
        return words("wait_seconds", value=max(1, math.ceil(seconds)))
    if seconds <= 90 * 60:
        return words("wait_minutes", value=math.ceil(seconds / 60))
    return words("wait_hours", value=math.ceil(seconds / 3600))


def chunks(words: Words, number: int) -> str:
    return words("line_one_chunk") if number == 1 else words("line_chunks", value=number)


def fields(words: Words, names: Iterable[str]) -> str:
    """Providers' fields by their labels, in one list."""
    keys = ((name, f"field_{name}") for name in names)
    return words("list_separator").join(words(key) if key in words else name for name, key in keys)
