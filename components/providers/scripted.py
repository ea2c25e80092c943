"""No model: a text said at a set rate, and a failure of one's choice, for teaching and for tests."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

from components.providers.base import Choice, Connection, Field, Provider
from components.providers.script.texts import FAILURES, LANGUAGES, Script
from components.streaming.faults import Failure

if TYPE_CHECKING:
    from components.settings import Settings

_DEFAULT = Script()

# Lowest and highest; `rate` may be 0 as well. They keep one visitor from holding a thread for hours.
_RANGES: dict[str, tuple[float, float]] = {
    "delay": (0, 60),
    "rate": (0.1, 100_000),
    "length": (1, 100_000),
    "fail_after": (0, 100_000),
    "timeout": (0.01, 600),
}


class Scripted(Provider):
    """Fails the way the OpenAI provider does: with the same exception classes, at the same moments."""

    name = "scripted"
    models = ("scripted",)
    fields = (
        Field("delay", "number", f"{_DEFAULT.delay:g}"),
        Field("rate", "number", f"{_DEFAULT.rate:g}"),
        Field("length", "number", str(_DEFAULT.length)),
        Field("language", "choice", _DEFAULT.language, LANGUAGES),
        Field("failure", "choice", _DEFAULT.failure, FAILURES),
        Field("fail_after", "number", str(_DEFAULT.fail_after)),
        Field("timeout", "number", f"{_DEFAULT.timeout:g}"),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._options = {field.name: field for field in self.fields}

    def open(self, choice: Choice) -> Connection:
        """Make a model that says the chosen script.

        Raises:
            Failure: `bad_setting`, with the field.
        """
        script = Script(
            delay=self._number(choice, "delay"),
            rate=self._number(choice, "rate", zero=True),
            length=self._whole(choice, "length"),
            language=self._option(choice, "language"),
            failure=self._option(choice, "failure"),
            fail_after=self._whole(choice, "fail_after"),
            timeout=self._number(choice, "timeout"),
        )
        from components.providers.script.model import ScriptedModel

        aborted = threading.Event()
        model = ScriptedModel(script=script, max_tokens=choice.max_tokens, aborted=aborted)
        return Connection(model, abort=aborted.set)

    def _number(self, choice: Choice, name: str, *, zero: bool = False) -> float:
        try:
            number = float(choice.get(name, self._options[name].default))
        except ValueError:
            raise Failure("bad_setting", field=name) from None
        low, high = _RANGES[name]
        if not math.isfinite(number) or not (low <= number <= high or (zero and number == 0)):
            raise Failure("bad_setting", field=name)
        return number

    def _whole(self, choice: Choice, name: str) -> int:
        number = self._number(choice, name)
        if not number.is_integer():
            raise Failure("bad_setting", field=name)
        return int(number)

    def _option(self, choice: Choice, name: str) -> str:
        field = self._options[name]
        chosen = choice.get(name, field.default)
        if chosen not in field.options:
            raise Failure("bad_setting", field=name)
        return chosen
