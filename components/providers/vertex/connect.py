"""A connection to Gemini for one run; the one way to Google's SDK, whose import takes 3-6 s."""

from __future__ import annotations

from typing import Any

from components.providers.profiles import window_of
from components.providers.vertex.calls import Calls
from components.providers.vertex.credentials import Loaded
from components.providers.vertex.model import StoppableVertexAI
from components.streaming.connection import Connection

# Seconds for the whole reply. Google's own default is no end.
DEADLINE = 300.0


def connect(loaded: Loaded, endpoint: str, **given: Any) -> Connection:
    """A model with calls of its own; `given` are ChatVertexAI's arguments."""
    calls = Calls(loaded.credentials, endpoint)
    model = StoppableVertexAI.over(
        calls,
        api_endpoint=endpoint,
        api_transport="grpc",
        max_retries=0,  # one attempt: the engine is who retries
        timeout=DEADLINE,
        **given,
    )
    return Connection(
        model,
        abort=calls.abort,
        close=calls.abort,
        secrets=loaded.secrets,
        window=window_of(model),
        wire=calls.wire,
    )
