"""RunnableLambda and @chain pass callbacks on by themselves."""

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableLambda, chain


@chain
def reverse_word(word: str) -> str:
    return word[::-1]


async def twice(word: str) -> str:
    return await reverse_word.ainvoke(word) * 2


async def lesson(model: BaseChatModel, word: str) -> None:
    @chain
    async def reverse_and_double(word: str) -> str:
        return await reverse_word.ainvoke(word) * 2

    made = {"RunnableLambda": RunnableLambda(twice, name="reverse_and_double"), "@chain": reverse_and_double}
    for way, one in made.items():
        print(way)
        async for event in one.astream_events(word):
            inside = "  " * len(event["parent_ids"])
            print(f"  {inside}{event['event']:16} {event['name']:19} {event['data']}")
