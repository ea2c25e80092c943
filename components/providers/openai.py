"""OpenAI, and any server that speaks its protocol: vLLM, llama.cpp, Ollama, a proxy."""

from __future__ import annotations

from components.providers.base import Choice, Field, Provider
from components.providers.base_url import normalised
from components.settings import Settings
from components.streaming.connection import Connection
from components.streaming.faults import Failure

# Said aloud, so that no variable of the SDK's own can point the owner's key elsewhere.
OPENAI = "https://api.openai.com/v1"
# Of OpenAI's present models; for other servers the field says it.
WINDOW = "128000"
# What servers without keys are sent; the SDK refuses to be built with none.
NO_KEY = "none"


class OpenAI(Provider):
    name = "openai"
    slow_modules = ("components.providers.wire",)
    models = ("gpt-4o-mini", "gpt-4o", "gpt-4.1-mini", "gpt-4.1")

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.fields = (
            Field("api_key", "secret"),
            # A stranger's address could be one inside the machine's own network.
            *(() if settings.hosted else (Field("base_url", "text", default=self.settings.openai_base_url),)),
            Field("window", "number", default=WINDOW),
        )

    def missing(self, choice: Choice) -> tuple[str, ...]:
        # A server of one's own may need no key; OpenAI's does.
        own_server = bool(self._base_url(choice))
        return () if own_server or self._key(choice) else ("api_key",)

    def on_owners_account(self, choice: Choice) -> bool:
        """With any key, even one of the visitor's own, a server that the owner named is the owner's."""
        owners = self.settings.openai_base_url
        return not choice.get("api_key") or (bool(owners) and _same(self._base_url(choice), owners))

    def open(self, choice: Choice) -> Connection:
        if self.settings.hosted and choice.get("base_url"):
            raise Failure("bad_setting", field="base_url")
        if missing := self.missing(choice):
            raise Failure("missing", fields=", ".join(missing))
        from components.providers.wire import open_chat

        given = self._base_url(choice) or OPENAI
        base_url, query = normalised(given)
        connection = open_chat(
            base_url=base_url,
            query=query,
            api_key=_printable(self._key(choice)) or NO_KEY,
            model=self.allowed_model(choice),
            temperature=choice.temperature,
            max_tokens=choice.max_tokens,
            max_tokens_too=bool(self._base_url(choice)),
            window=_whole_number(choice.get("window", WINDOW)),
        )
        if connection.wire is not None and base_url != given.partition("?")[0].rstrip("/"):
            connection.wire.note("base_url", base_url)
        return connection

    def _base_url(self, choice: Choice) -> str:
        return choice.get("base_url", self.settings.openai_base_url)

    def _key(self, choice: Choice) -> str:
        given = choice.get("api_key")
        if given:
            return given
        # The owner's key goes only where the owner pointed it: a visitor's base URL never sees it.
        owners = _same(self._base_url(choice), self.settings.openai_base_url)
        return self.settings.openai_api_key if owners else ""


def _printable(key: str) -> str:
    """Refuse a key that no header can carry: the exceptions about such a header quote it."""
    if not all("!" <= letter <= "~" for letter in key):
        raise Failure("bad_setting", field="api_key")
    return key


def _same(one: str, other: str) -> bool:
    """Whether two base URLs, "" for OpenAI's own, lead to the same place; a wrong one leads nowhere."""
    try:
        return normalised(one or OPENAI) == normalised(other or OPENAI)
    except Failure:
        return False


def _whole_number(text: str) -> int:
    try:
        return max(0, int(float(text)))
    except (ValueError, OverflowError):
        raise Failure("bad_setting", field="window") from None
