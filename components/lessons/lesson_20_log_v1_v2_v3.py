"""astream_log, v1, v2 and v3: what is deprecated, and what came after."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

FIRST = 12


async def lesson(model: BaseChatModel, topic: str) -> None:
    chain = ChatPromptTemplate([("human", "Tell me a joke about {topic}.")]) | model | StrOutputParser()
    asked = {"topic": topic}

    patches = 0
    async for patch in chain.astream_log(asked):
        patches += 1
        if patches <= FIRST:
            print(f"log  {', '.join(op['op'] + ' ' + op['path'] for op in patch.ops)}")
    print(f"log  {patches} patches")

    async def events(version: Any) -> None:
        count = 0
        async for event in chain.astream_events(asked, version=version):
            count += 1
            if count <= FIRST:
                print(
                    f"{version}   {event['event']:21} {event['name']:19} {len(event['parent_ids'])} parents"
                )
        print(f"{version}   {count} events")

    await events("v1")
    await events("v2")

    reply = await model.astream_events(f"Tell me a joke about {topic}.", version="v3")
    async for text in reply.text:
        print(f"v3   {text!r}")
    try:
        await chain.astream_events(asked, version="v3")
    except NotImplementedError as error:
        print(f"v3   of a chain: {type(error).__name__}")
