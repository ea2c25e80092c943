"""What the tabs share: the settings, the providers, and the runs that are under way."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from components.hosting.admission_control import ENDING, AdmissionControl
from components.providers import Choice, Provider
from components.settings import Settings
from components.streaming import Live, Stop

# Processes that check schemas at once, whoever asks: each is a Python of its own.
CHECKS = 2


class Runs:
    """The stops of the runs under way, with their sessions: a session is to see and stop only its own."""

    def __init__(self) -> None:
        self._stops: dict[Stop, str] = {}

    def __len__(self) -> int:
        return len(self._stops)

    @contextmanager
    def begin(self, session: str, *stops: Stop) -> Iterator[Stop]:
        """One run, or as many as there are `stops`; the first of them."""
        stops = stops or (Stop(),)
        self._stops |= dict.fromkeys(stops, session)
        try:
            yield stops[0]
        finally:
            for stop in stops:
                del self._stops[stop]

    def of(self, session: str) -> list[Stop]:
        return [stop for stop, its in list(self._stops.items()) if its == session]

    def stop_all(self) -> None:
        """End them, each with a sentence of its own: this server is ending."""
        for stop in list(self._stops):
            stop.set(ENDING)


@dataclass(frozen=True, slots=True)
class Lab:
    """One per process."""

    settings: Settings
    providers: Mapping[str, Provider]
    live: Live = field(default_factory=Live)
    runs: Runs = field(default_factory=Runs)
    checks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CHECKS))
    control: AdmissionControl = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "control", AdmissionControl(self.settings))

    def lets_go(self, session: str) -> bool:
        """Whether a page had better find another server: this one ends, and nothing of the page's goes on."""
        return self.control.ending and not self.runs.of(session)

    @property
    def longest_reply(self) -> int:
        """Tokens that may be asked for on the page."""
        most = self.settings.max_tokens
        return most if self.settings.hosted else max(4096, most)

    def first_choice(self) -> Choice:
        """What a new session uses: the environment's choice."""
        settings = self.settings
        return Choice(
            provider=settings.provider,
            model=settings.model or self.providers[settings.provider].default_model(),
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
        )
