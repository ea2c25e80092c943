"""A call as code, in place of the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.settings import Settings

if TYPE_CHECKING:
    from components.terminal.screen import Screen


def show_code(settings: Settings, message: str, kind: str, screen: Screen, *, json: bool) -> bool:
    """Write it; whether there is any. What is wrong is said. `json`: an object is asked for."""
    from components.locale.report import sentences_without_page
    from components.providers import registry
    from components.providers.code import code
    from components.runs.ask import Ask, known
    from components.runs.chat import prepared
    from components.runs.code import unsent
    from components.runs.json_ask import any_object
    from components.runs.lab import Lab
    from components.streaming import Failure

    lab = Lab(settings, registry(settings))
    ask = Ask(message, [], lab.first_choice(), "", settings.method)
    try:
        request = unsent(lab, ask, any_object(ask) if json else prepared(lab, ask))
    except Failure as failure:
        happened, do = sentences_without_page(screen.words, failure.fault, **known(ask))
        screen.say(f"{happened} {do}")
        return False
    if request is None:
        words = screen.words
        screen.say(words("code_none"))
        return False
    screen.write(code(kind, lab.providers[settings.provider], request, settings.method))
    return True
