"""Stream in a loop."""

from langchain_core.language_models import BaseChatModel


def lesson(model: BaseChatModel, prompt: str) -> None:
    for chunk in model.stream(prompt):
        print(repr(chunk.text or chunk.content_blocks))
