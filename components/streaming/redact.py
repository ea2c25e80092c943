"""Strikes keys out of what is logged, by value and by the looks of them."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Iterable

STRUCK_OUT = "[struck out]"

# By name: what stands after these words is a secret whatever it looks like.
_NAMED = re.compile(
    r"""(?ix)
    ( ["']? (?: authorization | (?:x-)?(?:goog-)?api[-_]?key | private_key | access_token | refresh_token
      | id_token | password | client_secret ) ["']? \s* [:=] \s* )
    ( "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | (?:bearer\s+|basic\s+)? [^\s,;}\])]+ )
    """
)
# By looks: bearer tokens, OpenAI's, Google's and Hugging Face's keys, keys with stars in their middle, PEM
# blocks.
_LOOKS = re.compile(
    r"(?i:bearer\s+)[\w.~+/=-]{8,}"
    r"|\bsk-[\w*.-]{6,}|\bAIza[\w-]{20,}|\bya29\.[\w.-]+|\bhf_[A-Za-z0-9]{10,}"
    r"|[\w.-]*\*{4,}[\w.-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the given secrets and without anything that looks like one."""
    # Shorter than this it isn't a key, and striking it out would eat ordinary words.
    forms = {form for secret in secrets if len(secret) >= 6 for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, STRUCK_OUT)
    text = _NAMED.sub(lambda match: match[1] + STRUCK_OUT, text)
    return _LOOKS.sub(STRUCK_OUT, text)


def _forms(secret: str) -> Iterable[str]:
    """A secret as it is, and as it stands in JSON and in the `repr` of a string or of bytes."""
    return secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], repr(secret.encode())[2:-1]


def traceback_of(exc: BaseException, secrets: Iterable[str] = ()) -> str:
    """The whole traceback, causes included, with secrets struck out."""
    return redact("".join(traceback.format_exception(exc)), secrets)
