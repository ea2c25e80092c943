"""The words that people read, in English, Japanese and Simplified Chinese. No Gradio in here."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

# By BCP 47 tag, as browsers send it: each a file of that name. English is what everyone else reads.
LANGUAGES: Mapping[str, Mapping[str, str]] = {
    file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(Path(__file__).parent.glob("*.toml"))
}
DEFAULT = "en"
# How much less one is wanted than another: from 1, where nothing is told, to 0.
_LESS = re.compile(r";\s*q\s*=\s*(0(?:\.\d*)?)\s*(?:;|$)", re.I)


def language_of(accept_language: str | None) -> str:
    """The language of an Accept-Language header that there are words in, and that is wanted most.

    Browsers send it with every request, in the order their pages choose a language by, so nothing
    about the reader has to be remembered.
    """
    ours = {tag.split("-")[0]: tag for tag in LANGUAGES}
    wanted = sorted((accept_language or "").split(","), key=_weight, reverse=True)
    asked = (part.split(";")[0].split("-")[0].strip().lower() for part in wanted if _weight(part))
    return next((ours[language] for language in asked if language in ours), DEFAULT)


def _weight(part: str) -> float:
    found = _LESS.search(part)
    return float(found[1]) if found else 1.0


class Words:
    """One language's words."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = LANGUAGES[language]

    def __call__(self, key: str, /, **params: object) -> str:
        """The words for `key`, with the parameters they name filled in."""
        return self._words[key].format_map({name: str(value) for name, value in params.items()})

    def __contains__(self, key: str) -> bool:
        return key in self._words


def words_in(headers: Mapping[str, str]) -> Words:
    """The language that a request asks for."""
    return Words(language_of(headers.get("accept-language")))
