"""Many readers at once, 100 tokens a second each: when each sees text, when all are done, what one costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from statistics import median, quantiles
from typing import Any

from tests.bench.place import Place, asking
from tests.bench.reader_takes import LONGEST, Take, bare, read, upstream
from tests.bench.report import Limit, Row, Size
from tests.bench.served import Served

METHODS = ("stream", "astream")
# Against as many bare loops; seconds; MB a reader.
DONE = {"stream": 1.25, "astream": 1.0}
DONE_OF = (50, 100)
FIRST = 1.0
FIRST_OF = (50,)
MEMORY = 1.5
# Of a server that memory is judged by: with fewer, what it keeps for all of them weighs on each.
MANY = 50
MOST = 200
# For whom the plain way needs no more than what Gradio gives by itself.
FEW = 10
MEGA = 1e6


def measure(size: Size, place: Place) -> Iterator[Row]:
    methods = METHODS[:1] if size.quick else METHODS
    counts = (4,) if size.quick else DONE_OF if size.short else (1, 10, 50, 100, MOST)
    message = "chunks=20,rate=100" if size.quick else "chunks=500,rate=100"
    takes: dict[tuple[str, int], Take | str] = {}
    with ExitStack() as stack:
        if size.quick:
            base_url = stack.enter_context(place.upstream()).base_url
        else:
            base_url = stack.enter_context(upstream())
        ways = {
            way: Way(stack.enter_context(_served(place, base_url, way, max(counts))), warm=not size.quick)
            for way in ("plain", *methods)
        }
        for count in counts:
            # In turns, so that what else the machine does counts for all.
            for name, way in ways.items():
                takes[name, count] = way.take(count, message)
            for together in [METHODS] if size.quick else [(method,) for method in METHODS]:
                loops = zip(together, bare(base_url, together, count, message), strict=True)
                takes |= {(f"bare {method}", count): take for method, take in loops}
    for count in counts:
        for method in methods:
            yield from _rows(count, method, takes)


def _served(place: Place, base_url: str, way: str, most: int) -> AbstractContextManager[Served]:
    """A server of its own for each way: what one keeps of its readers is not asked of the next."""
    if way == "plain":
        more = {"READERS": str(2 * most)} if most > FEW else {}
        return place.served("plain", **asking(base_url), **more)
    more = {} if way == METHODS[0] else {"METHOD": way}
    return place.served("ours", **asking(base_url), **more)


class Way:
    """One server, asked by more and more readers until it takes too long."""

    def __init__(self, app: Served, *, warm: bool) -> None:
        self._app = app
        self._late = False
        if warm:
            read(app, 1, "chunks=5", 0)  # imports
        self._rest = app.process.memory_info().rss

    def take(self, count: int, message: str) -> Take | str:
        """Why there is none, else."""
        if self._late:
            return "not run"
        take = read(self._app, count, message, self._rest)
        if take is None:
            self._late = True
            self._app.process.kill()  # it would go on, beside the others
        return take or f"over {LONGEST:.0f} s"


def _rows(count: int, method: str, takes: Mapping[tuple[str, int], Take | str]) -> Iterator[Row]:
    case = f"{count} reader{'s' if count > 1 else ''}, {method}"
    ways = {"ours": method, "plain": "plain", "bare": f"bare {method}"}
    # The goal for both methods is the bare loop of `astream`.
    if method == "stream":
        ways["loops"] = "bare astream"
    given = {who: takes[way, count] for who, way in ways.items()}
    whole = {who: [take] for who, take in given.items() if isinstance(take, Take)}
    # Ours is not left out, whatever it takes.
    left_out = {who: take for who, take in given.items() if isinstance(take, str)}
    if "ours" in left_out:
        raise TimeoutError(f"{case}: {left_out['ours']}")

    def row(measure: str, unit: str, of: Any, *limits: Limit, short: bool = False) -> Row:
        told = {who: [float(of(take)) for take in some] for who, some in whole.items()}
        return Row(
            "readers",
            case,
            measure,
            unit,
            told.pop("ours"),
            others=told,
            limits=limits,
            left_out=left_out,
            short=short,
        )

    judged = count in DONE_OF
    done = [Limit(DONE[method], "bare" if method == "astream" else "loops")] if judged else []
    yield row("first text, p50", "s", lambda take: median(take.first))
    first = [Limit(FIRST)] if count in FIRST_OF else []
    yield row("first text, p95", "s", lambda take: _p95(take.first), *first, short=judged)
    yield row("done, p50", "s", lambda take: median(take.done))
    yield row("done, p95", "s", lambda take: _p95(take.done))
    yield row("all done", "s", lambda take: max(take.done), *done, short=judged)
    yield row("failures", "", lambda take: take.failures, *([Limit(0)] if judged else []))
    yield row("server CPU", "s", lambda take: take.cpu)
    memory = [Limit(MEMORY)] if count >= MANY else []
    yield row("memory a reader", "MB", lambda take: max(0, take.memory) / count / MEGA, *memory, short=judged)


def _p95(values: Sequence[float]) -> float:
    return values[0] if len(values) < 2 else quantiles(values, n=20, method="inclusive")[-1]
