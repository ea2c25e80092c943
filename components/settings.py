"""What the process was started with: the environment, and `.env` beneath it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

METHODS = ("stream", "astream", "astream_events", "invoke")
YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
PROVIDERS = ("local", "openai", "vertexai", "scripted")
# By the provider's field that it fills where the page doesn't.
VARIABLES = {
    "api_key": "OPENAI_API_KEY",
    "base_url": "OPENAI_BASE_URL",
    "project": "GOOGLE_CLOUD_PROJECT",
    "location": "GOOGLE_CLOUD_LOCATION",
    "credentials": "GOOGLE_APPLICATION_CREDENTIALS",
}


class BadSetting(ValueError):
    """A variable whose value can't be used; the message is one sentence for the person who set it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One attribute a variable; the variable is the attribute's name in capitals.

    An empty variable counts as unset, so a line of `.env.example` left as it is changes nothing.
    """

    provider: str = "local"
    model: str = ""
    method: str = "stream"
    temperature: float = 0.7
    max_tokens: int = 512
    drain_seconds: int = 10
    forget_seconds: int = 900
    local_model: str = ""
    openai_api_key: str = field(default="", repr=False)
    openai_base_url: str = ""
    google_cloud_project: str = ""
    google_cloud_location: str = "us-central1"
    google_application_credentials: str = ""
    gradio_server_name: str = ""
    gradio_server_port: int = 0
    gradio_share: bool = False

    def __post_init__(self) -> None:
        """Raise BadSetting for a value outside its range."""
        if self.provider not in PROVIDERS:
            raise BadSetting(f"PROVIDER is {self.provider!r}; it can be {', '.join(PROVIDERS)}.")
        if self.method not in METHODS:
            raise BadSetting(f"METHOD is {self.method!r}; it can be {', '.join(METHODS)}.")
        if not 0 <= self.temperature <= 2:
            raise BadSetting(f"TEMPERATURE is {self.temperature:g}; it goes from 0 to 2.")
        if self.max_tokens < 1:
            raise BadSetting(f"MAX_TOKENS is {self.max_tokens}; it must be at least 1.")
        if self.drain_seconds < 0:
            raise BadSetting(f"DRAIN_SECONDS is {self.drain_seconds}; it must be at least 0.")
        if self.forget_seconds < 0:
            raise BadSetting(f"FORGET_SECONDS is {self.forget_seconds}; it must be at least 0.")
        if not 0 <= self.gradio_server_port <= 65535:
            raise BadSetting(f"GRADIO_SERVER_PORT is {self.gradio_server_port}; it goes up to 65535.")

    @classmethod
    def load(cls, dotenv: Path | None = Path(".env"), environ: Mapping[str, str] | None = None) -> Settings:
        """Read the variables; the environment wins over `dotenv`, which is never copied into it."""
        values: dict[str, str | None] = {}
        if dotenv is not None and dotenv.is_file():
            from dotenv import dotenv_values

            try:
                values.update(dotenv_values(dotenv))
            except UnicodeDecodeError:
                raise BadSetting(f"{dotenv} is not UTF-8 text.") from None
        values.update(os.environ if environ is None else environ)
        types = get_type_hints(cls)
        given: dict[str, Any] = {}
        for setting in fields(cls):
            name = setting.name.upper()
            text = (values.get(name) or "").strip()
            if text:
                given[setting.name] = _parse(name, text, types[setting.name])
        return cls(**given)


def _parse(name: str, text: str, wanted: type) -> str | int | float | bool:
    if wanted is bool:
        if text.lower() not in YES | NO:
            raise BadSetting(f"{name} is {text!r}; it must be 1 or 0.")
        return text.lower() in YES
    try:
        value: str | int | float = wanted(text)
    except ValueError:
        kind = "a whole number" if wanted is int else "a number"
        raise BadSetting(f"{name} is {text!r}; it must be {kind}.") from None
    return value
