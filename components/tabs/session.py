"""What one visitor's session owns. It lives in that session's `gr.State` and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from components.providers import SECRET, Choice, Provider


@dataclass(frozen=True, slots=True)
class Session:
    """`given` remembers what was typed for each provider, keys among it, while the visitor looks around."""

    choice: Choice
    given: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False, hash=False)

    def use(self, provider: Provider, model: str, values: Mapping[str, str]) -> Session:
        """The session with another choice. A secret left empty stays what it was."""
        before = self.given.get(provider.name, {})
        secret = {f.name for f in provider.fields if f.kind in SECRET}
        kept = {name: before[name] for name in secret if not values.get(name) and name in before}
        now = {**values, **kept}
        choice = replace(self.choice, provider=provider.name, model=model.strip(), values=now)
        return Session(choice, {**self.given, provider.name: now})

    def forget_keys(self, providers: Mapping[str, Provider]) -> Session:
        def without_secrets(name: str, values: Mapping[str, str]) -> dict[str, str]:
            secret = {f.name for f in providers[name].fields if f.kind in SECRET}
            return {key: value for key, value in values.items() if key not in secret}

        choice = self.choice
        choice = replace(choice, values=without_secrets(choice.provider, choice.values))
        return Session(choice, {name: without_secrets(name, values) for name, values in self.given.items()})
