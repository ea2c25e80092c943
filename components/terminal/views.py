"""What a run shows: a view is a coroutine over the same engine. To add one, write it and list it in VIEWS."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from components.locale.report import lesson_ended, line, plain_line, waiting_line
from components.runs.ask import Ask, about, frames
from components.streaming.connection import in_thread
from components.streaming.frame import Line
from components.streaming.stop import Stopped
from components.terminal.screen import plain

if TYPE_CHECKING:
    from rich.live import Live

    from components.lessons.registry import Lesson
    from components.runs.lab import Lab
    from components.streaming import Frame, Report, Trace
    from components.streaming.trace import About
    from components.terminal.screen import Screen


@dataclass(frozen=True, slots=True)
class Answer:
    """`figures`: the line about it, for `err`. `whole`: all that was asked for has come. `value`: the object
    that was read, for `json`.
    """

    text: str
    report: Report
    figures: str
    whole: bool
    value: Any = None


async def show_text(lab: Lab, ask: Ask, screen: Screen, trace: Trace) -> Answer:
    running = frames(lab, ask, screen.stop, trace=trace)
    return answer_of(screen, await tell(running, screen, trace.about), trace.about)


async def show_lesson(lab: Lab, ask: Ask, screen: Screen, trace: Trace, *, lesson: Lesson) -> Answer:
    """What is asked is the lesson's prompt, unless there is another message."""
    from components.runs import lesson as lessons_run

    short = lessons_run.ask_for(lab, lesson, ask.message or lesson.prompt, ask.choice)
    trace.about = known = about(lab, short, f"lesson {lesson.name}")
    running = lessons_run.frames(lab, lesson, short, screen.stop, trace)
    return answer_of(screen, await tell(running, screen, known), known)


async def tell(running: AsyncGenerator[Frame], screen: Screen, about: About) -> Frame:
    """The text as it comes; beside it, on `err`, what the model thinks and which tools it calls. Of a lesson
    its lines, each with its time. Returns the last frame.
    """
    shown, lesson = None, of_lesson(about)
    async with aclosing(running) as coming:
        async for frame in coming:
            tell_retry(screen, frame, about)
            for part, new in frame.new:
                begins = shown != (shown := (part.kind, part.began))
                if part.kind == "line":
                    new = plain_line(Line(part.began - frame.started, new))
                elif lesson:
                    continue
                if part.kind in ("text", "line"):
                    screen.under_way("")
                    screen.write(new)
                    continue
                if begins:
                    screen.end_aside()
                if begins and part.kind == "tool_call":
                    screen.tell_aside(f"{screen.words('calls_tool', name=part.name)} ")
                screen.tell_aside(new)
    screen.end_line()
    return frame


async def show_json(lab: Lab, ask: Ask, screen: Screen, trace: Trace) -> Answer:
    """The object grows on `err` where that is a terminal; `out` gets it once, when it is whole."""
    from components.chains.schemas import ANY_OBJECT
    from components.locale import json_verdict
    from components.runs import json as json_run
    from components.streaming.json.check import Schema

    reply = json_run.JsonReply(ask, Schema(ANY_OBJECT), constrain=True)
    live = None
    with ExitStack() as drawing:
        async with aclosing(json_run.frames(lab, reply, screen.stop, trace)) as coming:
            async for frame in coming:
                tell_retry(screen, frame, trace.about)
                if reply.snapshot.found and screen.draws:
                    screen.under_way("")
                    live = live or drawing.enter_context(_growing(screen))
                    _draw(live, reply.snapshot.value)
    shown, verdict, value = answer_of(screen, frame, trace.about), reply.verdict, reply.snapshot.value
    whole = verdict is not None and verdict.whole and shown.report.fault is None
    if whole:
        screen.write(json.dumps(value, ensure_ascii=False, indent=2 if screen.out.isatty() else None) + "\n")
    if frame.text and verdict is not None:
        for sentence in json_verdict.sentences(screen.words, verdict, frame.parts, schema=False):
            screen.say(sentence)
    return replace(shown, whole=whole, value=value)


async def show_events(lab: Lab, ask: Ask, screen: Screen, trace: Trace, *, chain: str = "chat") -> Answer:
    """A row for each event of a chain; to a pipe the whole event, a line of JSON."""
    from components.streaming.events import Events

    events = Events()
    trace.about = replace(trace.about, chain=chain)
    running = frames(lab, ask, screen.stop, kind="events", chain=chain, trace=trace, rows=True)
    async with aclosing(running) as coming:
        async for frame in coming:
            events.feed(frame)
            for row in events.rows(events.waiting):
                screen.under_way("")
                told = f"{row['at'] * 1000:9.1f} ms  {row['event']:21} {row['name']:18} {row['preview']}\n"
                screen.write(told if screen.out.isatty() else events.line(row["n"]) or "")
            if frame.asks and (answer := screen.stop.answer):
                answer(await _approves(screen))
    return answer_of(screen, frame, trace.about)


async def _approves(screen: Screen) -> bool:
    """Whether who sits at the terminal says yes; where nobody does, nobody approves."""
    screen.say(f"{screen.words('events_asks')} [y/N]")
    if not sys.stdin.isatty():
        return False
    reading = in_thread(partial(os.read, sys.stdin.fileno(), 100), "approval")
    with suppress(Stopped):
        return (await screen.stop.unless(reading)).strip().lower() in {b"y", b"yes"}
    return False


def of_lesson(about: About) -> bool:
    return about.chain.startswith("lesson ")


def answer_of(screen: Screen, frame: Frame, about: About) -> Answer:
    report = frame.report
    if report is None:
        raise RuntimeError("a run without a report")
    lesson = of_lesson(about)
    figures = lesson_ended(screen.words, frame, report) if lesson else line(screen.words, report)
    return Answer(frame.text, report, figures, report.whole)


View = Callable[["Lab", Ask, "Screen", "Trace"], Awaitable[Answer]]
VIEWS: dict[str, View] = {"text": show_text, "json": show_json, "events": show_events}


def tell_retry(screen: Screen, frame: Frame, about: About) -> None:
    if frame.retry is not None and not frame.parts:
        screen.say(waiting_line(screen.words, frame, about.method, **about.known))


def _growing(screen: Screen) -> Live:
    """A place on `err` to draw on, which is empty again afterwards."""
    from rich.console import Console
    from rich.live import Live

    return Live(console=Console(file=screen.err), auto_refresh=False, transient=True)


def _draw(live: Live, value: Any) -> None:
    """The end of the object, as much as there is room for."""
    from rich.text import Text

    lines = json.dumps(value, ensure_ascii=False, indent=2).splitlines()
    room = max(1, live.console.height - 1)
    live.update(Text(plain("\n".join(lines[-room:])), no_wrap=True, overflow="ellipsis"), refresh=True)
