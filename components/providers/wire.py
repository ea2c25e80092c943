"""A chat model over OpenAI's protocol, on HTTP clients of one's own. It keeps what a server sends of the
model's thinking; LangChain's own drops it.

Importing it imports the SDK, which takes about a second.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from langchain_openai.chat_models.base import BaseChatOpenAI
from pydantic import SecretStr

from components.providers.clients import Clients
from components.providers.invoke import WholeReplies
from components.streaming.connection import Connection

# Names in an address's query that hold a secret.
SECRET = re.compile(r"key|token|secret|sig|pass|auth|code", re.I)
# No name that LangChain knows: then it looks for reasoning where all but OpenAI put it.
PROVIDER = "openai_compatible"


class Reasoning(WholeReplies):
    """Reads `reasoning_content` of deltas into `content_blocks` of type `reasoning`."""

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], *given: Any
    ) -> ChatGenerationChunk | None:
        made = BaseChatOpenAI._convert_chunk_to_generation_chunk(self, chunk, *given)  # type: ignore[arg-type]
        if made is not None and (choices := chunk.get("choices")):
            made.message.response_metadata["model_provider"] = PROVIDER
            if thought := (choices[0].get("delta") or {}).get("reasoning_content"):
                made.message.additional_kwargs["reasoning_content"] = thought
        return made


class ReasoningChatOpenAI(Reasoning, ChatOpenAI):
    name: str | None = "ChatOpenAI"


class ReasoningAzureChatOpenAI(Reasoning, AzureChatOpenAI):
    name: str | None = "AzureChatOpenAI"


class ScriptedModel(ReasoningChatOpenAI):
    """The scripted provider's: ChatOpenAI under a name of its own. It knows no constraint."""

    name: str | None = "ScriptedModel"

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return False

    @property
    def _llm_type(self) -> str:
        return "scripted"


def held_by_format(model: Any, schema: Mapping[str, Any]) -> Any:
    """As a body of ours: given by name, one that max_tokens cuts off raises LengthFinishReasonError."""
    form = {"type": "json_schema", "json_schema": {"name": "reply", "schema": dict(schema)}}
    return model.bind(extra_body={"response_format": form})


def held_to(model: Any, schema: Mapping[str, Any]) -> Any:
    if not model.use_responses_api:
        return held_by_format(model, schema)
    form = {"type": "json_schema", "name": "reply", "schema": dict(schema)}
    return model.bind(extra_body={"text": {"format": form}})


def open_chat(
    clients: Clients,
    key: str,
    *,
    max_tokens: int,
    query: Mapping[str, str] | None = None,
    chat: Callable[..., Any] = ReasoningChatOpenAI,
    **fields: Any,
) -> Connection:
    """A `ChatOpenAI` for one run.

    Retries are left to the engine, which tells the reader about them. `query`: what every request's
    address ends with. `chat`: another class of the kind. `fields`: the rest of its own;
    `streaming=True` has `invoke` stream underneath, for servers that notice that a client has left only when
    they have a token to send. Said aloud, False would make `stream` fall back on `invoke`.
    """
    opened = chat(
        base_url=clients.address,
        default_query=query or None,
        api_key=SecretStr(key),
        max_completion_tokens=max_tokens,
        max_retries=0,
        stream_usage=True,
        stream_chunk_timeout=None,  # a timer for every chunk; the client's own timeout sees silence, too
        http_socket_options=(),  # for clients of its own; it would warn that they know no proxy
        **fields,
        http_client=clients.sync,
        http_async_client=clients.asynchronous,
    )
    secrets = (key, *(value for name, value in (query or {}).items() if SECRET.search(name)))
    return clients.connection(opened, *secrets, limit=max_tokens, held_to=partial(held_to, opened))
