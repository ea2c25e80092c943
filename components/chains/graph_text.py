"""A graph read as a chain: the text of its answer, whichever of its nodes says it."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from langchain_core.callbacks import adispatch_custom_event, dispatch_custom_event
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig, RunnableGenerator

from components.chains.tools import NOT_CALLED
from components.streaming.text import text_of

# The page says that it is in beta.
warnings.filterwarnings("ignore", "The v3 streaming protocol")
# The event of a tool that streams, by LangGraph's name.
DELTA = "tool-output-delta"
# What is asked of a graph: its messages as they grow, and what its tools send on their way.
PARTS: dict[str, Any] = {
    "stream_mode": ["messages", "tools"],
    "subgraphs": True,  # without it, nothing streams from a graph that is a node
    "version": "v2",
}


class GraphText(RunnableGenerator[dict[str, str], str]):
    """Text in pieces for `{"prompt": ...}`. What a tool sends on its way is told by custom events, as
    `astream_events` v2 has none of its own for it; so is that no tool was called.

    `state`: what the graph is given for an input. `answers`: whether what a node says, of which LangGraph
    tells this metadata, belongs to the answer. `tool`: the one that is to be called.
    """

    def __init__(
        self,
        name: str,
        graph: Any,
        state: Callable[[dict[str, str]], Any],
        answers: Callable[[dict[str, Any]], bool],
        *,
        tool: str = "",
    ) -> None:
        super().__init__(self._stream, self._astream, name=name)
        self.graph = graph
        self._state = state
        self._answers = answers
        self._tool = tool

    def _stream(self, inputs: Iterator[dict[str, str]]) -> Iterator[str]:
        for given in inputs:
            missing = self._tool
            for part in self.graph.stream(self._state(given), **PARTS):
                if part["type"] == "tools":
                    missing = ""
                    if part["data"]["event"] == DELTA:
                        dispatch_custom_event(DELTA, part["data"])
                elif text := self._said(*part["data"]):
                    yield text
            if missing:
                dispatch_custom_event(NOT_CALLED, {"tool": missing})

    async def _astream(self, inputs: AsyncIterator[dict[str, str]]) -> AsyncIterator[str]:
        async for given in inputs:
            missing = self._tool
            async for part in self.graph.astream(self._state(given), **PARTS):
                if part["type"] == "tools":
                    missing = ""
                    if part["data"]["event"] == DELTA:
                        await adispatch_custom_event(DELTA, part["data"])
                elif text := self._said(*part["data"]):
                    yield text
            if missing:
                await adispatch_custom_event(NOT_CALLED, {"tool": missing})

    async def typed_events(self, given: dict[str, str], config: RunnableConfig) -> AsyncIterator[Any]:
        """Those of `astream_events(version="v3")`, which is for chat models and graphs only."""
        run = await self.graph.astream_events(self._state(given), config, version="v3")
        async with run:  # who leaves stops the graph, and the model in it
            async for event in run:
                yield event

    def text_in(self, event: Any) -> str:
        """What an event of v3 adds to the answer."""
        if event["method"] != "messages":
            return ""
        told, about = event["params"]["data"]
        delta = told.get("delta") or {}
        return str(delta["text"]) if delta.get("text") and self._answers(about) else ""

    def _said(self, message: Any, about: dict[str, Any]) -> str:
        return text_of(message) if isinstance(message, AIMessage) and self._answers(about) else ""


def said_by(node: str) -> Callable[[dict[str, Any]], bool]:
    """Whether it is that node."""
    return lambda about: bool(about.get("langgraph_node") == node)
