"""What a server refuses in a request, and the request without it."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from components.streaming.faults import fault_of_body
from components.streaming.json.check import schema_in_words

Body = dict[str, Any]

# The roles of a system prompt, and where the messages stand.
SYSTEM: Final = frozenset({"system", "developer"})
CONVERSATION: Final = frozenset({"messages", "input", "contents"})
STATUSES: Final = frozenset({400, 422, 500, 501})
OBJECT: Final = {"type": "json_object"}
# Addresses and models that are remembered.
MOST: Final = 256
_TOLD = tomllib.loads(Path(__file__).with_name("refused.toml").read_text("utf-8"))["refused"]
# By the name that is told to the reader: the words for it in an error.
WORDS: Final = {name: "|".join(one["words"]) for one in _TOLD for name in one["names"]}
# Names, each with the value that was refused: another may be taken.
Refused = tuple[tuple[str, str], ...]
# What servers of all providers have refused last, by address and model.
KNOWN: Final[dict[tuple[str, str], Refused]] = {}


def remember(place: tuple[str, str], refused: Refused) -> None:
    """From any thread."""
    KNOWN[place] = refused
    for oldest in list(KNOWN)[:-MOST]:
        KNOWN.pop(oldest, None)


def without(body: Body, name: str) -> Body | None:
    """The request without what has this name; None where it isn't in it."""
    less: Body = json.loads(json.dumps(body))
    home = _home(less, name)
    match name:
        case "stream=false":  # where a whole reply is refused
            if {"stream", "contents"} & body.keys():
                return None
            less["stream"] = True
        case "system":
            return less if _system_in_user(less) else None
        case _ if home.get(name) is None:
            return None
        case "max_tokens" if "max_completion_tokens" not in body:  # it is the only one, the server needs it
            return None
        case "stream":  # as one piece, where a model, or this account, gets no other
            del less["stream"]
            less.pop("stream_options", None)
        case "max_completion_tokens":
            less["max_tokens"] = less.pop("max_completion_tokens")
        case "tool_choice" if isinstance(home[name], dict):
            home[name] = "required"  # with one tool that means the same
        case "response_format" | "format" | "responseJsonSchema":
            _less_form(less, home, name)
        case _:
            del home[name]
    return less


def value_in(body: Body, name: str) -> str:
    return json.dumps(_home(body, name).get(name))


def _less_form(body: Body, home: Body, name: str) -> None:
    """From a schema to any JSON object with the schema in words, and from that to the words alone."""
    form = home.pop(name)
    if form == OBJECT:
        return
    if name == "response_format" or home is body.get("text"):  # the others know no such step
        home[name] = OBJECT
    schema = form if name == "responseJsonSchema" else form.get("json_schema", form)["schema"]
    _say_first(body, [schema_in_words(schema)])


def _system_in_user(body: Body) -> bool:
    """What the system was to say, before what the user said first; False where there is none of it."""
    told = body.pop("systemInstruction", {}).get("parts") or []
    for place in _conversations(body):
        told += [one for one in body[place] if one.get("role") in SYSTEM]
        body[place] = [one for one in body[place] if one.get("role") not in SYSTEM]
    _say_first(body, [str(one.get("content") or one.get("text")) for one in told])
    return bool(told)


def _say_first(body: Body, said: list[str]) -> None:
    """This before what the user said first."""
    users = [one for place in _conversations(body) for one in body[place] if one.get("role") == "user"]
    for first in users[:1]:
        if "parts" in first:
            first["parts"] = [*({"text": text} for text in said), *first["parts"]]
        else:
            first["content"] = "\n\n".join([*said, str(first["content"])])


def _conversations(body: Body) -> list[str]:
    return [place for place in CONVERSATION if isinstance(body.get(place), list)]


def _home(body: Body, name: str) -> Body:
    """Where it stands: some have a place of their own for settings, for thinking, or for a schema."""
    places = map(body.get, ("generationConfig", "reasoning", "text", "output_config"))
    return next((place for place in places if isinstance(place, dict) and name in place), body)


def refused_in(status: int, text: str, body: Body) -> str:
    """The name of what an error is about, if the request has it; else ""."""
    if status not in STATUSES:
        return ""
    try:
        error: Any = json.loads(text)
    except ValueError:
        error = text
    if fault_of_body(error, status=status).kind == "too_long":
        return ""
    found = []
    for name, words in WORDS.items():
        match = re.search(rf"(?<![a-z_])(?:{words})", text, re.I)
        if match is not None and without(body, name) is not None:
            found.append((not _is_named(error, name), match.start(), name))
    return min(found)[2] if found else ""


def _is_named(error: Any, name: str) -> bool:
    """Whether the error says in a field of its own what it is about, as OpenAI's do."""
    inner = error.get("error") if isinstance(error, dict) else None
    param = inner.get("param") if isinstance(inner, dict) else None
    return isinstance(param, str) and re.split(r"[.\[]", param)[0] == name
