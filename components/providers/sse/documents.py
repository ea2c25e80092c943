"""The JSON that comes, and what else comes in its place."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.streaming import error_body
from components.streaming.faults import Failure, fault_of_body

# Nothing in OpenAI's protocol is NaN or infinite, and not every reader of JSON takes it.
JSON: Final = json.JSONDecoder(parse_constant=lambda name: None)
# Words in place of JSON that tell of an error.
WORDS: Final = re.compile(r"error|exception|<html|<!doctype", re.I)
# The same behind a chunk that broke off in its middle.
BEHIND: Final = re.compile(r"(<html|<!doctype|\{\s*\"(error|detail)\").*", re.I | re.S)
# An object without a reply in it that has one of these tells of an error, unless it says that all is well.
ERRORS: Final = re.compile(r"errors?|details?|(error_)?(message|msg)|code")
SUCCESS: Final = frozenset({"0", "200", "ok", "success"})
# What is said beside a reply.
NOTICES: Final = frozenset({"info", "notice", "warning", "status", "progress", "log", "debug"})
# Between two objects: those of a list, or of events whose server forgot the blank line.
BETWEEN: Final = re.compile(r"[\s,\[\]]*(?:data:[\s\[]*)?")
# Characters that are quoted of what is no reply.
QUOTED: Final = 200


def documents(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of an event: one, but for servers that forget the blank line between two."""
    text, at = text.strip(), 0
    while (gap := BETWEEN.match(text, at)) and gap.end() < len(text):
        at = gap.end()
        try:
            document, at = JSON.raw_decode(text, at)
        except (ValueError, RecursionError):
            if WORDS.search(text, at) and not text.startswith('{"', at):
                raise Failure(fault_of_body(text[at:])) from None
            if broken := BEHIND.search(text, at):
                raise Failure(fault_of_body(broken[0])) from None
            raise Failure("malformed", detail=text[at:][:QUOTED]) from None
        if not isinstance(document, dict):
            raise Failure("malformed", detail=text[:QUOTED])
        yield document


def tells_error(body: Mapping[str, Any]) -> bool:
    """Whether an object that is no reply tells of an error, as far as its names say."""
    if isinstance(inner := body.get("base_resp"), dict):
        return bool(inner.get("status_code"))
    beside = str(body.get("type")).lower() in NOTICES or isinstance(body.get("message"), dict)
    if beside or str(body.get("code")).lower() in SUCCESS:
        return False
    return any(told and ERRORS.fullmatch(name) for name, told in body.items())


def is_error(told: object) -> bool:
    """Whether what a reply has in a field `error` tells of one: some have it in every chunk, empty."""
    if isinstance(told, dict):
        return any(told.values()) and str(told.get("code")).lower() not in SUCCESS
    return bool(told)


def quoted(text: str) -> str:
    """Of a page its title, of anything else its beginning."""
    return error_body.read(text).words[:QUOTED]
