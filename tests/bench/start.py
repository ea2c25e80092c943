"""From the process's start until its page is served, and until the model inside says something."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from components.providers.llama.weights import SMOLLM2, cache_folder, fetch
from tests.bench.place import Place, asking
from tests.bench.report import Row, Size
from tests.bench.served import Served, Which
from tests.http_stream import ask

# What our page may take longer than the plain one, in seconds.
LONGER = 0.5
# Seconds for a first token.
LONGEST = 60.0
MEGA = 1e6
WHICH: tuple[Which, Which] = ("ours", "plain")
PROVIDERS = ("scripted", "local")


@dataclass(frozen=True, slots=True)
class Start:
    """`cold`, `warm`: seconds to a first token, from the process's start and of the next reply.

    `memory`: in MB, of the children too.
    """

    app: Served
    memory: float
    cold: float = 0.0
    warm: float = 0.0


def measure(size: Size, place: Place) -> Iterator[Row]:
    fetch(SMOLLM2, cache_folder(), lambda done, total: None)  # a warm cache
    if size.quick:
        with place.upstream() as server:  # it is the app that the others ask
            yield from _starts(size, place, asking(server.base_url))
        return
    for which in WHICH:
        with place.served(which, PROVIDER="scripted"):
            pass  # the first start of all compiles what is imported
    for provider in PROVIDERS:
        yield from _starts(size, place, {"PROVIDER": provider, "MAX_TOKENS": "20"})


def _starts(size: Size, place: Place, environment: Mapping[str, str]) -> Iterator[Row]:
    ours, plain = [], []
    for _ in range(size.times(3)):
        ours.append(_ours(place, environment))
        with place.upstream() as server, place.served("plain", **asking(server.base_url)) as app:
            plain.append(Start(app, _resident(app)))
    yield from _rows(environment["PROVIDER"], ours, plain)


def _ours(place: Place, environment: Mapping[str, str]) -> Start:
    """The first message is sent as soon as there is a page, the second when the first has been answered."""
    with place.served("ours", **environment) as app:
        began = time.monotonic() - app.seconds
        cold = _first_token(app.url) - began
        asked = time.monotonic()
        return Start(app, _resident(app), cold, _first_token(app.url) - asked)


def _rows(provider: str, ours: Sequence[Start], plain: Sequence[Start]) -> Iterator[Row]:
    case = f"PROVIDER={provider}"

    def row(
        measure: str,
        unit: str,
        of: Callable[[Start], float],
        limit: float | None = None,
        *,
        both: bool = True,
    ) -> Row:
        theirs = [of(start) for start in plain] if both else []
        short = provider == PROVIDERS[-1] and unit != "MB"
        return Row(
            "start", case, measure, unit, [of(start) for start in ours], theirs, limit=limit, short=short
        )

    limit = median(start.app.seconds for start in plain) + LONGER
    yield row("page served", "s", lambda start: start.app.seconds, limit)
    # The same on a machine that does something else as well.
    yield row("CPU until then", "s", lambda start: start.app.cpu_seconds)
    yield row("first token, from the process's start", "s", lambda start: start.cold, both=False)
    yield row("first token of the next reply", "ms", lambda start: 1000 * start.warm, both=False)
    yield row("memory at rest", "MB", lambda start: start.memory)


def _first_token(url: str) -> float:
    """The `time.monotonic()` of it. Until the model is there, the server may say so."""
    deadline = time.monotonic() + LONGEST
    while True:
        with ask(url, "Hello") as response:
            if response.status == 200 and response.read1(1):
                at = time.monotonic()
                response.read()
                return at
            said = response.read()
        if time.monotonic() > deadline:
            raise TimeoutError(f"no token: {said.decode()}")


def _resident(app: Served) -> float:
    """MB, those of its children too."""
    app.cpu_at_rest()
    held = (one.memory_info().rss for one in (app.process, *app.process.children(recursive=True)))
    return sum(held) / MEGA
