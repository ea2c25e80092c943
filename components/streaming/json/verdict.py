"""What a reply turned out to be: never silent, one kind, with what the sentence about it needs."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from components.streaming.json.candidate import Candidate, Dropped
from components.streaming.json.check import Breach, Checked
from components.streaming.json.flaws import LIMITS, QUOTED, Flaw, Place, visible
from components.streaming.json.growing import GrowingJson
from components.streaming.json.surroundings import SPACES
from components.streaming.report import Report, Verdict
from components.streaming.text import sendable

Kind = Literal[
    "valid",
    "breaks_schema",  # params: rule, pointer, expected, message, breaches (how many are listed)
    "unchecked",  # valid JSON, but the schema can't be applied: why, detail
    "not_json",  # reason, line, column, found, pointer
    "limit",  # JSON as far as it was read, but more than is read here: the same params
    "cut_off",  # character (how many came), pointer, by
    "several",  # documents, with nothing between them; the last one was read: line, column of the first
    "no_json",  # prose only
    "empty",
]
# `model`: it ended by itself, with the document open. `dropped`: the connection, or an error in mid-reply.
CutBy = Literal["length", "dropped", "stopped", "model", "unknown"]
MARK: Final = re.compile(r"`{3,8}+[\w+.-]{0,40}+(?![\w+.`-])")
# A member's name at the beginning of the reply, of a fence or behind a thought, right before its value.
NAME: Final = re.compile(
    rf"""(?:\A|```\w*|>)[{SPACES}]*(?P<name>"[^"\\\n]{{1,200}}")[{SPACES}]*:[{SPACES}]*\Z"""
)


@dataclass(frozen=True, slots=True)
class Around:
    """The text before the document and after it, without the marks of fences. `fenced`: it stood in one.

    `dropped`: how many values could have been the document, but less likely; `first`: where the first of them
    is. `in_a_row`: it is the last of several alike, with nothing between them.
    """

    before: str
    after: str
    fenced: bool
    dropped: int = 0
    first: Place | None = None
    in_a_row: bool = False


@dataclass(frozen=True, slots=True)
class JsonVerdict:
    """`params` are all strings; a `pointer` of "" is the document itself.

    Beside any kind: `around`, the prose that was skipped, and `notes`, what is odd but could be read (`noted`
    counts those that aren't kept). `breaches`: of the schema, whenever the value is whole. `whole`: the value
    is all of a document and nothing in it had to be guessed, even where the reply isn't strictly JSON.
    """

    kind: Kind
    params: Mapping[str, str] = field(default_factory=dict)
    breaches: tuple[Breach, ...] = ()
    notes: tuple[tuple[Flaw, Place], ...] = ()
    noted: int = 0
    around: Around | None = None
    whole: bool = False


def judge(
    reader: GrowingJson, *, by: CutBy = "unknown", check: Callable[[Any], Checked] | None = None
) -> JsonVerdict:
    """Ends the reply, if its reader hasn't, and says what it was.

    `by`: what ended it. `check`: a schema's.
    """
    reader.end()
    chosen = reader.chosen
    beside = _around(reader.reply, chosen, reader.dropped)
    first = beside.first if beside and beside.in_a_row else None
    whole = chosen.done and not (chosen.bare_number and by in {"length", "dropped", "stopped"})
    checked = check(chosen.root) if whole and check is not None else Checked()
    flaw = chosen.flaw or _behind_a_string(reader, chosen)
    kind, params = _unread(reader, by, first, flaw, whole=whole) or _kept(checked)
    notes = tuple((note, Place.of(note.offset, reader.reply)) for note in chosen.notes)
    return JsonVerdict(
        kind, params, checked.breaches, notes, chosen.noted, beside, whole and not (first or flaw)
    )


def cut_by(report: Report) -> CutBy:
    """What ended a run, in the words of a verdict."""
    if report.verdict is Verdict.STOPPED:
        return "stopped"
    if report.fault is not None:
        return "dropped"
    if report.outcome.finish_reason == "length":
        return "length"
    return "model" if report.outcome.finish_reason else "unknown"


def _unread(
    reader: GrowingJson, by: CutBy, first: Place | None, flaw: Flaw | None, *, whole: bool
) -> tuple[Kind, dict[str, str]] | None:
    """Why there is no value that is strictly JSON, whole and alone; None where there is one."""
    chosen = reader.chosen
    if chosen.start is None:
        return "no_json" if reader.reply.strip(SPACES) else "empty", {}
    if flaw is not None:
        return "limit" if flaw.reason in LIMITS else "not_json", _said(flaw, reader.reply)
    if not whole:
        pointer = chosen.pointer()
        return "cut_off", {"character": str(len(reader.reply)), "pointer": pointer, "by": by}
    if first is not None:
        return "several", {"line": str(first.line), "column": str(first.column)}
    return ("not_json", _said(chosen.harm, reader.reply)) if chosen.harm is not None else None


def _kept(checked: Checked) -> tuple[Kind, dict[str, str]]:
    """Whether the value keeps to the schema."""
    if checked.why:
        return "unchecked", {"why": checked.why, "detail": checked.detail}
    if checked.breaches:
        return "breaks_schema", {**asdict(checked.breaches[0]), "breaches": str(len(checked.breaches))}
    return "valid", {}


def _behind_a_string(reader: GrowingJson, chosen: Candidate) -> Flaw | None:
    """What stands behind one: it is no value of its own then, but a name without braces, or prose."""
    reply, begins, ends = reader.reply, chosen.start or 0, chosen.end
    if named := NAME.search(reply[:begins]):
        ends = named.end("name")
    elif not isinstance(chosen.root, str) or ends is None:
        return None
    rest = reply[ends:].lstrip(SPACES)
    if not rest or (chosen.fence is not None and rest[0] == "`"):
        return None
    return Flaw("unexpected", len(reply) - len(rest), "", visible(rest.partition("\n")[0][:QUOTED]))


def _said(flaw: Flaw, reply: str) -> dict[str, str]:
    line, column = map(str, Place.of(flaw.offset, reply))
    said = {"reason": flaw.reason, "line": line, "column": column}
    return {**said, "found": flaw.found, "pointer": flaw.pointer}


def _around(reply: str, document: Candidate, dropped: Sequence[Dropped]) -> Around | None:
    """None when nothing but white space was skipped."""
    begins = len(reply) if document.start is None else document.start
    ends = len(reply) if document.end is None else document.end
    before, after = (sendable(MARK.sub("", text)).strip(SPACES) for text in (reply[:begins], reply[ends:]))
    fenced = document.fence is not None
    if not (before or after or fenced):
        return None
    alike = [each for each in dropped if each.rank == document.rank and each.end <= begins]
    in_a_row = bool(alike) and not reply[alike[-1].end : begins].strip(SPACES + ",;")
    first = Place.of(dropped[0].start, reply) if dropped else None
    return Around(before, after, fenced, len(dropped), first, in_a_row)
