"""What a race's lanes are: boxes that choose them, and races that are ready to run."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

import gradio as gr

from components.locale import Words
from components.providers import Choice
from components.providers.local import DIALECTS
from components.runs.lab import Lab
from components.runs.race import CONVERSATIONS, LANE_CHAINS, MOST, TOKENS, WAITS
from components.settings import METHODS
from components.tabs.race_view import chain_name
from components.tabs.session import Session
from components.tabs.wiring import QUIETLY, Page

# Between a provider and what of it runs.
OF: Final = " · "
NOBODY: Final = "–"
# How the chains that are no conversations are read.
EVENTS: Final = "astream_events"
# Instead of models: what else differs in providers that have but one.
VARIANTS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "local": {dialect: {"dialect": dialect} for dialect in DIALECTS},
    "scripted": {"": {}, "thinking": {"thinking": "reasoning_content"}, "drop": {"failure": "drop"}},
}


class Racer(NamedTuple):
    """One lane as it is chosen. `source`: a provider and its model, or one of `VARIANTS`."""

    source: str
    method: str = "stream"
    chain: str = "chat"


# By name; "" stands for what the session uses.
RACES: Final[Mapping[str, tuple[Racer, ...]]] = {
    "invoke": (Racer("scripted"), Racer("scripted", "invoke")),
    "methods": tuple(Racer("scripted", method) for method in METHODS),
    "waits": (Racer("scripted"), Racer("scripted", chain=WAITS)),
    "thinking": (Racer("scripted"), Racer("scripted · thinking")),
    "chains": tuple(Racer("scripted", EVENTS, chain) for chain in ("chat", "retrieval", "agent")),
    "dialects": tuple(Racer(f"local · {dialect}") for dialect in DIALECTS),
    "yours": (Racer(""), Racer("scripted")),
}


class Boxes:
    """Drawn inside the current Blocks: of each lane its source, its method and its chain."""

    def __init__(self, page: Page) -> None:
        self._lab, i18n, session = page.lab, page.i18n, page.session.value
        self.all: list[Any] = []
        sources = self._sources(session)
        with gr.Row():
            for number, racer in enumerate(self._filled("invoke", session), start=1):
                name = f"race-lane-{number}"
                with gr.Column(min_width=200):
                    about = {"value": racer.source, "allow_custom_value": True}
                    source = page.named(gr.Dropdown, f"race-lane-{number}", sources, **about)
                    method = gr.Dropdown(
                        list(METHODS), value=racer.method, label=i18n("method"), elem_id=f"{name}-method"
                    )
                    about = {"value": racer.chain, "label": i18n("events_chain")}
                    chain = page.choices(gr.Dropdown, f"{name}-chain", _chains, **about)
                self.all += [source, method, chain]
        changes = [page.session.change, page.lost.click]
        gr.on(changes, self._offer, page.session, self.all[::3], **QUIETLY)

    def choose(self, name: str, session: Session) -> list[Any]:
        """The values of all boxes for a race of that name."""
        return [value for racer in self._filled(name, session) for value in racer]

    def _offer(self, session: Session) -> list[gr.Dropdown]:
        """What the session can use now."""
        return [gr.Dropdown(choices=self._sources(session))] * MOST

    def read(self, session: Session, given: tuple[Any, ...]) -> Iterator[tuple[Choice, str, str]]:
        """Of each lane its choice, method and chain."""
        for source, method, chain in zip(given[::3], given[1::3], given[2::3], strict=True):
            if source and source != NOBODY:
                yield self._choice(session, source), method if chain in CONVERSATIONS else EVENTS, chain

    def _choice(self, session: Session, source: str) -> Choice:
        """A text that names no provider is a model of the session's."""
        provider, _, model = source.partition(OF)
        if provider not in self._lab.providers:
            provider, model = session.choice.provider, source
        variant = VARIANTS.get(provider, {}).get(model, {})
        values = {**session.given.get(provider, {}), **variant}
        model, most = "" if "dialect" in variant else model, min(session.choice.max_tokens, TOKENS)
        return replace(session.choice, provider=provider, model=model, max_tokens=most, values=values)

    def _filled(self, name: str, session: Session) -> list[Racer]:
        """Where its provider isn't there, a lane has the session's own."""
        there, own = self._lab.providers, self._own(session)
        asked = RACES[name]
        racers = [one if one.source.partition(OF)[0] in there else Racer(own, *one[1:]) for one in asked]
        return [*racers, *[Racer(NOBODY)] * (MOST - len(racers))]

    def _own(self, session: Session) -> str:
        choice = session.choice
        provider = self._lab.providers[choice.provider]
        if choice.provider == "scripted":
            return "scripted"
        what = provider.value(choice, "dialect") if choice.provider == "local" else provider.model_of(choice)
        return f"{choice.provider}{OF}{what}"

    def _sources(self, session: Session) -> list[str]:
        found = [NOBODY, self._own(session)]
        for name, provider in self._lab.providers.items():
            if not provider.missing(Choice(name, values=session.given.get(name, {}))):
                models = VARIANTS.get(name, provider.models)
                found += [f"{name}{OF}{model}" if model else name for model in models]
        return list(dict.fromkeys(found))


def _chains(words: Words) -> list[tuple[str, str]]:
    return [(chain_name(words, name), name) for name in LANE_CHAINS]


def races(lab: Lab, words: Words) -> list[tuple[str, str]]:
    names = [name for name in RACES if name != "dialects" or "local" in lab.providers]
    return [(words(f"race_of_{name}"), name) for name in names]
