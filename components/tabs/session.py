"""What one visitor's session owns, which lives in its `gr.State` and nowhere else, and what tabs share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr
from gradio.components import Component

from components.locale import DEFAULT, Words, words_in
from components.providers import SECRET, Choice, Provider
from components.runs.lab import Lab


@dataclass(frozen=True, slots=True)
class Page:
    """What a tab is drawn with. `session` holds the visitor's `Session`, `kept` their `Kept`.

    `lost` is clicked when the page has found a server again, which may know nothing of what it shows. `json`,
    `events` and `race`: what those tabs show, where the runs of others are led to.
    """

    lab: Lab
    blocks: gr.Blocks
    i18n: gr.I18n
    session: gr.State
    kept: gr.State
    lost: gr.Button
    tabs: gr.Tabs
    json: gr.HTML
    events: gr.HTML
    race: gr.HTML
    translated: list[tuple[Component, Callable[[Words], Any]]] = field(default_factory=list)

    def translate(self, component: Component, shown: Callable[[Words], Any]) -> None:
        """What Gradio doesn't translate, as prompts and choices: `shown` in the reader's language."""
        self.translated.append((component, shown))

    def prompt(self, key: str, **properties: Any) -> gr.Textbox:
        """A box with the words of `key` in it."""
        box = gr.Textbox(Words(DEFAULT)(key), **properties)
        self.translate(box, lambda words: words(key))
        return box

    def choices(
        self, kind: type[Any], listed: Callable[[Words], list[tuple[str, str]]], **properties: Any
    ) -> Any:
        """A component of a kind that offers what is `listed`."""
        box = kind(listed(Words(DEFAULT)), **properties)
        self.translate(box, lambda words: kind(choices=listed(words)))
        return box


@dataclass(frozen=True, slots=True)
class Session:
    """`given` remembers what was typed for each provider, keys among it, while the visitor looks around."""

    choice: Choice
    given: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False, hash=False)

    def use(self, provider: Provider, model: str, values: Mapping[str, str]) -> Session:
        """The session with another choice. A secret left empty stays what it was."""
        before = self.given.get(provider.name, {})
        kept = {name: before[name] for name in _secrets(provider) if not values.get(name) and name in before}
        now = {**values, **kept}
        choice = replace(self.choice, provider=provider.name, model=model.strip(), values=now)
        return Session(choice, {**self.given, provider.name: now})

    def forget_keys(self, providers: Mapping[str, Provider]) -> Session:
        given = {
            name: {key: value for key, value in values.items() if key not in _secrets(providers[name])}
            for name, values in self.given.items()
        }
        return Session(replace(self.choice, values=given.get(self.choice.provider, {})), given)


def _secrets(provider: Provider) -> set[str]:
    return {field.name for field in provider.fields if field.kind in SECRET}


def words_for(request: gr.Request) -> Words:
    return words_in(request.headers)


def visitor_of(lab: Lab, request: gr.Request) -> str:
    """The same for all tabs and sessions at one address."""
    return lab.control.visitors.asking(request)


def session_of(request: gr.Request) -> str:
    """Gradio's session hash: one a browser tab, or one a client."""
    return request.session_hash or ""
