"""What a provider is: it says what it needs, what is missing, and opens connections to a chat model."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from components.providers.base_url import normalised, same
from components.providers.field import SECRET, Choice, Field, Snippet, Status
from components.providers.profiles import Profile, profiles, small_one
from components.settings import BadSetting, Settings, listed
from components.streaming.connection import Connection
from components.streaming.faults import Failure


class Provider(ABC):
    """One per process and provider; holds no visitor's data. Methods may be called from any thread.

    What a page, a terminal or a chain has to know of a provider stands in its class.
    """

    name: ClassVar[str]
    # Newest first.
    models: tuple[str, ...] = ()
    # What its makers call a small model, in its name: the newest of those is the default.
    small: ClassVar[str] = ""
    # As declared; an instance has those that visitors are offered, with what stands in them at first.
    fields: tuple[Field, ...] = ()
    # Where its requests go, unless an `address` field has another place; and where else its makers answer.
    address: ClassVar[str] = ""
    other_address: ClassVar[str] = ""
    # What of a base URL is for the SDK to add, as a pattern; None where the address is no URL.
    path: ClassVar[str | None] = None
    # It has no key and costs nothing but this machine's time.
    keyless: ClassVar[bool] = False
    snippet: ClassVar[Snippet]
    # What in its fields makes it answer in JSON, where a model can't be told to.
    in_json: ClassVar[Mapping[str, str]] = {}
    # The packages whose versions stand in a run file.
    packages: ClassVar[tuple[str, ...]] = ()
    # The modules through which `connect` imports an SDK. The app imports them in the background for the
    # provider it starts with, and a run that comes meanwhile waits. Were it to come to the SDK by another
    # way, the two threads would meet in the middle of Google's circular imports, which then stay broken.
    slow_modules: ClassVar[tuple[str, ...]] = ()
    # In code of one's own: the SDK's class, where it isn't the API's, and what is to be said first.
    sdk: ClassVar[str] = ""
    code_note: str = ""

    def __init__(self, settings: Settings) -> None:
        """Keep in `own`, by field, what the environment has for this provider; only that."""
        self.opened = self.is_open(settings)
        self.hosted = settings.hosted
        self.own: dict[str, str] = {}
        for field in self.fields:
            given = settings.variables.get(field.variable) if self.opened or field.public else None
            own = given or field.default
            self.own[field.name] = next((one for one in field.options if one.lower() == own.lower()), own)
            if field.options and self.own[field.name] not in field.options:
                raise BadSetting(f"{field.variable} is {own!r}; it can be {', '.join(field.options)}.")
        self._declared = {field.name: field for field in self.fields}
        # The field that says where the provider is, "" where none does.
        self._place = next((field.name for field in self.fields if field.kind == "address"), "")
        self._named = settings.model if settings.provider == self.name else ""
        self.fields = tuple(
            replace(field, default=self._shown(field))
            for field in self.fields
            if field.kind != "owner" and not (field.kind == "address" and self.hosted)
        )

    @classmethod
    def is_open(cls, settings: Settings) -> bool:
        """Whether visitors may use it on the owner's account."""
        named = listed(settings.public_providers)
        return cls.name in named if named else cls.keyless or not settings.hosted

    @classmethod
    def is_offered(cls, settings: Settings) -> bool:
        """Whether it is open, or a visitor can bring all that it needs; an address is none of that."""
        needs = {field.kind for field in cls.fields if field.required}
        return cls.is_open(settings) or not (cls.keyless or "address" in needs)

    def open(self, choice: Choice) -> Connection:
        """Import the SDK and make a model for one run; may block.

        Raises Failure: what is missing or wrong, before anything was sent.
        """
        for name, field in self._declared.items():
            given = choice.get(name)
            no_option = bool(given and field.options) and given not in field.options
            strangers_address = bool(given) and field.kind == "address" and self.hosted
            # The exceptions about a header that can't carry a key quote it.
            no_key = field.kind == "secret" and not all("!" <= one <= "~" for one in self.value(choice, name))
            if no_option or strangers_address or no_key:
                raise Failure("bad_setting", field=name)
        if missing := self.missing(choice):
            raise Failure("missing", fields=", ".join(missing))
        window, connection = self.window(choice), self.connect(choice)
        connection.wire.dry = choice.dry
        if choice.temperature is not None and self.temperature(choice) is None:
            connection.wire.note("not_taken", "temperature")
        given = self._given_address(choice).partition("?")[0].rstrip("/") if self.path is not None else ""
        if given and (base_url := self.base_url(choice)[0]) != given:
            connection.wire.note("base_url", base_url)
        return replace(connection, window=connection.window or window)

    @abstractmethod
    def connect(self, choice: Choice) -> Connection:
        """What `open` does once nothing is missing."""

    def value(self, choice: Choice, name: str) -> str:
        """What counts: the visitor's, the owner's or the default.

        The owner's key goes only where the owner pointed it: an address that a visitor gave never sees it.
        """
        kind, own = self._declared[name].kind, self.own[name]
        if kind in SECRET and not self._at_owners_address(choice):
            own = ""
        return own if kind == "owner" else choice.get(name, own)

    def base_url(self, choice: Choice) -> tuple[str, dict[str, str]]:
        """Where its requests go, put right, and the query that every one's address ends with.

        Raises Failure: what was given is no URL.
        """
        base_url, query = normalised(self._given_address(choice) or self.address, self._place)
        return re.sub(self.path or "$", "", base_url), query

    def missing(self, choice: Choice) -> tuple[str, ...]:
        """Names of the fields without which `open` would fail; empty when nothing is missing."""
        # A server of one's own may need no key.
        elsewhere = bool(self.address) and bool(self._given_address(choice))
        return tuple(
            name
            for name, field in self._declared.items()
            if field.required
            and not ((elsewhere or choice.dry) and field.kind in SECRET)
            and not self.value(choice, name)
        )

    def on_owners_account(self, choice: Choice) -> bool:
        """Whether what this costs is the owner's to pay, whoever asks.

        With any key, even one of the visitor's own, a server that the owner named is the owner's.
        """
        secrets = [name for name, field in self._declared.items() if field.kind in SECRET]
        owners_server = bool(self.own.get(self._place)) and self._at_owners_address(choice)
        return bool(secrets) and (owners_server or not all(map(choice.get, secrets)))

    def default_model(self) -> str:
        return small_one(self.models, self.small)

    def model_of(self, choice: Choice) -> str:
        return choice.model or self.default_model()

    def asked(self, choice: Choice) -> dict[str, Any]:
        """What every model is told.

        Raises Failure: a stranger may not spend the owner's money on any model there is.
        """
        model = self.model_of(choice)
        if self.hosted and self.on_owners_account(choice) and model not in {*self.models, self._named}:
            raise Failure("bad_setting", field="model")
        return {"model": model, "temperature": self.temperature(choice), "max_tokens": choice.max_tokens}

    @property
    def code_variables(self) -> tuple[str, str]:
        """For its key and for its address, in code of one's own."""
        named = {field.kind: field.variable for field in reversed(self._declared.values())}
        return named.get("secret", "OPENAI_API_KEY"), named.get("address", "OPENAI_BASE_URL")

    def in_code(self, endpoint: Any, base_url: Any, query: Mapping[str, str]) -> dict[str, Any]:
        """The arguments of a client by which it asks there. `endpoint`: the address's variable, and with the
        path behind it `base_url`; None where nobody has to say it.
        """
        return ({"base_url": base_url} if base_url else {}) | ({"default_query": query} if query else {})

    def served_models(self, choice: Choice) -> tuple[str, ...]:
        """What the server at a chosen address lists, which is asked; () where none is chosen."""
        return ()

    def profile(self, choice: Choice) -> Profile:
        """What LangChain's package knows of the model; {} of one that it doesn't know."""
        return profiles(self.snippet.package).get(self.model_of(choice), {})

    def window(self, choice: Choice) -> int:
        """Tokens that the model can read, as far as that package knows it; 0 when it doesn't."""
        return int(self.profile(choice).get("max_input_tokens") or 0)

    def temperature(self, choice: Choice) -> float | None:
        """None, too, for a model that takes none."""
        return None if self.profile(choice).get("temperature") is False else choice.temperature

    def start(self) -> None:
        """Begin whatever takes time, in the background; called once, after the page is served."""

    def status(self) -> Status:
        return Status()

    def stop(self) -> None:
        """Release what `start` made; called once, as the app ends."""

    def _given_address(self, choice: Choice) -> str:
        return self.value(choice, self._place) if self._place else ""

    def _at_owners_address(self, choice: Choice) -> bool:
        own = self.own.get(self._place) or self.address
        return same(choice.get(self._place, own), own)

    def _shown(self, field: Field) -> str:
        """What stands in a field at first: no secret, and where strangers come nothing of the owner's."""
        if field.kind in SECRET:
            return ""
        return field.default if self.hosted and not field.public else self.own[field.name]
