"""The same runs in a terminal: `python -m components.console "a topic"`.

The reply goes to stdout as it comes, everything said about it to stderr. The exit status is 0 for a whole
reply, 1 for one that failed, 2 for a setting that is missing or can't be used, 130 after Ctrl-C.

In a notebook, where an event loop is running already:

    from components.console import answer

    reply = await answer("再生可能エネルギー", method="astream")
"""

from __future__ import annotations

import argparse
import codecs
import gc
import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if __name__ == "__main__":  # what is imported now takes long enough to be interrupted
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from components.chains.registry import CHAINS
from components.locale import Words, language_of
from components.providers import PROVIDERS
from components.settings import METHODS, BadSetting, Settings

if TYPE_CHECKING:
    from components.streaming import Stop
    from components.terminal.views import Answer, View

FAILED, BAD_SETTING = 1, 2
# Of `components.providers.code`, whose import can wait.
CODE = ("langchain", "openai", "curl", "js")
EVENTS = "astream_events"
# What Windows begins a text with, and what it is encoded in then.
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", codecs.BOM_UTF8: "utf-8-sig"}
# A process that a signal ended: this and the signal's number.
SIGNALLED = 128


async def answer(
    message: str,
    *,
    provider: str = "",
    model: str = "",
    method: str = "",
    view: str = "text",
    out: TextIO | None = None,
    err: TextIO | None = None,
    stop: Stop | None = None,
) -> Answer:
    """Stream the reply to `message`: to `out` (stdout) as it comes, with the meter's line to `err` (stderr).

    Args:
        provider, model, method: instead of what the environment and .env choose.
        view: "text", "json" for an object, or "events" for the events of `astream_events`.
        stop: ends it from outside; so does cancelling.

    Returns:
        The text and the meter's report. A failure is its `report.fault`, and has been said on `err`.

    Raises BadSetting: the environment, or one of the three, can't be used.
    """
    from components.streaming import Stop
    from components.terminal.screen import Screen
    from components.terminal.show import show
    from components.terminal.views import VIEWS

    settings = _chosen(Settings.load(), provider, model, EVENTS if view == "events" else method)
    screen = Screen(out or sys.stdout, err or sys.stderr, _words(), stop or Stop())
    return await show(settings, message, VIEWS[view], screen)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started this
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # whatever the terminal's encoding can't say
            # Where others, Node.js among them, left it otherwise, a pipe that is full or empty is an error.
            with suppress(OSError, AttributeError):  # no file, or Windows
                os.set_blocking(stream.fileno(), True)
    try:
        asked = _asked(arguments)
        return _list() if asked.list else _main(asked)
    except BadSetting as exc:
        print(exc, file=sys.stderr)
        return BAD_SETTING
    except KeyboardInterrupt:  # before there was anything to stop, or a second time
        return SIGNALLED + signal.SIGINT
    except BrokenPipeError:  # the list's reader has gone; a run notices by itself
        return 0
    except OSError as exc:  # a full disk behind stdout
        print(exc, file=sys.stderr)
        return FAILED
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:  # what Python would still write to a pipe without a reader, or a full disk
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _main(asked: argparse.Namespace) -> int:
    import asyncio
    import logging

    from components.streaming import Stop
    from components.terminal.screen import Screen
    from components.terminal.show import SETTINGS, show, show_code, show_file

    settings = _chosen(Settings.load(), asked.provider, asked.model, asked.method)
    message = _piped() if asked.message == "-" else asked.message or ""
    logging.getLogger().addHandler(logging.NullHandler())  # what it would say is said in sentences
    gc.disable()  # for one reply; it would take a tenth of the time that the imports need
    stop, caught = Stop(), []

    def end(number: int, frame: object) -> None:
        caught.append(number)
        signal.signal(number, signal.default_int_handler)  # whoever asks twice doesn't want to wait
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    screen = Screen(sys.stdout, sys.stderr, _words(), stop)
    if asked.code:
        return 0 if show_code(settings, message, asked.code, screen, json=asked.view == "json") else FAILED
    if asked.replay:
        shown = asyncio.run(show_file(settings, asked.replay, screen))
    else:
        shown = asyncio.run(show(settings, message, _view(asked), screen, asked.record))
    if caught:
        return SIGNALLED + int(caught[0])
    if screen.left or (shown is not None and shown.whole):
        return 0
    if shown is None:
        return FAILED
    fault = shown.report.fault
    return BAD_SETTING if fault is not None and fault.kind in SETTINGS else FAILED


def _piped() -> str:
    data = sys.stdin.buffer.read()
    encoding = next((name for mark, name in MARKS.items() if data.startswith(mark)), sys.stdin.encoding)
    return io.TextIOWrapper(io.BytesIO(data), encoding, "replace").read()


def _view(asked: argparse.Namespace) -> View:
    """Raises BadSetting: there is no such lesson."""
    from components.terminal.views import VIEWS, show_events, show_lesson

    if not asked.lesson:
        return partial(show_events, chain=asked.chain) if asked.view == "events" else VIEWS[asked.view]
    from components.lessons.registry import find

    found = find(asked.lesson)
    if found is None:
        raise BadSetting(f"There is no lesson {asked.lesson!r}; --list names them.")
    return partial(show_lesson, lesson=found)


def _list() -> int:
    from components.lessons.registry import lessons

    language, width = _words().language, max(map(len, lessons()))
    for lesson in lessons().values():
        print(f"{lesson.number:2} {lesson.name:{width}}  {lesson.told(language)[0]}")
    sys.stdout.flush()
    return 0


def _chosen(settings: Settings, provider: str, model: str, method: str) -> Settings:
    """The environment's settings, but for what was given.

    Raises BadSetting: there is no such provider or method.
    """
    settings = replace(settings, hosted=False, public_providers="")  # who starts it is no visitor
    if provider and provider != settings.provider:
        settings = replace(settings, provider=provider, model="")  # its model is the other provider's
    return replace(settings, model=model or settings.model, method=method or settings.method)


def _words() -> Words:
    """The terminal's language, as POSIX has it: `ja_JP.UTF-8`."""
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return Words(language_of(next(filter(None, named), "").replace("_", "-")))


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m components.console", description="Stream a model's reply in the terminal."
    )
    names = [kind.name for kind in PROVIDERS]
    parser.add_argument("message", nargs="?", help="what is asked; - or a pipe: read from stdin")
    parser.add_argument("--method", default="", help=f"how the chain is run: {', '.join(METHODS)}")
    parser.add_argument("--provider", default="", help=f"where the model is: {', '.join(names)}")
    parser.add_argument("--model", default="", help="its name")
    shown: dict[str, Any] = {"dest": "view", "action": "store_const", "default": "text"}
    views = parser.add_mutually_exclusive_group()
    views.add_argument("--json", const="json", help="an object, once it is whole", **shown)
    rows = "every event of astream_events; to a pipe as lines of JSON"
    views.add_argument("--events", const="events", help=rows, **shown)
    parser.add_argument("--chain", choices=CHAINS, help="whose events; chat, unless another is named")
    parser.add_argument("--lesson", default="", metavar="NAME", help="run a lesson; a message is its prompt")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write the run to a file")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play a run, or a captured stream")
    parser.add_argument(
        "--code", choices=CODE, help="print the call as code instead of making it; openai: any provider's SDK"
    )
    parser.add_argument("--list", action="store_true", help="name the lessons")
    asked = parser.parse_args(arguments)
    if asked.chain and asked.view != "events":
        parser.error("a chain is shown by its --events")
    asked.chain = asked.chain or "chat"
    if asked.view == "events":
        if asked.method not in ("", EVENTS):
            parser.error(f"--events are those of {EVENTS}")
        asked.method = EVENTS
    if asked.replay == Path("-"):
        asked.replay = Path("/dev/stdin")
    if asked.replay and (asked.message or asked.lesson or asked.record or asked.view != "text"):
        parser.error("a replay asks nothing, and shows the reply")
    if asked.code and (asked.lesson or asked.record or asked.replay or asked.view == "events"):
        parser.error("code is of a message that is asked, or of an object")
    if asked.lesson and (asked.method or asked.view != "text"):
        parser.error("a lesson has its own method and output")
    if asked.message is None and not (asked.lesson or asked.list or asked.replay):
        if sys.stdin.isatty():
            parser.error("there is nothing to ask: give a message, or pipe one in")
        asked.message = "-"
    return asked


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
