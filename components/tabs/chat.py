"""The Chat tab: a conversation with the model in use, and what really happened under each reply."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from components.runs.ask import Ask
from components.runs.chat import frames
from components.runs.events import about
from components.runs.lab import Lab
from components.settings import METHODS
from components.tabs import chat_endpoint
from components.tabs.chat_interface import EXAMPLES, conversation
from components.tabs.events_kept import Kept
from components.tabs.reply import Message, messages, passed_on, text_of, turns
from components.tabs.session import Session
from components.tabs.visitor import session_of, visitor_of, words_for
from components.tabs.wiring import QUIETLY

# Seconds that Chromium needs for each character of a reply: with every frame Gradio draws all of it anew.
DRAWING = 5e-6
# Seconds between two frames, each of which costs the server as much as two chunks: a text that grows 13 times
# a second reads as continuous.
INTERVAL = 0.075


def draw(lab: Lab, page: gr.Blocks, i18n: gr.I18n, session: gr.State, kept: gr.State) -> None:
    """Draw the tab inside the current Blocks; `session` and `kept` hold what is the visitor's.

    The conversation is the page's: `static/conversations.js` does what needs no model, and the server is sent
    what was said before with every message.
    """
    knobs = _knobs(lab, i18n)
    stop = gr.Button(i18n("stop"), elem_id="stop", size="sm", interactive=False, scale=0, render=False)
    again = gr.Button(i18n("try_again"), elem_id="try-again", size="sm", visible=False, scale=0, render=False)
    chat = conversation(i18n)
    with gr.Row(elem_id="under-chat"):
        gr.Markdown(i18n("keys_hint"), elem_classes="muted")
        again.render()
        stop.render()
    reply, keep = (gr.Button(visible="hidden", elem_id=name) for name in ("reply", "keep"))
    outputs = [chat.shown, chat.message, stop, again, chat.past]

    def at(event: Callable[..., Dependency], does: str, *inputs: Component) -> Dependency:
        return event(None, [*inputs], outputs, js=f"conversations.{does}", **QUIETLY)

    picked = chat.shown.example_select(_picked, None, chat.message, **QUIETLY)
    for asks in (
        at(chat.message.submit, "send", chat.shown, chat.message),
        at(picked.then, "send", chat.shown, chat.message),
        at(chat.shown.edit, "edit", chat.shown),
        at(chat.shown.retry, "retry", chat.shown),
        at(again.click, "retry", chat.shown),
    ):
        asks.then(None, js="conversations.reply", **QUIETLY)
    replied = reply.click(
        _replier(lab),
        [chat.shown, session, *knobs, kept],
        [chat.shown, kept],
        postprocess=False,  # what is sent has the form in which the page shows it
        trigger_mode="once",
        api_visibility="private",
        show_progress="hidden",
    )
    at(replied.then, "end", chat.shown)
    at(replied.failure, "end", chat.shown)
    at(chat.shown.undo, "undo", chat.shown)
    at(chat.shown.clear, "clear")
    at(chat.new.click, "fresh")
    at(chat.past.click, "open", chat.past)
    at(page.load, "begin")
    keep.click(None, chat.shown, js="conversations.keep", **QUIETLY)

    def stop_runs(request: gr.Request) -> None:
        lab.runs.stop(session_of(request))

    stop.click(stop_runs, **QUIETLY)
    page.load(_examples, None, chat.shown, **QUIETLY)
    chat_endpoint.draw(lab)


def _knobs(lab: Lab, i18n: gr.I18n) -> list[Component]:
    """Method, system prompt, temperature and longest reply, in the order in which `reply` takes them."""
    method = gr.Radio(
        list(METHODS),
        value=lab.settings.method,
        label=i18n("method"),
        info=i18n("method_hint"),
        container=False,
        elem_id="method",
    )
    with gr.Accordion(i18n("settings"), open=False):
        system = gr.Textbox("", label=i18n("system_prompt"), info=i18n("system_prompt_hint"), lines=2)
        # Gradio's Number is 0 where nothing was given.
        temperature = gr.Textbox(
            "" if lab.settings.temperature is None else f"{lab.settings.temperature:g}",
            label=i18n("field_temperature"),
            info=i18n("temperature_hint"),
            max_lines=1,
        )
        max_tokens = gr.Slider(
            1, lab.longest_reply, value=lab.settings.max_tokens, step=1, label=i18n("max_tokens")
        )
    return [method, system, temperature, max_tokens]


def _replier(lab: Lab) -> Callable[..., Any]:
    async def reply(
        said: list[Message],
        visitor: Session,
        method: str,
        system: str,
        temperature: str,
        max_tokens: int,
        kept: Kept,
        request: gr.Request,
    ) -> AsyncIterator[tuple[list[Any], Any]]:
        """Yields the conversation with what has come of the reply to its last message, and what is kept."""
        words = words_for(request)
        choice = replace(visitor.choice, temperature=_number(temperature), max_tokens=int(max_tokens))
        asked = text_of(said[-1]["content"])
        ask = Ask(asked, turns(said[:-1]), choice, system, method, visitor_of(lab, request))
        recorder = kept.record_chat(about(lab, ask, "chat"), method)
        before = [passed_on(one) for one in said]
        changed: Any = kept
        with lab.runs.begin(session_of(request)) as stopping:
            async for frame in frames(lab, ask, stopping, recorder, drawing=DRAWING, interval=INTERVAL):
                yield [*before, *messages(words, ask, frame)], changed
                changed = gr.skip()

    return reply


def _number(text: str) -> float | None:
    """NaN where it is none, which no provider is sent."""
    try:
        return float(text) if text.strip() else None
    except ValueError:
        return math.nan


def _picked(example: gr.SelectData) -> str:
    text: str = example.value["text"]
    return text


def _examples(request: gr.Request) -> gr.Chatbot:
    words = words_for(request)
    return gr.Chatbot(examples=[{"text": words(key)} for key in EXAMPLES])
