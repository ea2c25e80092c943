"""Where the benchmarks take place: the model's stand-in and the apps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Any

from tests.bench.report import Size
from tests.bench.served import Served, Which, served
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD


def asking(base_url: str) -> dict[str, str]:
    """For an app, ours or another, whose model does what the message says."""
    upstream = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "none", "MODEL": AS_TOLD}
    return {**upstream, "PROVIDER": "openai", "MAX_TOKENS": "1000000"}


class Place:
    """Each benchmark has a stand-in and apps of its own, so that none pays for what another left behind.

    Where figures don't matter (`quick`) the same ones serve all, and an app is started once.
    """

    def __init__(self, size: Size) -> None:
        self._quick = size.quick
        self._stack = ExitStack()
        self._kept: dict[object, Any] = {}

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def upstream(self) -> AbstractContextManager[OpenAIServer]:
        return self._lent("upstream", OpenAIServer)

    def served(self, which: Which, **environment: str) -> AbstractContextManager[Served]:
        return self._lent((which, *sorted(environment.items())), lambda: served(which, **environment))

    @contextmanager
    def _lent(self, name: object, begin: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
        if not self._quick:
            with begin() as own:
                yield own
            return
        if name not in self._kept:
            self._kept[name] = self._stack.enter_context(begin())
        yield self._kept[name]
