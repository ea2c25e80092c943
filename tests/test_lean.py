"""A model's chunks share what they have in common, and are what they were otherwise."""

from __future__ import annotations

from langchain_core.messages import AIMessageChunk
from langchain_core.runnables import RunnableConfig

from components.providers.wire import open_chat
from components.streaming import lean
from components.streaming.stop import Stop
from components.streaming.watch import ModelWatch
from tests.runs import KEY
from tests.servers.openai_api import OpenAIServer

CHUNKS = 40


def chunks_of(server: OpenAIServer, config: RunnableConfig) -> list[AIMessageChunk]:
    connection = open_chat(
        base_url=server.base_url,
        api_key=KEY,
        model=f"chunks={CHUNKS},id=lean",
        temperature=0.7,
        max_tokens=1000,
    )
    try:
        return [chunk for chunk in connection.model.stream("Hi", config) if isinstance(chunk, AIMessageChunk)]
    finally:
        connection.close()


def test_chunks_share_the_names_of_their_fields(openai_server: OpenAIServer) -> None:
    alone = chunks_of(openai_server, {})
    watched = chunks_of(openai_server, {"callbacks": [ModelWatch(Stop())]})

    names = [chunk.model_fields_set for chunk in watched]
    assert names == [chunk.model_fields_set for chunk in alone]
    assert len(watched) > CHUNKS
    assert len({id(one) for one in names}) == len(set(map(frozenset, names))) < 6
    # They add up to the same message, and nobody has written into what they share.
    left_out = {"id", "response_metadata"}
    whole = [sum(some[1:], some[0]).model_dump(exclude=left_out) for some in (watched, alone)]
    assert whole[0] == whole[1]
    assert all(key == shared for key, shared in lean._names.items())
