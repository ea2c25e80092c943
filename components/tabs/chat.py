"""The Chat tab: a conversation with the model in use, and what really happened under each reply."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import gradio as gr

from components.locale import DEFAULT, Words
from components.locale.report import sentences
from components.settings import METHODS
from components.tabs.lab import Lab
from components.tabs.reply import Ask, Message, frames, known, messages, turns
from components.tabs.session import Session
from components.tabs.visitor import session_of, words_for

EXAMPLES = ("example_1", "example_2", "example_3")
# Characters of a past conversation's first message that stand in the list.
TITLE = 40
# The conversation's own Retry button, which only its last reply has: copy, retry, undo.
TRY_AGAIN = "() => [...document.querySelectorAll('#chat .message-buttons-left button')].at(-2)?.click()"


def draw(lab: Lab, page: gr.Blocks, i18n: gr.I18n, session: gr.State) -> None:
    """Draw the tab inside the current Blocks; `session` holds the visitor's `Session`."""
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
        temperature = gr.Slider(0, 2, value=lab.settings.temperature, step=0.1, label=i18n("temperature"))
        most = max(4096, lab.settings.max_tokens)
        max_tokens = gr.Slider(1, most, value=lab.settings.max_tokens, step=1, label=i18n("max_tokens"))

    stop = gr.Button(
        i18n("stop"), elem_id="stop", variant="secondary", size="sm", interactive=False, scale=0, render=False
    )
    again = gr.Button(i18n("try_again"), elem_id="try-again", size="sm", visible=False, scale=0, render=False)

    async def reply(
        message: str,
        history: list[Message],
        visitor: Session,
        system: str,
        temperature: float,
        max_tokens: int,
        method: str,
        request: gr.Request,
    ) -> AsyncIterator[tuple[list[Message], Any, Any]]:
        words = words_for(request)
        chosen = replace(visitor.choice, temperature=temperature, max_tokens=int(max_tokens))
        ask = Ask(message, history, chosen, system, method)
        buttons: tuple[Any, Any] = gr.Button(interactive=True), gr.Button(visible=False)
        with lab.runs.begin(session_of(request)) as stopping:
            async for frame in frames(lab, ask, stopping):
                if frame.report is not None:
                    failed = frame.report.fault is not None
                    buttons = gr.Button(interactive=False), gr.Button(visible=failed)
                yield messages(words, ask, frame), *buttons
                buttons = gr.skip(), gr.skip()

    chat = gr.ChatInterface(
        reply,
        chatbot=gr.Chatbot(
            elem_id="chat",
            label=i18n("conversation"),
            show_label=False,  # it would float over the text
            placeholder=str(i18n("chat_empty")),
            height="calc(100dvh - 24rem)",
            min_height=260,
            buttons=["copy", "copy_all"],
        ),
        textbox=gr.Textbox(
            elem_id="message",
            placeholder=i18n("message_placeholder"),
            label=i18n("message"),
            show_label=False,
            submit_btn=True,
            stop_btn=False,
            max_lines=8,
            scale=7,
        ),
        additional_inputs=[session, system, temperature, max_tokens, method],
        additional_outputs=[stop, again],
        # In English until `in_their_language` knows better: Gradio doesn't translate examples.
        examples=[[Words(DEFAULT)(key)] for key in EXAMPLES],
        editable=True,
        save_history=True,
        stop_btn=False,
        cache_examples=False,
        show_progress="hidden",
        flagging_mode="never",
        api_visibility="private",
    )
    with gr.Row(elem_id="under-chat"):
        gr.Markdown(i18n("keys_hint"), elem_classes="muted")
        again.render()
        stop.render()

    def in_their_language(request: gr.Request) -> gr.Chatbot:
        words = words_for(request)
        return gr.Chatbot(examples=[{"text": words(key)} for key in EXAMPLES])

    def past(conversations: list[list[Message]] | None) -> gr.Dataset:
        return gr.Dataset(
            samples=[[_title(conversation)] for conversation in conversations or [] if conversation]
        )

    def stop_runs(request: gr.Request) -> None:
        lab.runs.stop(session_of(request))

    quietly: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
    page.load(in_their_language, None, chat.chatbot, **quietly)
    # ChatInterface lists them on its own load event, which a page around it never fires.
    page.load(past, chat.saved_conversations, chat.chat_history_dataset, **quietly)
    stop.click(stop_runs, **quietly)
    again.click(None, js=TRY_AGAIN, **quietly)
    _endpoint(lab)


def _title(conversation: list[Message]) -> str:
    said = turns(conversation)
    return said[0][1][:TITLE] if said else ""


def _endpoint(lab: Lab) -> None:
    """`/chat` for programs: message -> accumulated text, the conversation kept for the client's session."""

    async def chat(message: str, history: list[Message], request: gr.Request) -> AsyncIterator[Any]:
        ask = Ask(message, history, lab.first_choice(), "", lab.settings.method)
        with lab.runs.begin(session_of(request)) as stopping:
            async for frame in frames(lab, ask, stopping):
                fault = frame.report.fault if frame.report else None
                if fault is not None:
                    raise gr.Error(" ".join(sentences(words_for(request), fault, **known(ask))))
                asked = {"role": "user", "content": message}
                yield frame.text, [*history, asked, {"role": "assistant", "content": frame.text}]

    message = gr.Textbox(label="message", visible=False)
    text = gr.Textbox(label="text", visible=False)
    history = gr.State([])
    gr.Button(visible=False).click(chat, [message, history], [text, history], api_name="chat")
