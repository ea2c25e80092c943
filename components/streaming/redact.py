"""Strikes keys out: known ones by value everywhere, others by their looks in errors and logs."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Iterable

STRUCK_OUT = "[struck out]"

# By name: what stands after these words is a secret whatever it looks like. Quotes may be escaped: JSON in a
# string of JSON.
_NAMED = re.compile(
    r"""(?ix)
    ( (?:\\*["'])? (?: authorization | (?:x-)?(?:goog-)?api[-_]?key | private_key | access_token
      | refresh_token | id_token | password | client_secret ) (?:\\*["'])? \s* [:=] \s* )
    ( "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | (?:bearer\s+|basic\s+)? [^\s,;}\])]+ )
    """
)
# By looks: bearer tokens, OpenAI's, Google's and Hugging Face's keys, keys with stars in their middle, PEM
# blocks. A key with stars is looked for from a word's beginning only: from each of its letters, a megabyte
# without a space would take hours.
_LOOKS = re.compile(
    r"(?i:bearer\s+)[\w.~+/=-]{8,}"
    r"|\bsk-[\w*.-]{6,}|\bAIza[\w-]{20,}|\bya29\.[\w.-]+|\bhf_[A-Za-z0-9]{10,}"
    r"|(?<![\w.-])[\w.-]*\*{4,}[\w.*-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
# Shorter than this it isn't a key, and striking it out would eat ordinary words.
SHORTEST = 6


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text`, of an error or a log, without the given secrets and without anything that looks like one."""
    text = _NAMED.sub(lambda match: match[1] + STRUCK_OUT, strike(text, forms_of(secrets)))
    return _LOOKS.sub(STRUCK_OUT, text)


def forms_of(secrets: Iterable[str]) -> tuple[str, ...]:
    """The secrets in every form they may be quoted in, the longest first."""
    forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
    return tuple(sorted(forms, key=len, reverse=True))


def strike(text: str, forms: Iterable[str]) -> str:
    """`text`, which may be a model's own words, without the secrets of which these are the `forms_of`."""
    for form in forms:
        text = text.replace(form, STRUCK_OUT)
    return text


def _forms(secret: str) -> Iterable[str]:
    """A secret as it is, and as it stands in JSON and in the `repr` of a string or of bytes."""
    in_json = (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
    return secret, *in_json, repr(secret)[1:-1], repr(secret.encode("utf-8", "replace"))[2:-1]


def traceback_of(exc: BaseException, secrets: Iterable[str] = ()) -> str:
    """The whole traceback, causes included, with secrets struck out."""
    return redact("".join(traceback.format_exception(exc)), secrets)
