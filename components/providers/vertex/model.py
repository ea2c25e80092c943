"""ChatVertexAI that can be stopped: every method, at once.

The one way to Google's SDK, whose import takes 3-6 s.
"""

import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import Any

from langchain_core.outputs import ChatGenerationChunk
from langchain_google_vertexai import ChatVertexAI
from pydantic import PrivateAttr

from components.providers.gemini import held_to
from components.providers.invoke import WholeReplies
from components.providers.sse.gemini import NO_REASON
from components.providers.vertex.calls import Calls
from components.providers.vertex.credentials import Loaded
from components.streaming.connection import Connection, in_thread

# Of threads: the loop's executor has few, and each silent stream would hold one.
READER = "vertexai-reader"
# Seconds for the whole reply. Google's own default is no end.
DEADLINE = 300.0

with warnings.catch_warnings():
    # 2026-11, until langchain-google-vertexai 4, which drops ChatVertexAI; requirements.txt stays at 3.
    warnings.filterwarnings("ignore", r"Use \[`ChatGoogleGenerativeAI`\]", DeprecationWarning)

    class StoppableVertexAI(WholeReplies, ChatVertexAI):
        """Each call has a client of its own; the async stream reads the sync one's in a thread.

        ChatVertexAI's async stream doesn't cancel its call when closed. Here closing the async generator or
        cancelling its task closes the client.
        """

        _calls: Calls = PrivateAttr()

        def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
            with self._calls.call(self) as model:
                yield from ChatVertexAI._stream(model, *args, **kwargs)

        async def _astream(
            self, *args: Any, run_manager: object = None, **kwargs: Any
        ) -> AsyncIterator[ChatGenerationChunk]:
            with self._calls.call(self) as model:
                chunks = ChatVertexAI._stream(model, *args, **kwargs)
                while chunk := await in_thread(lambda: next(chunks, None), READER):
                    yield chunk

        def _generation_config_gemini(
            self, *args: Any, response_json_schema: Mapping[str, Any] | None = None, **kwargs: Any
        ) -> Any:
            """ChatVertexAI knows schemas only in Gemini's older and fewer words."""
            config = super()._generation_config_gemini(*args, **kwargs)
            if response_json_schema is not None:
                config.response_json_schema = response_json_schema
            return config

        def _gemini_chunk_to_generation_chunk(self, *args: Any, **kwargs: Any) -> Any:
            """Every chunk but the last says it has no reason; added up, they would read as one long one."""
            chunk, usage = super()._gemini_chunk_to_generation_chunk(*args, **kwargs)
            if chunk.generation_info and chunk.generation_info.get("finish_reason") == NO_REASON:
                del chunk.generation_info["finish_reason"]
            return chunk, usage


def connect(loaded: Loaded, endpoint: str, **given: Any) -> Connection:
    """A model with calls of its own, for one run; `given` are ChatVertexAI's arguments."""
    calls = Calls(loaded.credentials, endpoint)
    model = StoppableVertexAI(  # type: ignore[call-arg]
        api_endpoint=endpoint,
        api_transport="grpc",
        max_retries=0,  # one attempt: the engine is who retries
        timeout=DEADLINE,
        **given,
    )
    model._calls = calls
    return Connection(
        model,
        abort=calls.abort,
        close=calls.abort,
        secrets=loaded.secrets,
        wire=calls.wire,
        held_to=partial(held_to, model),
    )
