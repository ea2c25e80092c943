"""One run over the chosen settings, shown in one view, and what is said at its end."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from components.settings import Settings

if TYPE_CHECKING:
    from components.locale import Words
    from components.streaming import Stop
    from components.terminal.screen import Screen
    from components.terminal.views import Answer, View

# These faults are settings of the one who asks; they are told in one sentence.
SETTINGS = {"missing", "bad_setting"}


def chosen(settings: Settings, provider: str, model: str, method: str) -> Settings:
    """The environment's settings, but for what was given.

    Raises:
        BadSetting: there is no such provider or method.
    """
    settings = settings.for_owner()
    if provider and provider != settings.provider:
        settings = replace(settings, provider=provider, model="")  # its model is the other provider's
    return replace(settings, model=model or settings.model, method=method or settings.method)


async def show(settings: Settings, message: str, view: View, screen: Screen, stop: Stop) -> Answer:
    """See that `view`'s run ends, whatever happens, and the embedded model with it."""
    import asyncio

    from components.locale.report import sentences_without_page
    from components.providers import registry
    from components.runs.ask import Ask, known
    from components.runs.lab import Lab
    from components.terminal.screen import tell_loading

    lab = Lab(settings, registry(settings))
    ask = Ask(message, [], lab.first_choice(), "", settings.method)
    provider = lab.providers[settings.provider]
    loading = asyncio.create_task(tell_loading(provider, screen))
    screen.watch_reader()
    try:
        shown = await view(lab, ask, screen, stop)
    finally:
        stop.set()
        screen.forget_reader()
        loading.cancel()
        await asyncio.to_thread(provider.stop)
    fault = shown.report.fault
    if fault is not None:
        happened, do = sentences_without_page(screen.words, fault, **known(ask))
        screen.say(do if fault.kind in SETTINGS else f"{happened} {do}")
    if fault is None or fault.kind not in SETTINGS:
        screen.say(shown.figures)
    return shown


def words_of_terminal() -> Words:
    """The terminal's language, as POSIX has it: `ja_JP.UTF-8`."""
    from components.locale import Words, language_of

    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return Words(language_of(next(filter(None, named), "").replace("_", "-")))
