"""A conversation: messages in, the reply's text out; and what of it is sent, as much as a window holds."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import dropwhile
from typing import Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    merge_message_runs,
    trim_messages,
)
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import Runnable, RunnableLambda

from components.chains.text_parser import TextParser
from components.streaming.connection import Connection
from components.streaming.faults import Failure

Turn = tuple[Literal["user", "assistant"], str]

# What a chat template puts around each message, in tokens; measured with SmolLM2's and rounded up.
AROUND_A_MESSAGE = 8


def build(connection: Connection, *, waits: bool = False) -> Runnable[dict[str, list[BaseMessage]], str]:
    """`waits`: its last step is a plain function, before which LangChain collects the whole text."""
    model: BaseChatModel = connection.model
    chain = ChatPromptTemplate([MessagesPlaceholder("messages")]) | model | TextParser()
    return chain | RunnableLambda[str, str](lambda text: text, name="whole") if waits else chain


def messages_for(
    turns: Sequence[Turn], *, system: str, window: int, reply: int, count_tokens: Callable[[str], int]
) -> list[BaseMessage]:
    """The system prompt and the latest turns that leave room for the reply, the last one always whole.

    User and assistant take turns in it, the user first, as some servers' templates refuse anything else: a
    reply that failed leaves two messages of the user's, which become one.

    Args:
        turns: the conversation, ending with the message to answer.
        window: the model's context in tokens, 0 when unknown: then everything is sent.
        reply: the longest reply in tokens. At most half of the window is kept free for it.

    Raises Failure: "too_long", when the last message alone does not fit.
    """
    messages: list[BaseMessage] = [SystemMessage(system)] if system.strip() else []
    said = [turn for turn in turns if turn[0] == "user" or turn[1].strip()]
    for role, text in dropwhile(lambda turn: turn[0] == "assistant", said):
        messages.append(HumanMessage(text) if role == "user" else AIMessage(text))
    room = window - min(reply, window // 2)
    # Counting is a request to the model's server for some providers; bytes bound tokens from above.
    most = sum(len(str(one.content).encode("utf-8", "replace")) + AROUND_A_MESSAGE for one in messages)
    if window and most > room:
        count, last = cache(count_tokens), messages[-1]
        messages = trim_messages(
            messages,
            max_tokens=room,
            token_counter=lambda some: sum(count(str(one.content)) + AROUND_A_MESSAGE for one in some),
            strategy="last",
            include_system=True,
            start_on="human",
        )
        if not messages or messages[-1] is not last:
            raise Failure("too_long", window=str(window))
    # Not before: a message too long to be sent must not make the next one so.
    return merge_message_runs(messages, chunk_separator="\n\n")
