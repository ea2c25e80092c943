"""Gradio's own chat interface, as this page uses it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any, Literal

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.components import Component
from gradio.components.chatbot import NormalizedMessageDict

from components.locale import DEFAULT, Words

EXAMPLES = ("example_1", "example_2", "example_3")
# Under what name the browser keeps conversations.
KEPT = "streaming-lab-conversations"
# The kept conversations as the list shows them: the first 40 characters of what was said first.
LISTED = """(kept) => {
  const parts = (content) => (typeof content === "string" ? [{ text: content }] : [content].flat());
  const text = ({ content }) => parts(content).map(({ text }) => text ?? "").join("");
  const title = (said) => [...(said.map(text).find((one) => one.trim()) ?? "")].slice(0, 40).join("");
  const samples = (kept ?? []).filter((said) => said?.length).map((said) => [title(said)]);
  return { __type__: "update", samples };
}"""


def conversation(
    reply: Callable[..., Any], i18n: gr.I18n, *, inputs: list[str | Component], outputs: list[Component]
) -> gr.ChatInterface:
    """Draw it inside the current Blocks; `inputs` and `outputs` are those of `reply` beside its messages."""
    chat = Conversation(
        reply,
        chatbot=gr.Chatbot(
            elem_id="chat",
            label=i18n("conversation"),
            show_label=False,  # it would float over the text
            placeholder=str(i18n("chat_empty")),
            height="calc(100dvh - 24rem)",
            min_height=260,
            buttons=["copy"],
            autoscroll=False,  # the page follows by itself: Gradio pulls a reader who goes up back to the end
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
        additional_inputs=inputs,
        additional_outputs=outputs,
        # In English until the page is open: Gradio doesn't translate examples.
        examples=[[Words(DEFAULT)(key)] for key in EXAMPLES],
        editable=True,
        save_history=True,
        # Its Stop cancels the generator, which could then not say what was stopped; the tab has its own.
        stop_btn=False,
        cache_examples=False,
        show_progress="hidden",
        flagging_mode="never",
        api_visibility="private",
    )
    # Gradio would make up another secret with each start: what the browser has kept could not be read again.
    # The page carries it in any case, so it keeps nobody out.
    chat.saved_conversations.storage_key, chat.saved_conversations.secret = KEPT, KEPT
    return chat


class Conversation(gr.ChatInterface):
    """Brings only what is new into the form that the page gets: what was said before has it.

    Gradio would do that to all of the conversation with every frame, in another thread. It would also look
    through all of it for files, twice, where messages are dictionaries; as `ChatMessage` they are passed on.
    """

    def _append_message_to_history(
        self, message: Any, history: list[Any], role: Literal["user", "assistant"] = "user"
    ) -> list[Any]:
        before: list[Any] = [_passed_on(said) for said in history] if role == "user" else history
        appended: list[Any] = super()._append_message_to_history(message, before, role)
        return appended

    def _message_as_message_dict(
        self, message: Any, role: Literal["user", "assistant"]
    ) -> list[NormalizedMessageDict]:
        shown = self.chatbot.postprocess([*super()._message_as_message_dict(message, role)])
        new: list[NormalizedMessageDict] = shown.model_dump()
        return new


def _passed_on(said: dict[str, Any]) -> gr.ChatMessage:
    more = {part: said[part] for part in ("metadata", "options") if said.get(part)}
    return gr.ChatMessage(said["content"], said["role"], **more)


def frames_as_they_are(page: gr.Blocks) -> None:
    """Let Gradio send what a `Conversation` yields. Call it when the page is complete."""
    for event in page.fns.values():
        if event.name == "_submit_fn":
            event.postprocess = False


def without_the_server(page: gr.Blocks) -> None:
    """Let the page do by itself what the chat interface asks the server for at every message.

    Its field is locked and unlocked, and the kept conversations, all of them sent along, are listed: five of
    eleven requests, a third of what the server spends on a short reply. Call it when the page is complete.
    """
    for event in page.fns.values():
        asked = event.fn and inspect.unwrap(event.fn)
        if asked is None or asked.__module__ != gr.ChatInterface.__module__:
            continue
        if asked.__name__ == gr.ChatInterface._load_chat_history.__name__:
            _by_the_page(event, LISTED)
        elif not event.inputs and len(event.outputs) == 1 and isinstance(event.outputs[0], gr.Textbox):
            _by_the_page(event, f"() => ({json.dumps(_update(asked(), event.outputs[0]))})")


def _by_the_page(event: BlockFunction, js: str) -> None:
    event.fn, event.js, event.queue = None, js, False


def _update(given: Any, field: gr.Textbox) -> dict[str, Any]:
    """What `gr.update` or another field says of this one. Unlocked, it shows anew what it is for."""
    properties = dict(given if isinstance(given, dict) else given.constructor_args)
    if properties.get("interactive"):
        properties["placeholder"] = str(field.placeholder)
    return {**properties, "__type__": "update"}
