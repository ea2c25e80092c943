"""The documents: this repository's Markdown, and the code in it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tests.app_process import ROOT

ROOMS = ("components", "tests", ".github")
DOCS = [ROOT / "README.md", *sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.md"))]


@cache
def blocks(language: str, *files: Path) -> list[str]:
    """The fenced code of a language in these documents, or in all."""
    fence = re.compile(rf"^( *)```{language}\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
    found = [match for file in files or DOCS for match in fence.findall(file.read_text("utf-8"))]
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE).strip() + "\n" for indent, code in found]


def block(language: str) -> str:
    """The only one of its language."""
    (code,) = blocks(language)
    return code
