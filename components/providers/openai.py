"""OpenAI, and any server that speaks its protocol: vLLM, llama.cpp, Ollama, a proxy."""

import logging
from typing import Any

from components.providers.base import Provider
from components.providers.field import Choice, Field, Snippet
from components.providers.profiles import models
from components.settings import Settings
from components.streaming.connection import Connection
from components.streaming.faults import Failure

log = logging.getLogger(__name__)

# To wait for a list of models; names in it that are offered, and characters of one: a stranger's server may
# send anything.
SECONDS = 5.0
MOST, LONGEST = 500, 200
# Tokens, of a model that LangChain's package doesn't know.
WINDOW = 128_000
# What servers without keys are sent; the SDK refuses to be built with none.
NO_KEY = "none"
# The model's own, or what LangChain makes of it.
AUTO = "auto"
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


class OpenAI(Provider):
    name = "openai"
    # Said aloud, so that no variable of the SDK's own can point the owner's key elsewhere.
    address = "https://api.openai.com/v1"
    path = ""
    small = "-mini"
    models = models("langchain_openai")
    fields = (
        Field("api_key", "secret", variable="OPENAI_API_KEY", required=True),
        Field("base_url", "address", variable="OPENAI_BASE_URL"),
        Field("dialect", "choice", AUTO, (AUTO, "chat", "responses")),
        Field("effort", "choice", AUTO, (AUTO, *EFFORTS)),
        Field("summary", "choice", "none", ("none", AUTO, "concise", "detailed")),
        Field("window", "number"),
    )
    snippet = Snippet("langchain_openai", "ChatOpenAI", 'response_format={"type": "json_object"}')
    packages = ("langchain-openai", "openai")
    slow_modules = ("components.providers.wire",)

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        if self.hosted:  # what is listed strangers may use on the owner's account: not the dearest
            self.models = tuple(model for model in self.models if "-pro" not in model)

    def connect(self, choice: Choice) -> Connection:
        from components.providers.clients import Clients, bearer
        from components.providers.wire import open_chat

        base_url, query = self.base_url(choice)
        key, elsewhere = self.value(choice, "api_key") or NO_KEY, bool(self.value(choice, "base_url"))
        clients = Clients(base_url, bearer(key), older_length=elsewhere)
        asked = self.asked(choice) | self._thinking(choice)
        return open_chat(clients, key, query=query, **asked)

    def window(self, choice: Choice) -> int:
        """Raises Failure: what was given is no number."""
        try:
            return max(0, int(float(self.value(choice, "window") or super().window(choice) or WINDOW)))
        except (ValueError, OverflowError):
            raise Failure("bad_setting", field="window") from None

    def served_models(self, choice: Choice) -> tuple[str, ...]:
        """In its order, from /models or /v1/models; () where there is no list."""
        if self.hosted or not self.value(choice, "base_url"):  # the owner's is no stranger's business
            return ()
        try:
            base_url, query = self.base_url(choice)
        except Failure:  # a run says it
            return ()
        import httpx2

        headers = {"Authorization": f"Bearer {self.value(choice, 'api_key') or NO_KEY}"}
        for path in ("/models", "/v1/models"):
            try:
                answer = httpx2.get(f"{base_url}{path}", params=query, headers=headers, timeout=SECONDS)
                listed = answer.json()["data"] if answer.is_success else []
                names = [name for one in listed[:MOST] if isinstance(name := one["id"], str)]
            except (httpx2.HTTPError, ValueError, TypeError, LookupError) as error:
                log.info("no list of models at %s%s: %s", base_url, path, type(error).__name__)
                continue
            if names:
                return tuple(dict.fromkeys(name for name in names if 0 < len(name) <= LONGEST))
        return ()

    def _thinking(self, choice: Choice) -> dict[str, Any]:
        """How the model is to think, and the dialect. LangChain takes Responses where the model needs it.

        Raises Failure: the model doesn't know this effort.
        """
        dialect, effort, summary = (self.value(choice, name) for name in ("dialect", "effort", "summary"))
        profile = self.profile(choice)
        given = {"effort": effort} if effort != AUTO else {}
        thinks = profile.get("reasoning_output", True)
        if given and effort not in profile.get("reasoning_effort_levels", EFFORTS if thinks else ()):
            raise Failure("bad_setting", field="effort")
        more: dict[str, Any] = {} if dialect == AUTO else {"use_responses_api": dialect == "responses"}
        if summary != "none" and dialect != "chat" and thinks:
            return {**more, "reasoning": {**given, "summary": summary}}
        return {**more, "reasoning_effort": effort} if given else more
