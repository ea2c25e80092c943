"""A script, and what it answers a request with: the deltas of OpenAI's chat completion chunks."""

import json
import re
import tomllib
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from components.providers.sse.thoughts import words_of
from components.streaming.connection import approximate_tokens

SAID = tomllib.loads(Path(__file__).with_name("texts.toml").read_text("utf-8"))
# By language.
TEXTS: dict[str, str] = SAID["texts"]
THOUGHTS: dict[str, str] = SAID["thoughts"]
# What has no language, whose choice stands among the languages.
JSON = "json"
# What is called where the request offers no tool.
SEARCH = {"name": "search", "parameters": {"properties": {"query": {"type": "string"}}}}

Delta = dict[str, Any]
# Their ends keep one visitor from holding a thread for hours.
Tokens = Annotated[int, Field(ge=1, le=100_000)]


def _fast_enough(rate: float) -> float:
    if 0 < rate < 0.1:
        raise ValueError
    return rate


class Script(BaseModel, frozen=True):
    """Seconds (`delay` before the first token, `timeout` of a stall), tokens, and tokens a second.

    `thinking`: the field it comes in, or its tag in the text. `tool_call`: in place of the text, which then
    begins with the tool's result. `writes`: of
    one event, of several, or of half a one, cut in the middle of a character if it has one of several bytes.
    """

    delay: Annotated[float, Field(ge=0, le=60)] = 0.3
    rate: Annotated[float, Field(ge=0, le=100_000), AfterValidator(_fast_enough)] = 30  # 0 is all at once
    length: Tokens = 120
    language: Literal["en", "ja", "zh-CN", "json"] = "en"
    thinking: Literal["none", "reasoning_content", "reasoning", "<think>"] = "none"
    thinking_length: Tokens = 40
    tool_call: Literal["none", "if_offered", "always"] = "if_offered"
    writes: Literal["whole", "merged", "split"] = "whole"
    failure: Literal[
        "none", "401", "429", "500", "drop", "silent_end", "stall", "malformed", "error", "empty"
    ] = "none"
    fail_after: Annotated[int, Field(ge=0, le=100_000)] = 20
    timeout: Annotated[float, Field(ge=0.01, le=600)] = 30

    def deltas(self, asked: dict[str, Any]) -> tuple[list[Delta], str]:
        """A token each, at most as many as are asked for, and their finish reason."""
        calls = self._calls(asked)
        deltas = [*self._thoughts(), *(calls or self._texts(asked))]
        most = asked.get("max_completion_tokens") or len(deltas)
        ends = "tool_calls" if calls else "stop"
        return deltas[:most], "length" if len(deltas) > most else ends

    def _thoughts(self) -> list[Delta]:
        if self.thinking == "none":
            return []
        tokens = repeated(THOUGHTS[self.language], self.thinking_length)
        if self.thinking == "<think>":
            return [{"content": token} for token in ("<think>", *tokens, "</think>")]
        return [{self.thinking: token} for token in tokens]

    def _texts(self, asked: dict[str, Any]) -> list[Delta]:
        """None from a stop sequence on."""
        text, last = TEXTS[self.language], asked["messages"][-1]
        if last["role"] == "tool" and self.language != JSON:
            text = f"{words_of(last['content'])}\n\n{text}"
        # JSON is said once, however long the reply may be: a second document would be one too many.
        tokens = tokenize(text)[: self.length] if self.language == JSON else repeated(text, self.length)
        said = "".join(tokens)
        ends = [at for at in (said.find(word) for word in asked.get("stop") or () if word) if at >= 0]
        return [{"content": token} for token in (tokenize(said[: min(ends)]) if ends else tokens)]

    def _calls(self, asked: dict[str, Any]) -> list[Delta]:
        """One call, its arguments in pieces; a tool's result is answered in words."""
        tools = [tool["function"] for tool in asked.get("tools", ())]
        if self.tool_call == "always":
            tools = tools or [SEARCH]
        if self.tool_call == "none" or not tools or asked["messages"][-1]["role"] == "tool":
            return []
        choice = asked.get("tool_choice")
        name = choice["function"]["name"] if isinstance(choice, dict) else tools[0]["name"]
        (tool,) = (tool for tool in tools if tool["name"] == name)
        arguments = json.dumps(_arguments(tool, asked["messages"]), ensure_ascii=False)
        pieces: list[Delta] = [{"function": {"arguments": token}} for token in tokenize(arguments)]
        pieces[0] |= {"id": "call_scripted", "type": "function"}
        pieces[0]["function"]["name"] = name
        return [{"tool_calls": [{"index": 0, **piece}]} for piece in pieces]


def usage(messages: list[dict[str, Any]], deltas: list[Delta]) -> dict[str, Any]:
    """What it cost, in OpenAI's form."""
    asked = sum(approximate_tokens(words_of(message.get("content"))) for message in messages)
    thoughts = sum(not delta.keys() & {"content", "tool_calls"} for delta in deltas)
    return {
        "prompt_tokens": asked,
        "completion_tokens": len(deltas),
        "total_tokens": asked + len(deltas),
        "completion_tokens_details": {"reasoning_tokens": thoughts},
    }


def _arguments(tool: dict[str, Any], messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The question as each of the words that a tool takes, and its first number as each of the numbers."""
    question = next((words_of(one["content"]) for one in messages[::-1] if one["role"] == "user"), "")
    count = int((re.search(r"\d{1,9}", question) or "1")[0])
    values = {"integer": count, "number": count, "boolean": True, "array": [], "object": {}}
    takes = tool.get("parameters", {}).get("properties", {})
    return {name: values.get(of_it.get("type"), question) for name, of_it in takes.items()}


def tokenize(text: str) -> list[str]:
    """Words, marks, and two characters at a time where no spaces are written; they add up to `text`."""
    cjk = r"\u3040-\u30ff\u3400-\u9fff"
    return re.findall(rf"\s*(?:[A-Za-z0-9']+|[{cjk}]{{1,2}}|[^\sA-Za-z0-9'{cjk}]+)|\s+", text)


def repeated(text: str, length: int) -> list[str]:
    """So many tokens of it, said again and again."""
    once = tokenize(text)
    return list(islice(chain(once, cycle(["\n\n" + once[0], *once[1:]])), length))
