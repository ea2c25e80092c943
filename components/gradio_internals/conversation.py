"""Gradio's chat interface, with those of its parts that it keeps to itself.

After a hundred messages a reply of 300 chunks costs the server 424 ms of processor time instead of 555,
as in an empty conversation. Without this it would be slower, and look the same; Try again, the
conversations that the browser keeps and what a page shows that has found a server again would go.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Literal

import gradio as gr
from gradio.components.chatbot import NormalizedMessageDict


class Conversation(gr.ChatInterface):
    """Brings only what is new into the form that the page gets: what was said before has it.

    Gradio would do that to all of the conversation with every frame, in another thread. It would also look
    through all of it for files, twice, where messages are dictionaries; as `ChatMessage` they are passed on.
    """

    def _append_message_to_history(
        self, message: Any, history: list[Any], role: Literal["user", "assistant"] = "user"
    ) -> list[Any]:
        before = history
        if role == "user":
            before = [_passed_on(said) for said in self.chatbot.postprocess(history).model_dump()]
        appended: list[Any] = super()._append_message_to_history(message, before, role)
        return appended

    def _message_as_message_dict(
        self, message: Any, role: Literal["user", "assistant"]
    ) -> list[NormalizedMessageDict]:
        shown = self.chatbot.postprocess([*super()._message_as_message_dict(message, role)])
        new: list[NormalizedMessageDict] = shown.model_dump()
        return new

    def _setup_events(self) -> None:
        """What the page shows is the conversation. A second copy, which Gradio keeps on the server, knows of
        a reply some requests later: a message or a Retry that is sooner would be answered from before it.

        Nor is there the browser's storage, which would not be used, but whose lack would end the page.
        """
        self.saved_conversations.unrender()
        self.saved_conversations = gr.State()  # type: ignore[assignment]
        self.chatbot_state.unrender()
        self.chatbot_state = self.chatbot  # type: ignore[assignment]
        super()._setup_events()

    async def _stream_fn(
        self, message: Any, history: list[Any], *args: Any
    ) -> AsyncGenerator[tuple[Any, ...]]:
        """`history` ends with the message, as the page does."""
        async with aclosing(super()._stream_fn(message, history[:-1], *args)) as replies:
            async for reply in replies:
                yield reply

    def _clear_and_save_textbox(self, message: Any) -> tuple[Any, Any]:
        """The page takes what was sent out of the box; what was typed since then stays."""
        return gr.skip(), message

    def _asked_last(self, history: list[Any]) -> Any:
        """For Retry; the message stays where it is, and with it the page's place."""
        return self._pop_last_user_message(history)[1]

    def leave_to_the_page(self, page: gr.Blocks) -> None:
        """Frames as they are; that a reply has ended; and the box, which Gradio would lock and empty.

        What else Gradio asks the server for round each message does nothing here, and isn't asked. Nor is it
        for Undo, which would write over what was typed since.
        """
        shown, copy, box, retry = self.chatbot, self.chatbot_value, self.textbox, None
        for number, event in page.fns.items():
            if event.name == "_submit_fn":
                event.postprocess = False
            elif event.name == "_clear_and_save_textbox":
                event.js = "conversations.sent"
            elif event.name == "_pop_last_user_message" and event.outputs == [shown, self.saved_input]:
                event.fn, event.outputs, retry = self._asked_last, [self.saved_input], number
            elif event.outputs == [shown, box]:
                event.fn, event.js, event.inputs = None, "conversations.undone", [shown, box]
            elif event.name == "_append_message_to_history" and event.trigger_after == retry:
                event.js = "conversations.again"
            elif event.outputs == [shown, copy]:
                event.fn, event.js, event.outputs = None, "conversations.ended", []
            elif (
                event.outputs == [box] or event.inputs == [copy] or self.saved_conversations in event.outputs
            ):
                event.fn, event.outputs = None, []


def _passed_on(said: dict[str, Any]) -> gr.ChatMessage:
    more = {part: said[part] for part in ("metadata", "options") if said.get(part)}
    return gr.ChatMessage(said["content"], said["role"], **more)
