"""What one run is asked: a message, what was said before it, and over which model; and how it is started.

One reply to a message needs no more than this. Every other kind of run has a file of its own.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from components.chains.registry import build
from components.hosting.admission_control import AdmissionTicket
from components.providers import Choice
from components.runs.lab import Lab
from components.streaming import READERS, Connection, Failure, Frame, Reader, Stop, run
from components.streaming.text import sendable
from components.streaming.trace import About

# A chain over a connection, and its input.
Prepare = Callable[[Connection], tuple[Any, Any]]
Turn = tuple[Literal["user", "assistant"], str]


@dataclass(frozen=True, slots=True)
class Ask:
    """Everything one run needs; made anew for each, so that no session sees another's choice.

    `visitor`: a hash of who asks, None for the owner in a terminal. `waits`: in line, when too many runs are
    under way.
    """

    message: str
    history: Sequence[Turn]
    choice: Choice
    system: str
    method: str
    visitor: str | None = None
    waits: bool = True

    def __post_init__(self) -> None:
        """Half an emoji, or a byte of the command line that is no text, is replaced, whatever the way in."""
        object.__setattr__(self, "message", sendable(self.message))
        object.__setattr__(self, "system", sendable(self.system))
        object.__setattr__(self, "history", [(role, sendable(text)) for role, text in self.history])
        object.__setattr__(self, "choice", replace(self.choice, model=sendable(self.choice.model)))


def known(ask: Ask) -> dict[str, str]:
    """What sentences about a fault need and the fault itself doesn't know."""
    return {"provider": ask.choice.provider, "model": ask.choice.model, "method": ask.method}


def about(lab: Lab, ask: Ask, chain: str) -> About:
    """What stands in a run file. `chain`: what it is called there."""
    provider = lab.providers[ask.choice.provider]
    dialect = provider.value(ask.choice, "dialect") if "dialect" in provider.own else ""
    model = provider.model_of(ask.choice)
    return About(ask.choice.provider, model, chain, provider.packages, dialect, ask.method)


def messages(connection: Connection, ask: Ask, system: str = "") -> list[Any]:
    """LangChain's messages: the question and what goes before it, as far as the connection's window holds it.

    Raises Failure: "too_long". Nothing of the question is cut: half of one would ask for something else.
    """
    from components.chains.chat import messages_for

    return messages_for(
        [*ask.history, ("user", ask.message)],
        system=system,
        window=connection.window,
        reply=ask.choice.max_tokens,
        count_tokens=connection.count_tokens,
    )


def frames(
    lab: Lab, ask: Ask, stop: Stop, *, kind: str = "chat", chain: str = "chat", **view: Any
) -> AsyncGenerator[Frame]:
    """One reply to the message. `kind` stands in the log; `chain`: of the registry; `view`: see `run`."""
    return start(lab, ask, kind, prepared(lab, ask, chain), stop, **view)


def prepared(lab: Lab, ask: Ask, chain: str = "chat", *, waits: bool = False) -> Prepare:
    """Makes a chain of the registry and its input, of the chat chain what was said, as far as there is room.

    `waits`: see the chat chain.
    """

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains import chat

        if chain != "chat":
            messages(connection, ask)  # there is room for them
            return build(chain, connection), {"prompt": ask.message}
        window, most = connection.window, lab.settings.message_characters
        # Where messages have a limit, the conversation before one isn't sent beyond it either: on the owner's
        # key a long one would cost as much as a hundred messages.
        if ask.visitor is not None and most:
            most += ask.choice.max_tokens
            window = min(window, most) if window else most
        said = messages(replace(connection, window=window), ask, ask.system)
        return chat.build(connection, waits=waits), {"messages": said}

    return prepare


def start(
    lab: Lab,
    ask: Ask,
    kind: str,
    prepare: Prepare,
    stop: Stop,
    *,
    reader: Reader | None = None,
    schema: int = 0,
    **view: Any,
) -> AsyncGenerator[Frame]:
    """The engine's frames of a run over the session's provider.

    Args:
        kind: of run, for the log.
        prepare: makes the chain and its input over a connection.
        reader: reads it; without one, the method that was asked for.
        schema: characters of one that is sent with the message.
        view: see `run`.
    """
    admission, choice, provider = None, ask.choice, lab.providers[ask.choice.provider]
    if ask.visitor is not None:  # else it is the owner's own
        admission = AdmissionTicket(
            lab.control,
            ask.visitor,
            {"kind": kind, **about(lab, ask, kind).known},
            characters=len(ask.message) + len(ask.system) + schema,
            message=ask.message,
            owners=provider.on_owners_account(choice),
            closed=not provider.opened and bool(provider.missing(choice)),
            waits=ask.waits,
        )
    return run(
        lambda: connect(lab, ask, prepare),
        reader or READERS[ask.method],
        stop=stop,
        live=lab.live,
        admission=admission,
        **view,
    )


def connect(lab: Lab, ask: Ask, prepare: Prepare) -> Connection:
    """What one attempt reads.

    Raises Failure: there is nothing to ask, or not so, or the provider can't be opened.
    """
    provider = lab.providers[ask.choice.provider]
    if not ask.message.strip():
        raise Failure("empty_message")
    choice = ask.choice
    if choice.temperature is not None and not 0 <= choice.temperature <= 2:
        raise Failure("bad_setting", field="temperature")
    connection = provider.open(replace(choice, max_tokens=min(choice.max_tokens, lab.longest_reply)))
    try:
        return connection.with_chain(*prepare(connection))
    except BaseException:
        connection.close()
        raise
