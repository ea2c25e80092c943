"""From the process's start until its page is served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from components.providers.llama.weights import SMOLLM2, cache_folder, fetch
from tests.bench.report import Row, Size
from tests.bench.served import Served, Which, served

# What our page may take longer than the plain one, in seconds.
LONGER = 0.5
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
        for _ in range(size.times(5)):
            with served("ours", PROVIDER=provider) as app:
                ours.append(app)
            with served("plain") as app:
                plain.append(app)
        limit = median(app.seconds for app in plain) + LONGER
        case = f"PROVIDER={provider}"
        yield Row("start", case, "page served", "s", *_both(ours, plain, "seconds"), limit=limit)
        # The same on a machine that does something else as well.
        yield Row("start", case, "CPU until then", "s", *_both(ours, plain, "cpu_seconds"))


def _both(ours: Sequence[Served], plain: Sequence[Served], what: str) -> tuple[list[float], list[float]]:
    return [getattr(app, what) for app in ours], [getattr(app, what) for app in plain]
