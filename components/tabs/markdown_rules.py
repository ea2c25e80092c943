"""How models write Markdown where it differs from CommonMark: formulas, addresses, East Asian emphasis."""

import re
from collections.abc import Callable
from unicodedata import east_asian_width

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, emphasis, escape, image, link, strikethrough

from components.tabs.markdown_table import table

# What stands around a formula, in a line and in one of its own: nobody writes this.
FORMULA, DISPLAYED = ("\ue000(", ")\ue000"), ("\ue000[", "]\ue000")
# How one begins, an environment of LaTeX among them. `$$$` is a price.
OPENING = re.compile(
    r"\\\(|\\\[|(?<!\$)\$\$(?!\$)"
    r"|\\begin\{((?:[pbBvV]|small)?matrix|[dr]?cases|array|(?:equation|align|gather)\*?|aligned|gathered|split)\}"
)
CLOSING = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
LONGEST_FORMULA, LONGEST_LABEL = 2000, 2000
# What two prices have between them in place of a formula: words.
WORDS = re.compile(r"[^\\^_={}<>+*/\d]*\s[^\\^_={}<>+*/\d]*")
# A formula in single signs, which is left as it was written.
WRITTEN = re.compile(r"(?<![\w$])\$(?!\s)(?=[^$\n]*[\\^_{])[^$\n]{1,500}(?<!\s)\$(?![\d$])")
# Levels of lists and quotes; markdown-it leaves out what stands deeper than twenty.
DEEPEST = 16
# A backslash before one of these keeps it from being markup; before any other character it is itself.
MARKUP = "*_`~#|$>+-!\n"
ADDRESS = re.compile(
    r"://(?:[\w!#$%&'+,\-./:;=?@\[\]^{}~]|\([\w!#$%&'+,\-./:;=?@]*\))+(?<![.,:;!?'_~\]])", re.A
)
# What a link leads to: `<std::string>` is none, and an address without a host would be the page's own.
ABSOLUTE = re.compile(r"(?:https?|ftp)://|(?:mailto|tel|data):", re.I)
NOWHERE = re.compile(r"!?\[[^\[\]]*\]\(\s*\)")
# Letters of Hebrew, Arabic and their kin.
RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Its underscores are its own, and so are the stars of a pattern for files, and of a comment.
NAME = re.compile(r"__\w+__(?!\w)")
PATTERN = re.compile(r"(?<=/)\*+/|\*+/\*|(?<=[^\w\s*])\*+\.\w|(?<=\s)\*/(?!\S)")


def add_rules(reader: MarkdownIt) -> None:
    inline, block = reader.inline.ruler, reader.block.ruler
    inline.at("emphasis", _emphasis)
    inline.at("strikethrough", _strikethrough)
    inline.at("link", _leading_somewhere(link))
    inline.at("image", _leading_somewhere(image))
    inline.at("escape", _escape)
    inline.before("escape", "formula", _formula)
    inline.before("escape", "address", _address)
    inside: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    block.before("table", "formula", _formula_lines, inside)
    block.at("table", table, {"alt": ["paragraph"]})
    block.at("blockquote", _not_too_deep(blockquote), inside)
    # An item doesn't end the list of the one before it.
    block.at("list", _not_too_deep(list_block), {"alt": ["paragraph", "blockquote"]})
    reader.core.ruler.push("direction", _direction)
    known = reader.validateLink
    reader.validateLink = lambda url: bool(ABSOLUTE.match(url)) and known(url)  # type: ignore[method-assign]
    reader.normalizeLinkText = lambda link: link  # type: ignore[method-assign]


def _not_too_deep(rule: Callable[[StateBlock, int, int, bool], bool]) -> Callable[..., bool]:
    return lambda state, *where: state.level < DEEPEST and rule(state, *where)


def _direction(state: StateCore) -> None:
    if RIGHT_TO_LEFT.search(state.src):
        for token in state.tokens:
            if token.nesting == 1 and token.level == 0:
                token.attrSet("dir", "auto")


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Beside a letter of a script that may do without spaces any punctuation will do; stars between letters
    and figures of ours multiply them.
    """
    at, marker = state.pos, state.src[state.pos]
    if not emphasis.tokenize(state, silent):
        return False
    before, after = state.src[at - 1] if at else " ", state.src[state.pos : state.pos + 1] or " "
    for found in state.delimiters[at - state.pos :]:
        if marker == "*" and (_unspaced(before) or _unspaced(after)):
            found.open, found.close = not after.isspace(), not before.isspace()
        if _within_word(before + after) or NAME.match(state.src, at):
            found.open = False
        if PATTERN.match(state.src, at):
            found.open = found.close = False
    return True


def _strikethrough(state: StateInline, silent: bool) -> bool:
    """Between letters and figures of ours it is a range."""
    at, known = state.pos, len(state.delimiters)
    if not strikethrough.tokenize(state, silent):
        return False
    if at and _within_word(state.src[at - 1] + state.src[state.pos : state.pos + 1]):
        for delimiter in state.delimiters[known:]:
            delimiter.open = False
    return True


def _unspaced(character: str) -> bool:
    return east_asian_width(character) in "WF" or (character.isalpha() and not character.isascii())


def _within_word(around: str) -> bool:
    return len(around) == 2 and around.isascii() and around.isalnum()


def _leading_somewhere(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """To find where a label ends, Markdown looks through all of the text behind each bracket."""

    def leads(state: StateInline, silent: bool) -> bool:
        at = state.pos
        ends = state.src.find("](", at, at + LONGEST_LABEL) >= 0
        return ends and not NOWHERE.match(state.src, at) and rule(state, silent)

    return leads


def _escape(state: StateInline, silent: bool) -> bool:
    following = state.src[state.pos + 1 : state.pos + 2]
    if state.src[state.pos] != "\\" or not following or following in MARKUP:
        return escape(state, silent)
    if (
        following == "."
        and state.src[state.src.rfind("\n", 0, state.pos) + 1 : state.pos].strip().isdecimal()
    ):
        return escape(state, silent)  # it would be a list
    if not silent:
        state.append_pending(f"\\{following}")
    state.pos += 2
    return True


def _formula_end(src: str, at: int, most: int) -> tuple[str, int]:
    """How the formula that begins there is marked, and where it has ended; "" if there is none."""
    if not (opening := OPENING.match(src, at)):
        return "", -1
    name = opening[1]
    closing = f"\\end{{{name}}}" if name else CLOSING[opening[0]]
    end = src.find(closing, opening.end() + 1, min(most, at + LONGEST_FORMULA))
    if end < 0 or (closing == "$$" and src.startswith("$", end + 2)):
        return "", -1
    return "\\begin" if name else opening[0], end + len(closing)


def _unmarked(opening: str, written: str) -> str:
    return written[2:-2] if opening in CLOSING else written


def _formula(state: StateInline, silent: bool) -> bool:
    at = state.pos
    opening, end = _formula_end(state.src, at, state.posMax)
    if opening == "$$" and WORDS.fullmatch(state.src, at + 2, end - 2):
        return False
    written = None if opening else WRITTEN.match(state.src, at, state.posMax)
    if not opening and not written:
        return False
    if written:
        end = written.end()
    if not silent:
        token = state.push("formula" if opening else "text", "", 0)
        token.markup, token.content = opening, _unmarked(opening, state.src[at:end])
    state.pos = end
    return True


def _formula_lines(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    at = state.bMarks[first] + state.tShift[first]
    opening, end = _formula_end(state.src, at, state.eMarks[last - 1])
    if opening in ("", "\\(") or state.is_code_block(first):
        return False
    line = first
    while end > state.eMarks[line]:
        line += 1
        if not state.isEmpty(line) and state.sCount[line] < state.blkIndent:
            return False
    if state.src[end : state.eMarks[line]].strip():
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.markup, token.map = opening, [first, line + 1]
        written = state.getLines(first, line + 1, state.blkIndent, False).strip()
        token.content = _unmarked(opening, written)
        state.line = line + 1
    return True


def _address(state: StateInline, silent: bool) -> bool:
    """An address that is written as it is, without what closes the sentence around it."""
    src, at = state.src, state.pos
    scheme = next((one for one in ("https", "http") if src.endswith(one, 0, at)), "")
    if src[at] != ":" or not scheme or state.linkLevel or not (found := ADDRESS.match(src, at, state.posMax)):
        return False
    if not silent:
        state.pending = state.pending.removesuffix(scheme)
        state.push("link_open", "a", 1).attrs = {"href": scheme + found[0]}
        state.push("text", "", 0).content = scheme + found[0]
        state.push("link_close", "a", -1)
    state.pos = found.end()
    return True
