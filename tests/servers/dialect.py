"""What the OpenAI stand-in says in other APIs' words: the same plans, other bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

Piece = str | dict[str, Any]
Said = Sequence[Piece]


class Chunks(ABC):
    """Renders the events of one reply, in the order in which they are asked for."""

    def __init__(self, number: int, model: str) -> None:
        self.number = number
        self.model = model

    def head(self, prompt: int) -> bytes:
        """What comes before the first piece."""
        return b""

    @abstractmethod
    def content(self, piece: Piece) -> bytes:
        """A text, or a delta as chat completions have it."""

    @abstractmethod
    def tool_call(self, name: str, arguments: str) -> bytes: ...

    @abstractmethod
    def tail(self, reason: str | None, prompt: int, said: Said, *, usage: bool) -> list[bytes]:
        """Why it ends and what it took. `reason`: in OpenAI's words, None for none."""

    def close(self) -> bytes:
        """That nothing more comes."""
        return b""

    def ping(self) -> bytes:
        return b": ping\n\n"

    def malformed(self) -> bytes:
        return self.content("br").rstrip()[:-25] + b"\n\n"

    @abstractmethod
    def error(self) -> bytes:
        """In mid-stream."""

    @abstractmethod
    def whole(self, said: Said, reason: str | None, prompt: int) -> bytes:
        """A reply that isn't streamed."""


class Dialect(ABC):
    """One API: where it is, who may use it, and its errors."""

    chunks: type[Chunks]

    @abstractmethod
    def model(self, method: str, path: str, body: Any) -> str | None:
        """The model that is asked for; None where this isn't one of its routes."""

    def asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The request as a chat completion has it: `stream`, `messages`, `tools`, `max_tokens`."""
        return body

    @abstractmethod
    def key(self, headers: dict[str, str]) -> str: ...

    def status(self, status: int) -> int:
        """What is sent for an HTTP status."""
        return status

    @abstractmethod
    def status_error(self, status: int, model: str, key: str) -> bytes: ...

    @abstractmethod
    def context_overflow(self, tokens: int) -> bytes: ...


def texts(said: Said) -> str:
    return "".join(piece for piece in said if isinstance(piece, str))


def thoughts(said: Said) -> list[str]:
    return [
        piece["reasoning_content"]
        for piece in said
        if isinstance(piece, dict) and "reasoning_content" in piece
    ]
