"""The chat model of the scripted provider: ChatOpenAI under a name of its own."""

from __future__ import annotations

from components.providers.reasoning import ReasoningChatOpenAI


class ScriptedModel(ReasoningChatOpenAI):
    """Knows no constraint."""

    name: str | None = "ScriptedModel"

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return False

    @property
    def _llm_type(self) -> str:
        return "scripted"
