"""Where a chat model comes from: one file a provider, and this registry.

To add one: write its file and add its class here. No provider's SDK is imported before `open` is called.
"""

from components.providers.anthropic import Anthropic
from components.providers.azure import Azure
from components.providers.base import Provider
from components.providers.field import SECRET, Choice, Field, Snippet, Status
from components.providers.gemini import Gemini
from components.providers.local import Local
from components.providers.openai import OpenAI
from components.providers.scripted import Scripted
from components.providers.vertexai import VertexAI
from components.settings import BadSetting, Settings, listed

__all__ = [
    "PROVIDERS", "SECRET", "Choice", "Field", "Provider", "Snippet", "Status", "registry", "variables"
]  # fmt: skip

# In the order in which the page lists them.
PROVIDERS: tuple[type[Provider], ...] = (Local, OpenAI, Anthropic, Gemini, Azure, VertexAI, Scripted)


def registry(settings: Settings) -> dict[str, Provider]:
    """Those that visitors may use on the owner's account, and those to which they can bring their own key.

    Raises BadSetting: there is no such provider, or strangers may not use the one that the page begins with.
    """
    names = [kind.name for kind in PROVIDERS]
    for name in listed(settings.public_providers):
        if name not in names:
            raise BadSetting(f"PUBLIC_PROVIDERS has {name!r}; it can have {', '.join(names)}.")
    if settings.provider not in names:
        raise BadSetting(f"PROVIDER is {settings.provider!r}; it can be {', '.join(names)}.")
    offered = [kind for kind in PROVIDERS if kind.is_offered(settings)]
    if settings.provider not in {kind.name for kind in offered}:
        raise BadSetting(f"PROVIDER is {settings.provider!r}, which PUBLIC_PROVIDERS does not open.")
    return {kind.name: kind(settings) for kind in offered}


def variables(provider: str) -> dict[str, str]:
    """The variables of the environment that fill its fields, by field."""
    fields = next((kind.fields for kind in PROVIDERS if kind.name == provider), ())
    return {field.name: field.variable for field in fields if field.variable}
