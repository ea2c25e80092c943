"""The replies that the pages are measured with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tests.bench.report import Limit, Size
from tests.servers.openai_plan import parse

METHODS = ("stream", "astream")
NOT_RUN = "not run"
# Chunks of a reply whose bytes are counted.
MOST_COUNTED = 2000


@dataclass(frozen=True, slots=True)
class Case:
    """One reply. `sooner`: limits of its time against the others. `task`: of the longest task, in ms.

    `markdown` costs a browser more than words do, of whichever app: it is asked for by fewer ways.
    """

    name: str
    plan: str
    steady: bool = False
    times: int = 1
    times_of_others: int = 1
    methods: tuple[str, ...] = METHODS[:1]
    whole: tuple[Limit, ...] = ()
    task: float | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    short: bool = False

    @property
    def counts_bytes(self) -> bool:
        return parse(self.plan).chunks <= MOST_COUNTED


def cases(size: Size) -> Iterator[Case]:
    if size.short:
        for case in _all():
            if case.short:
                yield replace(case, times=size.times(case.times), times_of_others=1)
    elif size.quick:
        yield Case("40 chunks at once", "chunks=40")
        alone = {"plain": NOT_RUN, "streamlit": NOT_RUN}
        yield Case(
            "40 markdown chunks at 100/s", "chunks=40,rate=100,text=markdown", steady=True, left_out=alone
        )
    else:
        yield from _all()


def _all() -> Iterator[Case]:
    yield Case(
        "300 chunks at 100/s",
        "chunks=300,rate=100",
        steady=True,
        times=7,
        times_of_others=3,
        methods=METHODS,
        short=True,
    )
    yield Case("2,000 chunks at once", "chunks=2000", times=2, methods=METHODS, times_of_others=2)
    yield Case(
        "10,000 chunks at once",
        "chunks=10000",
        times=3,
        methods=METHODS,
        whole=(Limit(1 / 60, "plain"), Limit(1 / 5, "streamlit"), Limit(1.5, "bare")),
        short=True,
    )
    yield Case(
        "50,000 chunks at once",
        "chunks=50000",
        times=2,
        whole=(Limit(2.0, "bare"),),
        left_out={"plain": NOT_RUN},
        short=True,
    )
    text = "text=markdown"
    yield Case("300 markdown chunks at 100/s", f"chunks=300,rate=100,{text}", steady=True, times=2)
    yield Case("2,000 markdown chunks at once", f"chunks=2000,{text}", times=2)
    yield Case(
        "10,000 markdown chunks at once (40 KB)",
        f"chunks=10000,{text}",
        times=5,
        task=200.0,
        left_out={"plain": NOT_RUN},
        short=True,
    )
    yield Case(
        "50,000 markdown chunks at once",
        f"chunks=50000,{text}",
        left_out={"plain": NOT_RUN, "streamlit": NOT_RUN},
    )
