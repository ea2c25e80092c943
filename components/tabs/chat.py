"""The Chat tab: a conversation with the model in use, and what really happened under each reply."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components import Component

from components.gradio_internals.conversation import RETRY
from components.runs.ask import Ask, about, frames
from components.runs.lab import Lab
from components.settings import METHODS
from components.streaming import Frame, Stop
from components.tabs import run_panel
from components.tabs.chatbot import EXAMPLES, conversation
from components.tabs.code_panel import CodePanel
from components.tabs.reply import Message, broken_off, messages, turns
from components.tabs.run_view import RunView
from components.tabs.session import Kept, Session, session_of, visitor_of, words_for
from components.tabs.wiring import QUIETLY, Page, button, signal, stops

# What becomes of the buttons Stop, Try again and Skip thinking.
PHASES = {
    "running": ({"interactive": True}, {"visible": False}, {"visible": False}),
    "thinking": ({"interactive": True}, {"visible": False}, {"visible": True}),
    "done": ({"interactive": False}, {}, {"visible": False}),
    "failed": ({"interactive": False}, {"visible": True}, {"visible": False}),
}
# Seconds that Chromium needs for each character of a reply: with every frame Gradio draws all of it anew.
DRAWING = 5e-6
# Seconds between two frames, each of which costs the server as much as two chunks: a text that grows 13 times
# a second reads as continuous.
INTERVAL = 0.075


def draw(page: Page) -> None:
    """Draw the tab inside the current Blocks."""
    lab, i18n = page.lab, page.i18n
    knobs = _knobs(lab, i18n)
    stop = button(i18n("stop"), "stop", interactive=False, render=False)
    again = button(i18n("try_again"), "try-again", visible=False, render=False)
    skip = button(i18n("skip_thinking"), "skip-thinking", visible=False, render=False)
    signals = [signal([stop, again, skip], become) for become in PHASES.values()]
    run = run_panel.panel()
    with gr.Row(elem_id="chat-and-run"):
        with gr.Column(scale=3, elem_id="conversation"), gr.Row():
            with gr.Column(scale=1, min_width=100, elem_id="past"):
                new = gr.Button(i18n("new_chat"), variant="primary", size="md")
                past = gr.Dataset(
                    components=[gr.Textbox(visible=False)],
                    show_label=False,
                    layout="table",
                    type="index",
                )
                gr.Markdown(i18n("not_kept"), elem_id="not-kept", elem_classes="muted")
                gr.Markdown(i18n("let_go"), elem_id="let-go", elem_classes="muted")
            with gr.Column(scale=6):
                chat = conversation(
                    _replier(lab), i18n, inputs=[page.session, *knobs, page.kept], outputs=[run, *signals]
                )
        with gr.Column(scale=2, elem_id="this-run"):
            run.render()
            code = CodePanel(page, "chat")
    with gr.Row(elem_id="under-chat"):
        gr.Markdown(i18n("keys_hint"), elem_classes="muted")
        gr.Markdown(i18n("tiny_model"), elem_id="tiny-model", elem_classes="muted")
        copy = button(i18n("copy_conversation"), "copy-conversation")
        again.render()
        skip.render()
        stop.render()

    def skip_thinking(request: gr.Request) -> None:
        for one in lab.runs.of(session_of(request)):
            if end_thought := one.skip:
                end_thought()

    stop.click(stops(lab), **QUIETLY)
    skip.click(skip_thinking, **QUIETLY)
    again.click(None, js=RETRY, **QUIETLY)
    copy.click(None, chat.chatbot, js="copyConversation", **QUIETLY)
    chat.chatbot.copy(None, chat.chatbot, js="copyMessage", **QUIETLY)
    # The browser keeps what was said: see static/conversations.js.
    show = gr.Button(visible="hidden", elem_id="show")
    new.click(None, js="conversations.fresh", **QUIETLY)
    past.click(None, past, js="conversations.open", **QUIETLY)
    gr.on(
        [page.lost.click, show.click],
        _shown,
        chat.chatbot,
        [chat.chatbot, stop, again],
        js="conversations.shown",
        trigger_mode="always_last",
        **QUIETLY,
    ).then(None, js="conversations.settled", **QUIETLY)
    page.blocks.load(None, None, past, js="conversations.begin", **QUIETLY)
    chat.chatbot.change(None, chat.chatbot, past, js="conversations.keep", **QUIETLY)
    chat.chatbot.undo(None, chat.chatbot, [past, again], js="conversations.undo", **QUIETLY)
    chat.chatbot.clear(None, None, [past, again], js="() => conversations.undo([])", **QUIETLY)
    page.translate(
        chat.chatbot, lambda words: gr.Chatbot(examples=[{"text": words(key)} for key in EXAMPLES])
    )
    run_panel.wire(page, run, code)
    chat.leave_to_the_page(page.blocks)


def _knobs(lab: Lab, i18n: gr.I18n) -> list[Component]:
    """Method, system prompt, temperature and longest reply, in the order in which `reply` takes them.

    Only the method is drawn yet.
    """
    with gr.Row(elem_id="methods"):
        method = gr.Radio(
            list(METHODS), value=lab.settings.method, label=i18n("method"), container=False, elem_id="method"
        )
        # The style sheet shows that of the chosen one.
        for name in METHODS:
            gr.Markdown(i18n(f"method_{name}"), elem_id=f"method-{name}", elem_classes="muted method-hint")
    system = gr.Textbox(
        "", label=i18n("system_prompt"), info=i18n("system_prompt_hint"), lines=2, render=False
    )
    # Gradio's Number is 0 where nothing was given.
    temperature = gr.Textbox(
        "" if lab.settings.temperature is None else f"{lab.settings.temperature:g}",
        label=i18n("field_temperature"),
        info=i18n("temperature_hint"),
        max_lines=1,
        render=False,
    )
    max_tokens = gr.Slider(
        1,
        lab.longest_reply,
        value=lab.settings.max_tokens,
        step=1,
        label=i18n("max_tokens"),
        render=False,
    )
    return [method, system, temperature, max_tokens]


def _replier(lab: Lab) -> Callable[..., Any]:
    async def reply(
        message: str,
        history: list[Message],
        visitor: Session,
        method: str,
        system: str,
        temperature: str,
        max_tokens: int,
        kept: Kept,
        request: gr.Request,
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Yields the reply's messages, those of its run, and a signal of its phase."""
        words = words_for(request)
        choice = replace(visitor.choice, temperature=_number(temperature), max_tokens=int(max_tokens))
        ask = Ask(message, turns(history), choice, system, method, visitor_of(lab, request))
        view = RunView(words, about(lab, ask, "chat"))
        trace = kept.record_chat(view)
        phase = ""
        with lab.runs.begin(session_of(request)) as stopping:
            running = frames(lab, ask, stopping, trace=trace, drawing=DRAWING, interval=INTERVAL)
            async with aclosing(running) as shown:
                async for frame in shown:
                    before, phase = phase, _phase(frame, stopping)
                    changed = time.monotonic_ns() if phase != before else gr.skip()
                    signals = [changed if name == phase else gr.skip() for name in PHASES]
                    yield messages(view, frame), view.message(frame), *signals

    return reply


def _number(text: str) -> float | None:
    """NaN where it is none, which no provider is sent."""
    try:
        return float(text) if text.strip() else None
    except ValueError:
        return math.nan


def _phase(frame: Frame, stop: Stop) -> str:
    if frame.report is not None:
        return "failed" if frame.report.fault else "done"
    thinks = bool(frame.parts) and frame.parts[-1].kind == "reasoning"
    return "thinking" if thinks and stop.skip is not None else "running"


def _shown(request: gr.Request, said: list[Message]) -> tuple[Any, ...]:
    """A conversation as the page has it; a reply that was under way says what became of it."""
    words = words_for(request)
    history, failed = broken_off(words, said)
    return history, gr.Button(interactive=False), gr.Button(visible=failed)
