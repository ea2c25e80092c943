"""Events of a chat model.

Look at the run id: one start, a stream event for every chunk, one end, all of the
same run. The end has the whole message, added up as in lesson 4, so nobody who
listens has to add up chunks.

Since the tutorials: `version="v1"` is deprecated (since langchain-core 1.3.3,
gone in 2.0), v2 is what one gets, and there is no beta warning any more. New in
every event is `parent_ids`, the runs around it, the outermost first.
"""

from collections.abc import Callable

from langchain_core.language_models import BaseChatModel

THEME = "events"
PROMPT = "hello"


async def lesson(model: BaseChatModel, prompt: str, show: Callable[[object], None]) -> None:
    async for event in model.astream_events(prompt, version="v2"):
        data = event["data"]
        kind = event["event"].removeprefix("on_chat_model_")
        if kind == "stream":
            told = repr(data["chunk"].text or data["chunk"].content_blocks)
        elif kind == "end":
            told = f"output {data['output'].text!r}"
        else:
            told = f"name {event['name']}, input {data['input']}"
        show(f"{kind:6} run {event['run_id'][:8]}  {told}")
