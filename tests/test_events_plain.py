"""Events as JSON data: LangChain's own objects as LangChain writes them, everything else in a short form."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import math
import uuid
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from langchain_core.documents import Document
from langchain_core.load import dumpd
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    message_to_dict,
)
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.prompt_values import ChatPromptValue, StringPromptValue
from langgraph.types import Send
from pydantic import BaseModel, Field, SecretStr

from components.streaming.trace.encoder import LONGEST_REPR, MOST_VALUES, Plain

USAGE: Any = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
MESSAGES = [
    AIMessageChunk(content=""),
    AIMessageChunk(content="a"),
    AIMessageChunk(
        content="a", id="run-1", name="n", response_metadata={"finish_reason": "stop", "list": [1, None]}
    ),
    AIMessageChunk(content="", usage_metadata=USAGE, chunk_position="last"),
    AIMessageChunk(content=[{"type": "text", "text": "a"}, "b"], additional_kwargs={"reasoning": "because"}),
    AIMessageChunk(content="", tool_call_chunks=[{"name": "f", "args": '{"x": ', "id": "1", "index": 0}]),
    AIMessageChunk(content="", tool_call_chunks=[{"name": "f", "args": '{"x": 1}', "id": "1", "index": 0}]),
    AIMessageChunk(content="", name=""),
    AIMessage("a", tool_calls=[{"name": "f", "args": {"x": [1]}, "id": "1"}]),
    HumanMessage([{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "http://x"}}]),
    SystemMessage("s", additional_kwargs={"lc": 1}),
    ToolMessage("t", tool_call_id="1", artifact={"a": 1}),
    ChatGenerationChunk(message=AIMessageChunk(content="g")),
    Document("page", metadata={"source": "x"}, id="d"),
    ChatPromptValue(messages=[HumanMessage("h")]),
    StringPromptValue(text="s"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=repr)
def test_langchains_objects_are_as_langchain_writes_them(message: Any) -> None:
    plain = Plain()
    for _ in range(2):  # the first chunk is met, the others are known
        assert plain(message) == dumpd(message)
    assert plain({"messages": [[message]]}) == dumpd({"messages": [[message]]})


@pytest.mark.parametrize("given", [{"lc": 1, "id": ["x"]}, {"a": {"lc": 2}}, {"__lc_escaped__": {"x": 1}}])
def test_what_only_looks_like_langchains_is_escaped(given: Any) -> None:
    assert Plain()(given) == dumpd(given)


class Colour(enum.Enum):
    RED = "red"


class Model(BaseModel):
    name: str
    key: SecretStr = SecretStr("hush-hush")
    quiet: str = Field(default="not shown", repr=False)


class Open(BaseModel, extra="allow"):
    """As what an MCP server answers: of other fields than are known."""


@dataclasses.dataclass
class Point:
    x: int
    hidden: str = dataclasses.field(default="not shown", repr=False)


class Awkward:
    def __repr__(self) -> str:
        raise RuntimeError("not today")

    __str__ = __repr__


class Rude(Mapping[str, int]):
    """Has a form of its own, and none of it works."""

    def __getitem__(self, key: str) -> int:
        raise RuntimeError("not today")

    def __len__(self) -> int:
        raise RuntimeError("not today")

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("not today")


class Long:
    def __repr__(self) -> str:
        return "r" * 10_000


MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
HERE = "tests.test_events_plain."


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (None, None),
        (2**53 - 1, 2**53 - 1),
        (2**53, str(2**53)),
        (10**400, str(10**400)),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (1.5, 1.5),
        ("half of a pair \ud83d", "half of a pair \ufffd"),
        (Colour.RED, "red"),
        (MOMENT, str(MOMENT)),
        (uuid.UUID(int=5), str(uuid.UUID(int=5))),
        (b"abc", {"object": "bytes", "length": 3}),
        ((1, (2, 3)), [1, [2, 3]]),
        ({2: "a", None: "b", False: "c", (2,): "d"}, {"2": "a", "null": "b", "false": "c", "(2,)": "d"}),
        (OrderedDict(a=1), {"a": 1}),
        (frozenset({1}), [1]),
        (ValueError("no"), {"object": "ValueError", "message": "no"}),
        (Point(1), {"object": HERE + "Point", "fields": {"x": 1}}),
        (Model(name="m"), {"object": HERE + "Model", "fields": {
            "name": "m", "key": {"object": "pydantic.types.SecretStr", "repr": "SecretStr('**********')"}}}),
        (Open.model_validate({"name": "m", "more": [1]}), {
            "object": HERE + "Open", "fields": {"name": "m", "more": [1]}}),
        (Send("n", {"a": [Point(1)]}), {"object": "langgraph.types.Send", "fields": {
            "node": "n", "arg": {"a": [{"object": HERE + "Point", "fields": {"x": 1}}]}, "timeout": None}}),
        (Rude(), {"object": HERE + "Rude", "repr": ""}),
        ([1, Rude()], [1, {"object": HERE + "Rude", "repr": ""}]),
        (Awkward(), {"object": HERE + "Awkward", "repr": ""}),
        (Long(), {"object": HERE + "Long", "repr": "r" * LONGEST_REPR}),
        (object(), {"object": "object", "repr": "<object object>"}),
        ([Point], [{"object": "type", "repr": f"<class '{HERE}Point'>"}]),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_anything_else_has_a_short_form(given: Any, wanted: Any) -> None:
    data = Plain()(given)
    assert data == wanted
    assert orjson.loads(orjson.dumps(data)) == data


def test_what_never_ends_is_cut() -> None:
    endless: list[Any] = []
    endless.append(endless)
    loop: dict[str, Any] = {}
    loop["message"] = HumanMessage("h", additional_kwargs={"loop": loop})
    for value in (endless, loop):
        assert len(orjson.dumps(Plain()(value))) < 100_000
    assert Plain()([0.5] * (MOST_VALUES + 1)) == [0.5] * MOST_VALUES


def test_what_is_written_in_while_it_is_read() -> None:
    """As a step in a thread may do; here by what is asked for its `repr`."""
    given: dict[str, Any] = {}

    class Writer:
        def __repr__(self) -> str:
            given["list"].clear()
            given["late"] = 1
            return "done"

    writer = Writer()
    given["list"] = [writer, "a"]
    given["last"] = "b"
    said = {"object": Writer.__module__ + "." + Writer.__qualname__, "repr": "done"}
    assert Plain()(given) == {"list": [said, "a"], "last": "b"}


def test_it_is_a_copy() -> None:
    given = {"a": [1], "m": HumanMessage("h")}
    data = Plain()(given)
    given["a"].append(2)  # type: ignore[attr-defined]
    assert data["a"] == [1]


def test_messages_can_be_loaded_by_langchain() -> None:
    """By whoever wants to; we never do."""
    from langchain_core._api import LangChainBetaWarning
    from langchain_core.load import loads

    message = HumanMessage("hello", additional_kwargs={"x": {"lc": 1}})
    with pytest.warns(LangChainBetaWarning):
        again = loads(json.dumps(Plain()(message)), allowed_objects="core")
    assert message_to_dict(again) == message_to_dict(message)
