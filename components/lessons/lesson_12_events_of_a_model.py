"""Events of a chat model."""

from langchain_core.language_models import BaseChatModel


async def lesson(model: BaseChatModel, prompt: str) -> None:
    async for event in model.astream_events(prompt, version="v2"):
        data = event["data"]
        kind = event["event"].removeprefix("on_chat_model_")
        if kind == "stream":
            told = repr(data["chunk"].text or data["chunk"].content_blocks)
        elif kind == "end":
            told = f"output {data['output'].text!r}"
        else:
            told = f"name {event['name']}, input {data['input']}"
        print(f"{kind:6} run {event['run_id'][:8]}  {told}")
