"""Tables of which nothing is left out: Markdown's own end a cell within code, and drop a cell too many."""

import re

from markdown_it import rules_block
from markdown_it.rules_block import StateBlock

# In a row: code, what is escaped, and what ends a cell.
PARTS = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|\\.|\|")
# The row that says how many cells there are.
COLUMNS = re.compile(r"[\s|:]*-[\s|:-]*")
# Stands for a pipe that ends no cell, in as much room.
PIPE = "\ue001"


def table(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """As Markdown has it, but a pipe in code ends no cell, and the last cell has what would be beyond it."""
    src, known, told, done = state.src, len(state.tokens), "", 0
    columns = _columns(state, first + 1) if first + 1 < last and PIPE not in src else 0
    for line in range(first, last if columns else first):
        if state.isEmpty(line):
            break
        at, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
        told += src[done:at] + _row(src[at:end], columns if line > first else len(src))
        done = end
    try:
        state.src = told + src[done:]
        return rules_block.table(state, first, last, silent)
    finally:
        state.src = src
        for token in state.tokens[known:]:
            token.content = token.content.replace(PIPE, "|")


def _columns(state: StateBlock, line: int) -> int:
    found = COLUMNS.fullmatch(state.src, state.bMarks[line], state.eMarks[line])
    return found[0].strip(" |").count("|") + 1 if found else 0


def _row(row: str, most: int) -> str:
    """With `most` cells at most."""
    row = PARTS.sub(lambda part: re.sub(r"(?<!\\)\|", PIPE, part[0]) if part[1] else part[0], row)
    ends = [part.start() for part in PARTS.finditer(row) if part[0] == "|"]
    inner = [at for at in ends if row[:at].strip() and row[at + 1 :].strip(" \t|")]
    for at in inner[most - 1 :]:
        row = row[:at] + PIPE + row[at + 1 :]
    return row
