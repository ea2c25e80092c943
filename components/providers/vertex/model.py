"""ChatVertexAI that can be stopped: every method, at once.

The one way to Google's SDK, whose import takes 3-6 s.
"""

import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from google.cloud.aiplatform_v1beta1.types import Candidate, GenerateContentResponse
from google.protobuf.json_format import MessageToDict
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from langchain_google_vertexai import ChatVertexAI
from pydantic import PrivateAttr

from components.providers.invoke import WholeReplies
from components.providers.sse.gemini import not_shown
from components.providers.vertex.calls import Calls
from components.providers.vertex.credentials import Loaded
from components.streaming.connection import Connection, in_thread
from components.streaming.faults import Failure

FinishReason: Any = Candidate.FinishReason
BlockedReason: Any = GenerateContentResponse.PromptFeedback.BlockedReason
BLOCKS: Mapping[int, str] = {one.value: one.name for one in BlockedReason}
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
            with self._calls.call() as client:
                model = self.model_copy(update={"client": client})
                yield from ChatVertexAI._stream(model, *args, **kwargs)

        async def _astream(
            self, *args: Any, run_manager: object = None, **kwargs: Any
        ) -> AsyncIterator[ChatGenerationChunk]:
            with self._calls.call() as client:
                model = self.model_copy(update={"client": client})
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

        def _read(self, response: GenerateContentResponse) -> None:
            """A message has come. In place, the first of several candidates stays, as ChatVertexAI would mix
            them up, and a call without arguments is given none.

            Raises:
                Failure: "content_filter". ChatVertexAI drops `prompt_feedback`: a blocked prompt would look
                    like an empty reply.
            """
            message, wire = GenerateContentResponse.pb(response), self._calls.wire
            size = message.ByteSize()
            for other in [candidate for candidate in message.candidates if candidate.index]:
                message.candidates.remove(other)
            wire.read(size, content=bool(message.candidates))
            feedback = message.prompt_feedback
            if feedback.block_reason:
                told = (BLOCKS.get(feedback.block_reason, ""), feedback.block_reason_message)
                raise Failure("content_filter", detail=": ".join(filter(None, told)))
            for candidate in message.candidates:
                wire.ending = candidate.finish_message or wire.ending
                if candidate.finish_reason > max(FinishReason):  # newer than the library
                    wire.ending = wire.ending or str(candidate.finish_reason)
                    candidate.finish_reason = FinishReason.OTHER
                for part in candidate.content.parts:
                    if part.HasField("function_call"):
                        part.function_call.args.SetInParent()
                    elif not part.text and (kind := not_shown(MessageToDict(part))):
                        wire.note("not_shown", kind)

        def _gemini_chunk_to_generation_chunk(
            self, response_chunk: Any, prev_total_usage: UsageMetadata | None = None
        ) -> tuple[ChatGenerationChunk, UsageMetadata | None]:
            self._read(response_chunk)
            chunk, usage = super()._gemini_chunk_to_generation_chunk(response_chunk, prev_total_usage)
            # Every chunk but the last says it has none; added up, they would read as one long finish reason.
            info = chunk.generation_info or {}
            if info.get("finish_reason") == "FINISH_REASON_UNSPECIFIED":
                del info["finish_reason"]
            # The counts are of all that came so far, and not every message has them.
            return chunk, usage or prev_total_usage


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
    )
