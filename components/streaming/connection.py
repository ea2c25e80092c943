"""What a run reads: a chat model, or a chain over it, what only its wire tells, and the means to end it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from components.streaming.faults import Fault
from components.streaming.records import Read
from components.streaming.stop import Approval
from components.streaming.trace import Trace

# What stands in a header in the key's place.
KEY: Final = "{key}"


@dataclass(frozen=True, slots=True)
class Request:
    """It stays in memory: its address may be nobody's business, and no key is in it.

    `address`: the part of the URL to which the client's own paths are added.
    """

    method: str
    address: str
    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class NotSent(Exception):
    """A request that was only to be looked at."""


@dataclass(slots=True)
class Wire:
    """Of the requests over one connection. Filled by whoever reads it, from one thread at a time.

    `trace`: where its records go. `reply`: the last one's id, where its server gives it one. `done`: it said
    itself that nothing more comes. `refusal`: the model's words where it refused to answer; `ending`: the
    provider's about why the reply ended. `notes`: see `Ending`. `dry`: no request may leave.
    """

    trace: Trace = field(default_factory=Trace)
    reply: str = ""
    done: bool = False
    refusal: str = ""
    ending: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    dry: bool = False

    def ask(self, request: Request) -> None:
        """It is about to leave.

        Raises:
            NotSent: it may not.
        """
        self.trace.request = request
        if self.dry:
            raise NotSent

    def read(self, size: int, *, content: bool, at: float | None = None) -> None:
        """So many bytes have come, `at` that time or now; with something of a reply in them, or without."""
        self.trace.add(Read(self.trace.now() if at is None else at, size, content))

    def note(self, kind: str, value: str) -> None:
        """What the reply's line has to say."""
        if (kind, value) not in self.notes:
            self.notes.append((kind, value))


def approximate_tokens(text: str) -> int:
    """An estimate on the high side: UTF-8 bytes over three (English takes about four, Japanese three)."""
    return len(text.encode("utf-8", "replace")) // 3 + 1


@dataclass(frozen=True, slots=True)
class Connection:
    """One attempt's. `model`: a chat model, as a provider opens it, or the chain over it that the run reads,
    with its input, `value`.

    `abort` may be called from any thread, any number of times: it breaks what the model is waiting for,
    so that a thread blocked in it returns at once. `close` releases sockets when the attempt is over.
    `refine` may say more about a fault, such as why the other end hung up.
    `secrets` is what must never reach a log; `window` the model's context in tokens, 0 when unknown.
    `held_to` gives the model bound to a JSON schema, None where it can only be asked in words.
    `skip` ends the model's thinking, where its server can; from any thread, at any time.
    `wire` has what only the wire says, where it can be read; `limit`: tokens that a reply was allowed, 0 when
    unknown. `cpu`: seconds of a processor that its server has used so far, where the server is ours.
    `approval` asks the run's reader what a chain wants to know.
    """

    model: Any
    value: Any = None
    abort: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None
    refine: Callable[[Fault], Fault] = lambda fault: fault
    secrets: tuple[str, ...] = field(default=(), repr=False)
    window: int = 0
    count_tokens: Callable[[str], int] = approximate_tokens
    held_to: Callable[[Mapping[str, Any]], Any] = lambda schema: None
    skip: Callable[[], None] | None = None
    wire: Wire = field(default_factory=Wire)
    limit: int = 0
    cpu: Callable[[], float | None] = lambda: None
    approval: Approval | None = None

    def with_chain(self, chain: Any, value: Any) -> Connection:
        """The same, to be read through `chain`, which is given `value`."""
        return replace(self, model=chain, value=value)
