"""A graph read as a chain: the text of its answer, whichever of its nodes says it."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import adispatch_custom_event
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig, RunnableGenerator
from langgraph.types import Command

from components.chains.registry import NOT_CALLED
from components.streaming.text import text_of

# The page says that it is in beta.
warnings.filterwarnings("ignore", "The v3 streaming protocol")
# The event of a tool that streams, by LangGraph's name.
DELTA = "tool-output-delta"
# The event of a graph that asks whether to go on, and what stands between its texts before and after.
INTERRUPT = "interrupt"
GAP = "\n\n"
# The tag of a model's request for a tool's arguments, whose reply is no answer.
CHOOSES = "choose"
# What is asked of a graph: its messages as they grow, what its tools send on their way, and its interrupts.
PARTS: dict[str, Any] = {
    "stream_mode": ["messages", "tools", "updates"],
    "subgraphs": True,  # without it, nothing streams from a graph that is a node
    "version": "v2",
}


class GraphText(RunnableGenerator[dict[str, str], str]):
    """Text in pieces for `{"prompt": ...}`. What a tool sends on its way is told by custom events, as
    `astream_events` v2 has none of its own for it; so is that no tool was called.

    `nodes`: those whose words are the answer, but for what is tagged CHOOSES. `state`: what the graph is
    given for an input. `tool`: the one that is to be called.

    Whether an interrupted graph goes on says the run's reader, asked by the `ask_reader` in the run's config;
    without it, none does.
    """

    def __init__(
        self,
        name: str,
        graph: Any,
        *nodes: str,
        state: Callable[[dict[str, str]], Any] = dict,
        tool: str = "",
    ) -> None:
        # Its types miss that what takes a config is given one.
        super().__init__(self._stream, name=name)  # type: ignore[arg-type]
        self.graph = graph
        self._state = state
        self._nodes = nodes
        self._tool = tool
        self._gap = ""

    async def _stream(
        self, inputs: AsyncIterator[dict[str, str]], config: RunnableConfig
    ) -> AsyncIterator[str]:
        ask = _ask_reader(config)
        async for given in inputs:
            asked, missing, thread = self._state(given), self._tool, _thread()
            while asked is not None:
                interrupted = None
                async for part in self.graph.astream(asked, thread, **PARTS):
                    kind, data = part["type"], part["data"]
                    if kind == "messages":
                        message, about = data
                        if isinstance(message, AIMessage) and (text := self._answer(text_of(message), about)):
                            yield text
                    elif kind == "tools":
                        missing = ""
                        if data["event"] == DELTA:
                            await adispatch_custom_event(DELTA, data)
                    elif asks := data.get("__interrupt__"):
                        interrupted = asks[0].value
                asked = None
                if interrupted:
                    answer = ask()
                    await adispatch_custom_event(INTERRUPT, interrupted)
                    asked = await self._resume(answer)
            if missing:
                await adispatch_custom_event(NOT_CALLED, {"tool": missing})

    async def typed_events(self, given: dict[str, str], config: RunnableConfig) -> AsyncIterator[Any]:
        """Those of `astream_events(version="v3")`, which is for chat models and graphs only."""
        asked, thread = self._state(given), {**config, **_thread()}
        while asked is not None:
            answer = None
            run = await self.graph.astream_events(asked, thread, version="v3")
            async with run:  # who leaves stops the graph, and the model in it
                async for event in run:
                    if event["params"].get("interrupts") and answer is None:
                        answer = _ask_reader(config)()
                    yield event
            asked = await self._resume(answer) if answer else None

    async def _resume(self, answer: Callable[[], Awaitable[bool]]) -> Any:
        yes = await answer()
        self._gap = GAP
        return Command(resume=yes)

    def text_in(self, event: Any) -> str:
        """What an event of v3 adds to the answer."""
        if event["method"] != "messages":
            return ""
        told, about = event["params"]["data"]
        return self._answer((told.get("delta") or {}).get("text") or "", about)

    def _answer(self, text: str, about: dict[str, Any]) -> str:
        if about.get("langgraph_node") not in self._nodes or CHOOSES in (about.get("tags") or ()) or not text:
            return ""
        text, self._gap = self._gap + text, ""
        return text


def _ask_reader(config: RunnableConfig) -> Any:
    """Asks, and gives what waits for the answer. Where there is nobody to ask, nobody says yes."""
    return config.get("configurable", {}).get("ask_reader", lambda: partial(asyncio.sleep, 0, result=False))


def _thread() -> dict[str, Any]:
    """By which a graph that was interrupted is found again."""
    return {"configurable": {"thread_id": uuid4().hex}}
