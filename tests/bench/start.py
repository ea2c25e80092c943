"""From the process's start until its page is served, and until the model inside says something."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from statistics import median

from components.providers.llama.weights import SMOLLM2, cache_folder, fetch
from tests.bench.report import Row, Size
from tests.bench.served import Served, Which, served
from tests.http_stream import ask

# What our page may take longer than the plain one, in seconds.
LONGER = 0.5
# Seconds for a first token.
LONGEST = 60.0
MEGA = 1e6
WHICH: tuple[Which, Which] = ("ours", "plain")
PROVIDERS = ("scripted", "local")


def measure(size: Size) -> Iterator[Row]:
    fetch(SMOLLM2, cache_folder(), lambda done, total: None)  # a warm cache
    if not size.quick:
        for which in WHICH:
            with served(which, PROVIDER="scripted"):
                pass  # the first start of all compiles what is imported
    for provider in PROVIDERS[-1:] if size.quick else PROVIDERS:
        ours, plain = [], []
        for _ in range(size.times(3)):
            with served("ours", PROVIDER=provider) as app:
                ours.append(app)
            with served("plain") as app:
                plain.append(app)
        limit = median(app.seconds for app in plain) + LONGER
        case = f"PROVIDER={provider}"
        yield Row("start", case, "page served", "s", *_both(ours, plain, "seconds"), limit=limit, short=True)
        # The same on a machine that does something else as well.
        yield Row("start", case, "CPU until then", "s", *_both(ours, plain, "cpu_seconds"))
    yield from tokens(size)


def tokens(size: Size) -> Iterator[Row]:
    """The first message is sent as soon as there is a page, the second when the first has been answered."""
    cold, warm, memory, plain = [], [], [], []
    for _ in range(size.times(3)):
        with served("ours", PROVIDER="local", MAX_TOKENS="20") as app:
            began = time.monotonic() - app.seconds
            cold.append(_first_token(app.url, began + LONGEST) - began)
            asked = time.monotonic()
            warm.append(1000 * (_first_token(app.url, asked + LONGEST) - asked))
            memory.append(_resident(app) / MEGA)
        with served("plain") as app:
            plain.append(_resident(app) / MEGA)
    case = "PROVIDER=local"
    yield Row("start", case, "first token, from the process's start", "s", cold, short=True)
    yield Row("start", case, "first token of the next reply", "ms", warm, short=True)
    yield Row("start", case, "memory at rest, with the model", "MB", memory, plain=plain)


def _first_token(url: str, deadline: float) -> float:
    """The `time.monotonic()` of it. Until the model is there, the server may say so."""
    while True:
        with ask(url, "Hello") as response:
            if response.status == 200 and response.read1(1):
                at = time.monotonic()
                response.read()
                return at
            said = response.read()
        if time.monotonic() > deadline:
            raise TimeoutError(f"no token: {said.decode()}")


def _resident(app: Served) -> int:
    """Bytes, those of its children too."""
    app.cpu_at_rest()
    return sum(one.memory_info().rss for one in (app.process, *app.process.children(recursive=True)))


def _both(ours: Sequence[Served], plain: Sequence[Served], what: str) -> tuple[list[float], list[float]]:
    return [getattr(app, what) for app in ours], [getattr(app, what) for app in plain]
