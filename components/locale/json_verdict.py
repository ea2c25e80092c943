"""A verdict in words."""

from collections.abc import Iterable

from components.locale import Words
from components.streaming.frame import Part
from components.streaming.json.verdict import JsonVerdict

# Oddities that are told one by one.
NOTES = 5
# Characters of what was skipped that are shown.
EXCERPT = 500


def sentences(words: Words, verdict: JsonVerdict, parts: Iterable[Part] = (), *, schema: bool) -> list[str]:
    """What the reply was, first; then what else is to be said of it, and of its parts that are no text.

    `schema`: there was one to keep to.
    """
    told = verdict.breaches[1:] if verdict.kind == "breaks_schema" else verdict.breaches
    said = [_first(words, verdict, schema=schema)]
    said += [words("json_breach", rule=one.rule, where=_where(words, one.pointer)) for one in told]
    thought = "".join(part.text for part in parts if part.kind == "reasoning").strip()
    if thought:
        said.append(words("json_thought", count=len(thought), text=thought[:EXCERPT]))
    # Where there is no document, nothing stands around it.
    if verdict.kind != "no_json" and (around := verdict.around):
        if around.before:
            said.append(words("json_before", count=len(around.before), text=around.before[:EXCERPT]))
        if around.after:
            said.append(words("json_after", count=len(around.after), text=around.after[:EXCERPT]))
        if around.fenced:
            said.append(words("json_fenced"))
        if around.first and verdict.kind != "several":
            at = around.first
            said.append(words("json_dropped", count=around.dropped, line=at.line, column=at.column))
    for flaw, at in verdict.notes[:NOTES]:
        reason = _reason(words, flaw.reason, flaw.found)
        said.append(words("json_note", reason=reason, line=at.line, column=at.column))
    more = len(verdict.notes[NOTES:]) + verdict.noted - len(verdict.notes)
    return [*said, words("json_more_notes", count=more)] if more > 0 else said


def _first(words: Words, verdict: JsonVerdict, *, schema: bool) -> str:
    kind, known = verdict.kind, dict(verdict.params)
    if "pointer" in known:
        known["where"] = _where(words, known["pointer"])
    if kind == "valid" and schema:
        return words("json_verdict_valid_by_schema")
    if kind == "cut_off":
        known["by"] = words(f"json_by_{known['by']}")
    if kind in ("not_json", "limit"):
        known["reason"] = _reason(words, known["reason"], known["found"])
    if kind == "unchecked":
        known["why"] = words(f"json_why_{known['why']}")
    said = "not_strict" if kind == "not_json" and verdict.whole else kind
    return words(f"json_verdict_{said}", **known).strip()


def _reason(words: Words, flaw: str, found: str) -> str:
    return " ".join(filter(None, (words(f"json_flaw_{flaw}"), found)))


def _where(words: Words, pointer: str) -> str:
    return pointer or words("json_root")
