"""A run's call as code of one's own, made of the very request that left: the key is a variable in it, and
so is an address that isn't the provider's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from components.providers.base import Provider
from components.providers.code.call import Call
from components.providers.code.in_python import langchain, sdk
from components.providers.code.over_http import curl, fetch
from components.streaming.redact import forms_of, strike
from components.streaming.request import Request

__all__ = ["KINDS", "code", "names"]

# "openai": by the provider's own SDK, whichever that is.
KINDS: Final[Mapping[str, Callable[[Call], str]]] = {
    "langchain": langchain,
    "openai": sdk,
    "curl": curl,
    "js": fetch,
}


def code(
    kind: str, provider: Provider, request: Request, method: str = "stream", secrets: tuple[str, ...] = ()
) -> str:
    """Source text. `method`: LangChain's, as the run was read. `secrets`: what must not stand in it, wherever
    it comes from.
    """
    comment = "//" if kind == "js" else "#"
    note = "".join(f"{comment} {line}\n" for line in provider.code_note.splitlines())
    return strike(note + KINDS[kind](Call(provider, request, method)), forms_of(secrets))


def names(provider: Provider, request: Request) -> list[str]:
    """What the kinds are called, in their order."""
    return ["LangChain", f"{Call(provider, request, '').api.package} SDK", "curl", "JavaScript"]
