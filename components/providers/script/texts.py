"""What the scripted provider says and thinks."""

import re
import tomllib
from itertools import chain, cycle, islice
from pathlib import Path

SAID = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
# By language.
TEXTS: dict[str, str] = SAID["texts"]
THOUGHTS: dict[str, str] = SAID["thoughts"]
# What has no language, whose choice stands among the languages.
JSON = "json"


def tokenize(text: str) -> list[str]:
    """Words, marks, and two characters at a time where no spaces are written; they add up to `text`."""
    cjk = r"\u3040-\u30ff\u3400-\u9fff"
    return re.findall(rf"\s*(?:[A-Za-z0-9']+|[{cjk}]{{1,2}}|[^\sA-Za-z0-9'{cjk}]+)|\s+", text)


def repeated(text: str, length: int) -> list[str]:
    """So many tokens of it, said again and again."""
    once = tokenize(text)
    return list(islice(chain(once, cycle(["\n\n" + once[0], *once[1:]])), length))
