"""One run over the chosen settings, shown in one view, and what is said at its end."""

import asyncio
import math
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from components.locale.report import bad_run_file, sentences_without_page
from components.providers import registry
from components.runs.ask import Ask, about, known, prepared
from components.runs.lab import Lab
from components.settings import BadSetting, Settings
from components.streaming import Failure, Trace
from components.streaming.replay import replay
from components.streaming.trace import BadRunFile, RunFile, open_run_file
from components.terminal.screen import Screen, tell_loading
from components.terminal.views import Answer, View, answer_of, tell

# These faults are settings of the one who asks; they are told in one sentence.
SETTINGS = {"missing", "bad_setting"}


async def show(
    settings: Settings, message: str, view: View, screen: Screen, record: Path | None = None
) -> Answer:
    """See that `view`'s run ends, whatever happens, and the embedded model with it.

    `record`: the run file to write.
    """
    lab = Lab(settings, registry(settings))
    ask = Ask(message, [], lab.first_choice(), "", settings.method)
    provider = lab.providers[settings.provider]
    trace = Trace(about(lab, ask, "chat"), path=record)
    loading = asyncio.create_task(tell_loading(provider, screen))
    screen.watch_reader()
    try:
        shown = await view(lab, ask, screen, trace)
    finally:
        screen.stop.set()
        screen.forget_reader()
        loading.cancel()
        await asyncio.to_thread(provider.stop)
    _say(screen, shown, known(ask))
    if trace.trouble:
        screen.say(screen.words(f"unrecorded_{trace.trouble}"))
    return shown


async def show_file(settings: Settings, path: Path, screen: Screen) -> Answer | None:
    """A run file, or a captured stream, played as its run was shown; None for one that never ended.

    Raises BadSetting: it is neither.
    """
    from components.runs.captured import make_run_file

    with TemporaryDirectory() as folder:
        try:
            own = Path(folder, "run.jsonl")
            await make_run_file(Lab(settings, {}), path, "", own)
            run_file = await asyncio.to_thread(open_run_file, own)
        except BadRunFile as bad:
            raise BadSetting(bad_run_file(screen.words, bad)) from None
        return await _replayed(run_file, screen)


async def _replayed(run_file: RunFile, screen: Screen) -> Answer | None:
    header = run_file.header
    # Whoever pipes it on wants the text, and not to wait for it.
    speed = 1.0 if screen.out.isatty() else math.inf
    screen.watch_reader()
    try:
        playing = replay(run_file, speed=speed, stop=screen.stop)
        lesson = header.chain.startswith("lesson ")
        frame = await tell(playing, screen, header.known, lesson=lesson)
    finally:
        screen.forget_reader()
    if run_file.damage is not None:
        screen.say(bad_run_file(screen.words, run_file.damage, events=run_file.count))
    if frame.report is None:
        if not screen.stop.is_set():
            screen.say(screen.words("events_never_ended"))
        return None
    shown = answer_of(screen, frame, lesson=lesson)
    _say(screen, shown, header.known)
    return shown


def show_code(settings: Settings, message: str, kind: str, screen: Screen, *, json: bool) -> bool:
    """Write the call as code, in place of the call; whether there is any. What is wrong is said.

    `json`: an object is asked for.
    """
    from components.providers.code import code
    from components.runs.code import unsent

    lab = Lab(settings, registry(settings))
    ask = Ask(message, [], lab.first_choice(), "", settings.method)
    try:
        request = unsent(lab, ask, prepared(lab, ask, "json" if json else "chat"))
    except Failure as failure:
        happened, do = sentences_without_page(screen.words, failure.fault, **known(ask))
        screen.say(f"{happened} {do}")
        return False
    if request is None:
        screen.say(screen.words("code_none"))
        return False
    screen.write(code(kind, lab.providers[settings.provider], request, settings.method))
    return True


def _say(screen: Screen, shown: Answer, known: Mapping[str, str]) -> None:
    """How it ended."""
    fault = shown.report.fault
    if fault is not None:
        happened, do = sentences_without_page(screen.words, fault, **known)
        screen.say(do if fault.kind in SETTINGS else f"{happened} {do}")
    if fault is None or fault.kind not in SETTINGS:
        screen.say(shown.figures)
