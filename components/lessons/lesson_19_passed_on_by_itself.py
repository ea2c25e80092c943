"""RunnableLambda and @chain pass callbacks on by themselves.

Look at the run inside the run: `reverse_word` has its start and its end in the
events of `reverse_and_double`, though nothing was handed on. Both ways to write
it, a RunnableLambda and the decorator, give the same events.

Use one of them around a function of your own to see it in the events: the
function gets a run with its name, a chunk and an end.
"""

from collections.abc import Callable

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableLambda, chain

THEME = "events"
PROMPT = "1234"


@chain
def reverse_word(word: str) -> str:
    return word[::-1]


async def twice(word: str) -> str:
    return await reverse_word.ainvoke(word) * 2


async def lesson(model: BaseChatModel, word: str, show: Callable[[object], None]) -> None:
    @chain
    async def reverse_and_double(word: str) -> str:
        return await reverse_word.ainvoke(word) * 2

    made = {"RunnableLambda": RunnableLambda(twice, name="reverse_and_double"), "@chain": reverse_and_double}
    for way, one in made.items():
        show(way)
        async for event in one.astream_events(word):
            inside = "  " * len(event["parent_ids"])
            show(f"  {inside}{event['event']:16} {event['name']:19} {event['data']}")
