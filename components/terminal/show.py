"""One run over the chosen settings, shown in one view, and what is said at its end."""

import asyncio
import math
from pathlib import Path
from tempfile import TemporaryDirectory

from components.locale.report import bad_run_file, sentences_without_page
from components.providers import registry
from components.runs.ask import Ask, about, known, prepared
from components.runs.lab import Lab
from components.settings import BadSetting, Settings
from components.streaming import Failure, Trace
from components.streaming.replay import replay
from components.streaming.trace import About, BadRunFile, open_run_file
from components.terminal.screen import Screen, tell_loading
from components.terminal.views import Answer, View, answer_of, tell

# These faults are settings of the one who asks; they are told in one sentence.
SETTINGS = {"missing", "bad_setting"}
# Seconds. Where a clock jumped, or a laptop slept, a replay goes on.
PATIENCE = 60.0


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
    try:
        with screen.watched():
            shown = await view(lab, ask, screen, trace)
    finally:
        screen.stop.set()
        loading.cancel()
        await asyncio.to_thread(provider.stop)
    _ended(screen, shown, trace.about)
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
        # Whoever pipes it on wants the text, and not to wait for it.
        speed = 1.0 if screen.out.isatty() else math.inf
        with screen.watched():
            playing = replay(run_file, speed=speed, patience=PATIENCE, stop=screen.stop)
            frame = await tell(playing, screen, run_file.header)
    if run_file.damage is not None:
        screen.say(bad_run_file(screen.words, run_file.damage, events=run_file.count))
    if frame.report is None:
        if not screen.stop.is_set():
            screen.say(screen.words("events_never_ended"))
        return None
    return _ended(screen, answer_of(screen, frame, run_file.header), run_file.header)


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


def _ended(screen: Screen, shown: Answer, about: About) -> Answer:
    """What is shown, and it is said how it ended."""
    fault = shown.report.fault
    if fault is not None:
        happened, do = sentences_without_page(screen.words, fault, **about.known)
        screen.say(do if fault.kind in SETTINGS else f"{happened} {do}")
    if fault is None or fault.kind not in SETTINGS:
        screen.say(shown.figures)
    return shown
