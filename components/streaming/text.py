"""The text in whatever a chain yields; what of a text can be sent, and what of it is a secret.

Browsers round integers from 2**53 on, and orjson, Gradio's, refuses 65 bits.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

import orjson

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
    r"|<\|end\|>(?=<\|start\|>assistant<\|channel\|>a)|<\|end\|><\|begin\|>assistant<\|content\|>)|assistantfinal)"
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


# So many characters of a key in a row are taken for the key. What stood before them is out already.
ENOUGH: Final = 8
# Of a message: not the model's words.
_NOT_SAID: Final = frozenset({"id", "type", "name", "usage_metadata", "chunk_position"})


class KnownSecrets:
    """At most 7 characters are left of one that goes on from chunk to chunk of a run."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = tuple(map(sendable, forms_of(secrets)))
        self._encoded = tuple(orjson.dumps(form)[1:-1] for form in self._forms)
        self._needles = tuple(dict.fromkeys(map(_recognisable, self._forms)))
        self._first = re.compile("|".join(dict.fromkeys(map(_opening, self._needles))) or "(?!)")
        # By a run, and the keys and indices on the way to a text in its chunk: how that text ends, as far as
        # a secret could begin so.
        self._begun: dict[tuple[str | int, ...], str] = {}

    def event(self, event: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """The event, JSON data, without secrets, and its line. It may be changed in place."""
        phase = event["event"].rpartition("_")[2]
        if phase in {"end", "error"}:
            self._begun = {place: end for place, end in self._begun.items() if place[0] != event["run_id"]}
        elif phase == "stream" and self._needles:
            self._pieces(event["run_id"], event["data"])
        line = event_line(event)
        if any(form in line for form in self._encoded):
            event = self.data(event)
            line = event_line(event)
        return event, line

    def data(self, value: Any) -> Any:
        """The same JSON data, or dataclass of it, without whole secrets."""
        match value:
            case str():
                return strike(sendable(value), self._forms)
            case dict():
                return {self.data(key): self.data(member) for key, member in value.items()}
            case list() | tuple():
                return type(value)(map(self.data, value))
        if not is_dataclass(value) or isinstance(value, type):
            return value
        told = {one.name: self.data(getattr(value, one.name)) for one in fields(value)}
        return replace(value, **told)

    def _pieces(self, run_id: str, data: Any) -> None:
        """Strike what goes on from the chunks before out of this one."""
        chunk = data.get("chunk") if isinstance(data, dict) else None
        if isinstance(chunk, dict) and isinstance(said := chunk.get("kwargs"), dict):
            for name, member in said.items():
                if member and name not in _NOT_SAID:
                    said[name] = self._walk(member, run_id, name)
        elif chunk:
            data["chunk"] = self._walk(chunk, run_id)

    def _walk(self, value: Any, *place: str | int) -> Any:
        if isinstance(value, str):
            return self.piece(value, *place)
        if isinstance(value, dict | list):
            for key, member in value.items() if isinstance(value, dict) else enumerate(value):
                value[key] = self._walk(member, *place, key)
        return value

    def piece(self, text: str, *place: str | int) -> str:
        """A piece of what is said at one place after the other."""
        before = self._begun.get(place, "")
        if not text or (not before and self._first.search(text) is None):
            return text
        joined = before + strike(text, self._forms)
        begun, spans = "", []
        for needle in self._needles:
            spans += [found.span() for found in re.finditer(re.escape(needle), joined)]
            # Where the longest end of it stands with which a needle begins.
            ends = range(max(0, len(joined) - len(needle) + 1), len(joined))
            start = next((at for at in ends if needle.startswith(joined[at:])), len(joined))
            begun = max(begun, joined[start:], key=len)
            if len(joined) - start >= ENOUGH:
                spans.append((start, len(joined)))
        if begun:
            self._begun[place] = begun
        else:
            self._begun.pop(place, None)
        return _without(joined, len(before), spans)


def event_line(event: Any) -> bytes:
    # A copy: what orjson gives keeps all the room it was written in, two kilobytes for a word.
    return b'{"lane":"event",' + orjson.dumps(event)[1:] + b"\n"


def _opening(needle: str) -> str:
    """A pattern for where `needle` may begin: its first character alone stands in every other word."""
    first, second = re.escape(needle[0]), re.escape(needle[1:2])
    return rf"{first}(?:{second}|\Z)"


def _without(joined: str, seen: int, spans: list[tuple[int, int]]) -> str:
    """What of `joined` comes after its first `seen` characters, which are out already, without the spans."""
    kept, end = [], seen
    for start, stop in sorted(spans):
        if stop <= end:
            continue
        kept.append(joined[end : max(start, end)])
        # One mark for one secret: it stands where enough of it had come.
        if seen - start < ENOUGH:
            kept.append(STRUCK_OUT)
        end = stop
    return "".join([*kept, joined[end:]])


def _recognisable(form: str) -> str:
    """Without the first line of a PEM block, which isn't secret and whose dashes begin many a line."""
    if not form.startswith("-----BEGIN"):
        return form
    return re.split(r"\n|\\n", form, maxsplit=1)[-1] or form
