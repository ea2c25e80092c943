"""A run as code of one's own: of one that was made, and of one that nobody has to make."""

from dataclasses import replace

from components.runs.ask import Ask, Prepare, connect
from components.runs.lab import Lab
from components.streaming import Trace
from components.streaming.connection import NotSent, Request
from components.streaming.faults import causes_of


def code(lab: Lab, trace: Trace, kind: str) -> str:
    """What the run that this is a trace of asked last, as source text; "" where it sent no request over HTTP.

    `kind`: one of `components.providers.code.KINDS`.
    """
    from components.providers.code import code as code_of

    if trace.request is None:
        return ""
    provider = lab.providers[trace.about.provider]
    return code_of(kind, provider, trace.request, trace.about.method, trace.secrets)


def kinds(lab: Lab, trace: Trace | None) -> list[tuple[str, str]]:
    """What each kind is called, and the kind; of a run that was sent by the name of its SDK."""
    from components.providers.code import KINDS, names

    if trace is None or trace.request is None:
        return [("SDK" if one == "openai" else one, one) for one in KINDS]
    return list(zip(names(lab.providers[trace.about.provider], trace.request), KINDS, strict=True))


def unsent(lab: Lab, ask: Ask, prepare: Prepare) -> Request | None:
    """What would be asked, which is not; None where it isn't asked over HTTP.

    Raises Failure: it couldn't be asked.
    """
    connection = connect(lab, replace(ask, choice=replace(ask.choice, dry=True)), prepare)
    read = connection.model.invoke if ask.method == "invoke" else connection.model.stream
    try:
        for _ in read(connection.value):
            pass
    except Exception as error:
        if not any(isinstance(one, NotSent) for one in causes_of(error)):
            raise
    finally:
        connection.close()
    return connection.wire.trace.request
