"""What a provider is told: its fields, and what one session chose; and what it says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from components.streaming.faults import Fault

# Kinds of fields that are kept in the visitor's session only, and emptied as soon as they were read.
SECRET = frozenset({"secret", "file"})


@dataclass(frozen=True, slots=True)
class Field:
    """A setting of a provider, from the visitor or, where `variable` names one, from the environment.

    An `address` says where the provider is, which no stranger may; `owner`: the environment alone fills it.
    What a variable holds is its owner's, unless it is `public`: a provider that isn't open to strangers
    doesn't get it, and they don't see it. `default`: for everyone. Without a `required` one nothing works.
    """

    name: str
    kind: Literal["text", "secret", "file", "number", "choice", "address", "owner"]
    default: str = ""
    options: tuple[str, ...] = ()
    variable: str = ""
    public: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What one session chose. `values` holds what was given for the provider's fields, secrets among them.
    `dry`: what is asked is looked at, and nothing leaves; a key isn't needed then.
    """

    provider: str
    model: str = ""
    temperature: float | None = None  # the model's own
    max_tokens: int = 512
    values: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    dry: bool = False

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default


@dataclass(frozen=True, slots=True)
class Snippet:
    """The class that builds a provider's model in a file of one's own, and what makes it answer in JSON.

    `model`: for those who have tried one that lives in this app only. `in_async`: the arguments without which
    its async methods don't work.
    """

    package: str
    name: str
    in_json: str
    model: str = ""
    in_async: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Status:
    """Whether it can answer now. `done` and `total` are bytes while weights come, else 0."""

    state: Literal["ready", "fetching", "loading", "failed"] = "ready"
    done: int = 0
    total: int = 0
    fault: Fault | None = None
