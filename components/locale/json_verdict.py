"""A verdict in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.locale import Words

if TYPE_CHECKING:
    from components.streaming.json import Flaw, JsonVerdict

# Oddities that are told one by one.
NOTES = 5


def sentences(words: Words, verdict: JsonVerdict, *, schema: bool) -> list[str]:
    """What the reply was, first; then what else is to be said of it. `schema`: there was one to keep to."""
    told = verdict.breaches[1:] if verdict.kind == "breaks_schema" else verdict.breaches
    said = [_first(words, verdict, schema=schema)]
    said += [words("json_breach", rule=one.rule, where=_where(words, one.pointer)) for one in told]
    # Where there is no document, nothing stands around it.
    if verdict.kind != "no_json" and (around := verdict.around):
        if around.before_length:
            said.append(words("json_before", count=around.before_length, text=around.before))
        if around.after_length:
            said.append(words("json_after", count=around.after_length, text=around.after))
        if around.fenced:
            said.append(words("json_fenced"))
    said += [_note(words, note) for note in verdict.notes[:NOTES]]
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
        known["reason"] = " ".join(filter(None, (words(f"json_flaw_{known['reason']}"), known["found"])))
    if kind == "unchecked":
        known["why"] = words(f"json_why_{known['why']}")
    return words(f"json_verdict_{kind}", **known).strip()


def _note(words: Words, note: Flaw) -> str:
    reason = words(f"json_flaw_{note.reason}")
    return words("json_note", reason=reason, line=note.place.line, column=note.place.column)


def _where(words: Words, pointer: str) -> str:
    return pointer or words("json_root")
