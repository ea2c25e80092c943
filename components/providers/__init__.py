"""Where a chat model comes from: one file a provider, and this registry.

To add one: write its file and add its class here. No provider's SDK is imported before `open` is called.
"""

from __future__ import annotations

from components.providers.base import Choice, Field, Provider, Status
from components.providers.local import Local
from components.providers.openai import OpenAI
from components.providers.scripted import Scripted
from components.providers.vertexai import VertexAI
from components.settings import Settings

__all__ = ["Choice", "Field", "Provider", "Status", "registry"]


def registry(settings: Settings) -> dict[str, Provider]:
    """Every provider that is offered by its name, in the order in which the page lists them."""
    kinds: list[type[Provider]] = [Local, OpenAI, VertexAI, Scripted]
    return {kind.name: kind(settings) for kind in kinds if kind.name in settings.offered}
