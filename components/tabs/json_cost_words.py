"""What reading a reply cost, in words: ours and, where it was chosen, JsonOutputParser's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.locale import Words
from components.locale.report import SEPARATOR, chunks, duration
from components.runs.json import Cost

if TYPE_CHECKING:
    from components.chains.json_beside import Passed

# Seconds below which a figure needs a decimal.
SMALL = 0.01


def cost_line(words: Words, cost: Cost) -> str:
    ours = words("json_cost_ours", value=_cpu(cost.ours), looks=cost.looks)
    theirs = cost.theirs
    if theirs is None:
        return ours
    parts = [ours, words("json_cost_theirs", value=_cpu(theirs.cpu), chunks=chunks(words, theirs.seen))]
    if theirs.raised:
        parts.append(words("json_cost_raised", name=theirs.raised))
    elif theirs.seen < theirs.chunks:
        parts.append(words("json_cost_left", seen=theirs.seen, chunks=theirs.chunks))
    elif cost.ours and theirs.cpu > cost.ours:
        parts.append(words("json_cost_times", value=f"{theirs.cpu / cost.ours:.0f}"))
    return SEPARATOR.join(parts)


def theirs_line(words: Words, theirs: Passed) -> str:
    """What JsonOutputParser gave: it says nothing itself when it can't read a reply."""
    if theirs.raised:
        return words("json_theirs_raised", name=theirs.raised, seen=theirs.seen)
    if theirs.seen < theirs.chunks:
        return words("json_theirs_left", seen=theirs.seen, chunks=theirs.chunks)
    if not theirs.given.items:
        return words("json_theirs_silent", chunks=chunks(words, theirs.chunks))
    return words("json_theirs_gave", chunks=chunks(words, theirs.chunks), items=theirs.given.items)


def _cpu(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < SMALL else duration(seconds)
