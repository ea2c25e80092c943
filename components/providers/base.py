"""What a provider is: it says what it needs, what is missing, and opens connections to a chat model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from components.streaming.faults import Failure

if TYPE_CHECKING:
    from components.settings import Settings
    from components.streaming.connection import Connection
    from components.streaming.faults import Fault


@dataclass(frozen=True, slots=True)
class Field:
    """A setting a provider takes from the visitor, over what the environment gave.

    A `secret` or a `file` is kept in the visitor's session only, and `default` never holds one.
    """

    name: str
    kind: Literal["text", "secret", "file", "number", "choice"]
    default: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What one session chose. `values` holds what was given for the provider's fields, secrets among them."""

    provider: str
    model: str = ""
    temperature: float | None = None  # the model's own
    max_tokens: int = 512
    values: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a provider can answer now. `done` and `total` are bytes while weights come, else 0."""

    state: Literal["ready", "fetching", "loading", "failed"] = "ready"
    done: int = 0
    total: int = 0
    fault: Fault | None = None


class Provider(ABC):
    """One per process and provider; holds no visitor's data. Methods may be called from any thread."""

    name: str
    models: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    # The modules through which `open` imports an SDK. The app imports them in the background for the
    # provider it starts with, and a run that comes meanwhile waits. Were it to come to the SDK by another
    # way, the two threads would meet in the middle of Google's circular imports, which then stay broken.
    slow_modules: tuple[str, ...] = ()

    def __init__(self, settings: Settings) -> None:
        """`settings` has the owner's keys in it only where visitors may use this provider on them."""
        self.opened = self.name in settings.opened
        self.settings = settings if self.opened else settings.without_keys()

    @abstractmethod
    def open(self, choice: Choice) -> Connection:
        """Import the SDK and make a model for one run; may block.

        Raises:
            Failure: what is missing or wrong, before anything was sent.
        """

    def missing(self, choice: Choice) -> tuple[str, ...]:
        """Names of the fields without which `open` would fail; empty when nothing is missing."""
        return ()

    def unsupported(self, choice: Choice) -> frozenset[str]:
        """The methods of `settings.METHODS` that this provider can't do."""
        return frozenset()

    def on_owners_account(self, choice: Choice) -> bool:
        """Whether what this costs is the owner's to pay, whoever asks."""
        return False

    def default_model(self) -> str:
        return self.models[0] if self.models else ""

    def model_of(self, choice: Choice) -> str:
        return choice.model or self.default_model()

    def allowed_model(self, choice: Choice) -> str:
        """
        Raises:
            Failure: a stranger may not spend the owner's money on any model there is.
        """
        model = self.model_of(choice)
        allowed = {*self.models, self.settings.model if self.settings.provider == self.name else ""}
        if self.settings.hosted and self.on_owners_account(choice) and model not in allowed:
            raise Failure("bad_setting", field="model")
        return model

    def start(self) -> None:
        """Begin whatever takes time, in the background; called once, after the page is served."""

    def status(self) -> Status:
        return Status()

    def stop(self) -> None:
        """Release what `start` made; called once, as the app ends."""
