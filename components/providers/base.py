"""What a provider is: it says what it needs, what is missing, and opens connections to a chat model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from components.streaming.faults import Failure

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from components.settings import Settings
    from components.streaming.faults import Fault
    from components.streaming.wire import Wire


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


def _nothing() -> None:
    """For connections that hold nothing to abort or to close."""


def _as_it_is(fault: Fault) -> Fault:
    """For connections that know no more about a fault than its exception says."""
    return fault


def approximate_tokens(text: str) -> int:
    """An estimate on the high side: UTF-8 bytes over three (English takes about four, Japanese three)."""
    return len(text.encode("utf-8", "replace")) // 3 + 1


@dataclass(frozen=True, slots=True)
class Connection:
    """A chat model for one run, and the means to end it.

    `abort` may be called from any thread, any number of times: it breaks what the model is waiting for,
    so that a thread blocked in it returns at once. `close` releases sockets when the run is over.
    `refine` may say more about a fault, such as why the other end hung up.
    `window` is the model's context in tokens, 0 when unknown; `secrets` is what must never reach a log.
    `wire` has what only the wire says, where it can be read; `limit`: tokens that a reply was allowed.
    """

    model: BaseChatModel
    abort: Callable[[], None] = _nothing
    close: Callable[[], None] = _nothing
    refine: Callable[[Fault], Fault] = _as_it_is
    secrets: tuple[str, ...] = field(default=(), repr=False)
    window: int = 0
    count_tokens: Callable[[str], int] = approximate_tokens
    wire: Wire | None = None
    limit: int = 0


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
