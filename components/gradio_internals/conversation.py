"""Gradio's chat interface, with those of its parts that it keeps to itself.

After a hundred messages a reply of 300 chunks costs the server 424 ms of processor time instead of 555,
as in an empty conversation. Without this it would be slower, and look the same; Try again, the list of
what the browser keeps and what a page shows that has found a server again would go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

import gradio as gr
from gradio.components import Component
from gradio.components.chatbot import NormalizedMessageDict

# Under what name it has the words on its button, which it has in English only.
NEW_CHAT: Final = "chat_interface.new_chat"
# The Retry button, which only the last reply has: copy, retry, undo.
RETRY: Final = "() => [...document.querySelectorAll('#chat .message-buttons-left button')].at(-2)?.click()"


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

    def frames_as_they_are(self, page: gr.Blocks) -> None:
        """Let Gradio send them so."""
        for event in page.fns.values():
            if event.name == "_submit_fn":
                event.postprocess = False

    def keep_as(self, name: str) -> None:
        """Under which name the browser keeps conversations.

        Gradio makes up another secret with each start: what was kept could not be read again. The page
        carries it in any case, so it keeps nobody out.
        """
        self.saved_conversations.storage_key = self.saved_conversations.secret = name

    def list_kept(self, page: gr.Blocks, **quietly: Any) -> None:
        """As the page is opened. It does so on its own load event, which a page around it never fires."""
        page.load(self._load_chat_history, self.saved_conversations, self.chat_history_dataset, **quietly)

    @property
    def place(self) -> gr.State:
        """Which of the kept conversations is shown, by its place in the list."""
        return self.conversation_id

    @property
    def copies(self) -> list[Component]:
        """All that have what is shown."""
        return [self.chatbot, self.chatbot_state, self.chatbot_value]

    @property
    def left(self) -> list[Callable[..., Any]]:
        """Events after which another reply is the last one, or none."""
        return [self.new_chat_button.click, self.chat_history_dataset.click, self.chatbot.undo]


def _passed_on(said: dict[str, Any]) -> gr.ChatMessage:
    more = {part: said[part] for part in ("metadata", "options") if said.get(part)}
    return gr.ChatMessage(said["content"], said["role"], **more)
