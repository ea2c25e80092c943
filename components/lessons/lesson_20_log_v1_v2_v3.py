"""astream_log, v1, v2 and v3: what is deprecated, and what came after.

Look at how the same thing is told four times, the first few lines of each.
`astream_log` gives JSON patches to a log of the run: where things are, not what
happened. v1 of the events was built on it; v2 reads the callbacks directly and
says each run's parents. v3 is another thing: no list of events, but an object
with the reply's text as a stream to loop over.

Since the tutorials: `astream_log` and v1 are deprecated since langchain-core
1.3.3 and go with 2.0 (Python warns in the terminal); v2 (0.2.0) is the default
and no beta; v3 (1.4) is in beta, for chat models and LangGraph's graphs only.
"""

from collections.abc import Callable
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

THEME = "events"
PROMPT = "a parrot"
FIRST = 12


async def lesson(model: BaseChatModel, topic: str, show: Callable[[object], None]) -> None:
    chain = ChatPromptTemplate([("human", "Tell me a joke about {topic}.")]) | model | StrOutputParser()
    asked = {"topic": topic}

    patches = 0
    async for patch in chain.astream_log(asked):
        patches += 1
        if patches <= FIRST:
            show(f"log  {', '.join(op['op'] + ' ' + op['path'] for op in patch.ops)}")
    show(f"log  {patches} patches")

    async def events(version: Any) -> None:
        count = 0
        async for event in chain.astream_events(asked, version=version):
            count += 1
            if count <= FIRST:
                show(f"{version}   {event['event']:21} {event['name']:19} {len(event['parent_ids'])} parents")
        show(f"{version}   {count} events")

    await events("v1")
    await events("v2")

    reply = await model.astream_events(f"Tell me a joke about {topic}.", version="v3")
    async for text in reply.text:
        show(f"v3   {text!r}")
    try:
        await chain.astream_events(asked, version="v3")
    except NotImplementedError as error:
        show(f"v3   of a chain: {type(error).__name__}")
