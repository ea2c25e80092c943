"""The text in whatever a chain yields; what of a text can be sent, and what of it is a secret.

Browsers round integers from 2**53 on, and orjson, Gradio's, refuses 65 bits.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Final

SURROGATE: Final = re.compile("[\ud800-\udfff]")
# The tags around a model's thoughts, as models write them: `<think>`, `<seed:think>`, `<|START_THINKING|>`,
# `<thinking type="x">`, `[THINK]`, and gpt-oss's channels, of which `final` is no thought; of these, some
# servers leave only the words: `analysisThey ask.assistantfinalHello`.
_NAME: Final = (
    r"(?:\w{1,20}:|longcat_)?(?:ant)?(?:think|thinking|thoughts?|reasoning|reflection|scratchpad|analysis"
    r"|inner_monologue)(?:[:_]\w{1,40})?"
)
OPENS: Final = (
    rf"(?:(?i:<\|?(?:begin_of_|start_)?{_NAME}(?:\s[^<>]{{0,60}})?\|?>|[\[◁]think[\]▷]|<\|inner_prefix\|>"
    r"|(?:<\|start\|>assistant)?<\|channel\|>analysis\s?<\|message\|>|<\|channel>(?:thought)?\n)"
    r"|\banalysis(?=[A-Z]))"
)
CLOSES: Final = (
    rf"(?:(?i:<(?:/\|?|\|/|\|end_(?:of_)?)\s?{_NAME}\s?\|?>|[\[◁]/think[\]▷]|<channel\|>|<\|inner_suffix\|>"
    r"|(?:<\|end\|>)?(?:<\|start\|>assistant)?<\|channel\|>final\s?(?:<\|constrain\|>\w{1,20})?<\|message\|>"
    r"|<\|end\|>(?=<\|start\|>assistant(?:<\|channel\|>[ac]| to=))"
    r"|<\|end\|><\|begin\|>assistant<\|content\|>)|assistantfinal)"
)
# No longer than this is any of them.
LONGEST_TAG: Final = 160
# The largest integer of which a double has no other neighbour (JavaScript's MAX_SAFE_INTEGER).
SAFE: Final = 2**53 - 1


def text_of(chunk: Any) -> str:
    """A string is its own text; a message chunk's text is its text blocks; anything else its `str`."""
    if isinstance(chunk, str):
        return chunk
    text = getattr(chunk, "text", None)
    return str(chunk) if text is None else str(text)


def sendable(text: str) -> str:
    """Without lone surrogates, which no encoding can carry."""
    return SURROGATE.sub("\ufffd", text)


def text_of_data(chunk: Any) -> str:
    """What `text_of` says of the object that `chunk` is the JSON data of; "" for what has no text."""
    if isinstance(chunk, str):  # of every event: patterns would take five times as long
        return chunk
    said = chunk.get("kwargs") if isinstance(chunk, dict) else None
    content = said.get("content", said.get("text")) if isinstance(said, dict) else None
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    blocks = [block if isinstance(block, dict) else {"type": "text", "text": block} for block in content]
    texts = [block.get("text") for block in blocks if block.get("type") == "text"]
    return "".join(text for text in texts if isinstance(text, str))


def is_safe(value: Any) -> bool:
    """Of a scalar: whether a browser reads it as it is."""
    return not isinstance(value, int) or -SAFE <= value <= SAFE


def portable(value: Any) -> Any:
    """The value with each integer that isn't safe as a string of its digits; a copy of the containers."""
    if isinstance(value, dict):
        return {key: portable(member) for key, member in value.items()}
    if isinstance(value, list):
        return [portable(item) for item in value]
    return value if is_safe(value) else str(value)


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
    """The secrets as they are, as they stand in JSON, and in the `repr` of a string or of bytes, the longest
    first.
    """
    forms = set[str]()
    for secret in (one for one in secrets if len(one) >= SHORTEST):
        in_json = (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
        forms |= {secret, *in_json, repr(secret)[1:-1], repr(secret.encode("utf-8", "replace"))[2:-1]}
    return tuple(sorted(forms, key=len, reverse=True))


def strike(text: str, forms: Iterable[str]) -> str:
    """`text`, which may be a model's own words, without the secrets of which these are the `forms_of`."""
    for form in forms:
        text = text.replace(form, STRUCK_OUT)
    return text
