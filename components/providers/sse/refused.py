"""What a server refuses in a request, and the request without it."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from components.streaming.faults import fault_of_body
from components.streaming.json.check import schema_in_words

Body = dict[str, Any]

# The roles of a system prompt.
SYSTEM: Final = frozenset({"system", "developer"})
STATUSES: Final = frozenset({400, 422, 500, 501})
# What is left out where a whole reply is refused.
STREAMED: Final = "stream=false"
# Addresses and models that are remembered.
MOST: Final = 256


def _less_form(body: Body) -> None:
    """From a schema to any JSON object with the schema in words, and from that to the words alone."""
    form = body.pop("response_format")
    if isinstance(form, dict) and form.get("type") == "json_schema":
        body["response_format"] = {"type": "json_object"}
        body["messages"] = _before_the_user(
            body["messages"], [schema_in_words(form["json_schema"]["schema"])]
        )


def _word_for_tool(body: Body) -> None:
    """From a tool's name to a word; with one tool that means the same."""
    if isinstance(body["tool_choice"], dict):
        body["tool_choice"] = "required"
    else:
        del body["tool_choice"]


def _system_in_user(body: Body) -> None:
    """What the system was to say, before what the user said first."""
    said = [str(one["content"]) for one in body["messages"] if one.get("role") in SYSTEM]
    body["messages"] = _before_the_user(
        [one for one in body["messages"] if one.get("role") not in SYSTEM], said
    )


def _before_the_user(messages: list[Body], said: list[str]) -> list[Body]:
    """The messages, the first of the user's with this before it."""
    first = next((one for one in messages if one.get("role") == "user"), {})
    return [
        {**one, "content": "\n\n".join([*said, str(one["content"])])} if one is first else one
        for one in messages
    ]


def _whole(body: Body) -> None:
    """As one piece, where a model, or this account, gets no other."""
    del body["stream"]
    body.pop("stream_options", None)


# By the name that is told to the reader: the words for it in an error, and what the request is without it.
LESS: Final[Mapping[str, tuple[str, Callable[[Body], None]]]] = {
    "stream": (
        r"(?:['\"`]stream['\"`]|streaming (?:is |are )?(?:not|un)|n[o']t support (?:the )?stream(?:ing)?\b"
        r"|\bto stream this)",
        _whole,
    ),
    "stream_options": (r"stream_options|include_usage", lambda body: body.pop("stream_options")),
    "temperature": (r"temperature", lambda body: body.pop("temperature")),
    STREAMED: (r"only supports? stream|non-?stream|stream=false", lambda body: body.update(stream=True)),
    "thinking": (r"thinking", lambda body: body.pop("thinking")),
    "thinkingConfig": (r"thinking|include_?thoughts", lambda body: body.pop("thinkingConfig")),
    "max_completion_tokens": (
        r"max_completion_tokens",
        lambda body: body.update(max_tokens=body.pop("max_completion_tokens")),
    ),
    "max_tokens": (r"max_tokens", lambda body: body.update(max_completion_tokens=body.pop("max_tokens"))),
    "response_format": (
        r"response_format|json[_ ]schema|json_object|structured.outputs?|guided|grammar|response format",
        _less_form,
    ),
    "tool_choice": (r"tool_choice", _word_for_tool),
    "parallel_tool_calls": (r"parallel_tool_calls", lambda body: body.pop("parallel_tool_calls")),
    "reasoning_effort": (r"reasoning_effort|thinking", lambda body: body.pop("reasoning_effort")),
    "effort": (r"reasoning[._]effort", lambda settings: settings.pop("effort")),
    "summary": (r"reasoning[. ]summar", lambda settings: settings.pop("summary")),
    "system": (
        r"system (role|message|prompt|instruction)s?|developer (role|message|instruction)s?"
        r"|role.{0,12}\b(system|developer)\b|\b(system|developer)\b.{0,12}role",
        _system_in_user,
    ),
}


# What servers of all providers have refused so far, by address and model.
KNOWN: Final[dict[tuple[str, str], tuple[str, ...]]] = {}


def remember(place: tuple[str, str], names: tuple[str, ...]) -> None:
    """From any thread."""
    KNOWN[place] = names
    for oldest in list(KNOWN)[:-MOST]:
        KNOWN.pop(oldest, None)


def without(body: Body, name: str) -> Body | None:
    """The request without what has this name; None where it isn't in it."""
    if name == STREAMED:
        there = not {"stream", "contents"} & body.keys()
    elif name == "system":
        there = any(one.get("role") in SYSTEM for one in body.get("messages") or ())
    else:
        there = _home(body, name).get(name) is not None
    if not there:
        return None
    less: Body = json.loads(json.dumps(body))
    LESS[name][1](_home(less, name))
    return less


def _home(body: Body, name: str) -> Body:
    """Where it stands: Gemini has a place of its own for settings, and Responses for thinking."""
    places = (body.get("generationConfig"), body.get("reasoning"))
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
    for name, (words, _) in LESS.items():
        match = re.search(rf"(?<![a-z_]){words}" if name != "system" else words, text, re.I)
        if match is not None and without(body, name) is not None:
            found.append((not _is_named(error, name), match.start(), name))
    return min(found)[2] if found else ""


def _is_named(error: Any, name: str) -> bool:
    """Whether the error says in a field of its own what it is about, as OpenAI's do."""
    inner = error.get("error") if isinstance(error, dict) else None
    param = inner.get("param") if isinstance(inner, dict) else None
    return isinstance(param, str) and re.split(r"[.\[]", param)[0] == name
