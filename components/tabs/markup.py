"""What was said as markup that Gradio draws truly: nothing altered, and no element smuggled in.

Gradio takes a message for Markdown that may hold HTML and formulas, by rules of its own. It is given HTML
instead, which leaves nothing to be read; only code stays Markdown, in fences, as it is coloured and copied.
"""

import re
import string
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from components.tabs.markdown_rules import DISPLAYED, FORMULA, RIGHT_TO_LEFT, add_rules

# What Gradio takes for a formula.
DELIMITERS: list[dict[str, str | bool]] = [
    {"left": FORMULA[0], "right": FORMULA[1], "display": False},
    {"left": DISPLAYED[0], "right": DISPLAYED[1], "display": True},
]
# What Gradio replaces, in code too.
REPLACED = ("\ue000", "%%%LATEX", 'src="/file')
# Gradio's highlighter fails, and with it the whole message, on a language that needs another one first, and
# on names of its own that are no languages.
LANGUAGES = {"cpp": "c", "constructor": "", "extend": ""}

TEXT = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "%": "&#37;", "\ue000": "&#xe000;"}
)
VERBATIM = {ord(one): f"&#{ord(one)};" for one in string.punctuation + "\t\n\v\f\ue000"}
MARGIN = re.compile(r"^ +| +$")
FENCE = re.compile(r" {0,3}(?:(`{3,})[^`]*|(~{3,}).*)")
# A line at the margin that is none of a list or a quote.
ANEW = re.compile(r"[^\s\-*+>\d]")
LANGUAGE = re.compile(r"\s*([a-z0-9+#.-]*)")
ENDING = re.compile(r"(?:\n~{3,}\n\n)?\s*(?:</\w+>\s*)*$")


def verbatim(text: str) -> str:
    """Text that is drawn character for character where white space is kept."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(VERBATIM)
    return MARGIN.sub(lambda spaces: "&#32;" * len(spaces[0]), lines)


def typed(text: str) -> str:
    """A user's message, as it was typed."""
    return f'<p dir="auto">{verbatim(text)}</p>' if RIGHT_TO_LEFT.search(text) else verbatim(text)


def markup(text: str) -> str:
    """A reply's text as Markdown, and as nothing but Markdown.

    It grows at its end as the text does. What stands before the last part is read once.
    """
    *before, last = _parts(text)
    drawn = [_drawn_once(part) for part in before]
    if any(unclosed for _, unclosed in drawn):
        drawn, last = [], text
    return "\n".join([*(done for done, _ in drawn), ENDING.sub("", _drawn(last)[0])])


def _parts(text: str) -> Iterator[str]:
    """What can be read one by one: each begins at the margin after a blank line, outside of code."""
    part: list[str] = []
    fence, blank = "", False
    for line in text.split("\n"):
        if blank and not fence and ANEW.match(line):
            yield "\n".join(part)
            part = []
        if found := FENCE.fullmatch(line):
            run = found[1] or found[2]
            if not fence:
                fence = run
            elif run.startswith(fence) and line.strip() == run:
                fence = ""
        part.append(line)
        blank = not line.strip()
    yield "\n".join(part)


def _drawn(part: str) -> tuple[str, bool]:
    """As HTML and fences, and whether it ends in code that isn't closed."""
    tokens = MARKDOWN.parse(part)
    last = tokens[-1] if tokens else None
    unclosed = False
    if last and last.type == "fence" and last.map:
        unclosed = last.content.count("\n") > last.map[1] - last.map[0] - 2
    return MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}), unclosed


_drawn_once = lru_cache(maxsize=256)(_drawn)


def _text(tokens: Sequence[Token], at: int, *_: Any) -> str:
    return tokens[at].content.translate(TEXT)


def _code(tokens: Sequence[Token], at: int, *_: Any) -> str:
    """A fence at the margin, wherever it stood: the HTML around it goes on after a blank line."""
    code = tokens[at].content
    if any(replaced in code for replaced in REPLACED):
        return f"<pre><code>{_text(tokens, at)}</code></pre>\n".replace("\n", "&#10;", code.count("\n"))
    language = LANGUAGE.match(tokens[at].info.lower())[1]  # type: ignore[index]
    language = LANGUAGES.get(language, language)
    fence = "~" * (max(map(len, re.findall("~+", f"~~ {code}"))) + 1)
    lines = code if code.endswith("\n") or not code else f"{code}\n"
    return f"\n\n{fence}{language}\n{lines}{fence}\n\n"


def _paragraph(tokens: Sequence[Token], at: int, *_: Any) -> str:
    """In a list without blank lines it has no element of its own, unless it comes after code."""
    opening, direction = tokens[at].nesting == 1, tokens[at].attrGet("dir")
    before = at - (1 if opening else 3)
    if not tokens[at].hidden:
        return (f'<p dir="{direction}">' if direction else "<p>") if opening else "</p>\n"
    if before >= 0 and tokens[before].type in ("fence", "code_block"):
        return "<div>" if opening else "</div>\n"
    return ""


def _formula(tokens: Sequence[Token], at: int, *_: Any) -> str:
    left, right = DISPLAYED if tokens[at].markup != "\\(" else FORMULA
    formula = f"{left}{_text(tokens, at)}{right}"
    return f"<p>{formula}</p>\n" if tokens[at].block else formula


# Without what would lose text, or need another part of it: each is read for itself.
MARKDOWN = MarkdownIt("commonmark", {"breaks": True, "html": False}).use(add_rules)
MARKDOWN.enable(["table", "strikethrough"])
MARKDOWN.disable(["html_block", "html_inline", "entity", "reference", "lheading"])
MARKDOWN.renderer.rules |= {  # type: ignore[attr-defined]
    **{"text": _text, "text_special": _text, "fence": _code, "code_block": _code, "formula": _formula},
    **{"paragraph_open": _paragraph, "paragraph_close": _paragraph},
    "code_inline": lambda tokens, at, *_: f"<code>{_text(tokens, at)}</code>",
}
