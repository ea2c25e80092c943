"""What Gradio holds for each session, without what nobody reads.

Gradio 6.31 writes the configuration of all components anew for each session, of this page 0.28 MB and 11
ms of CPU, and whatever is typed and answered into it. It needs that for deep links only, files with what
a visitor wrote that anybody can open who knows their name. Here all sessions share one that nothing is
written into, and such a link opens the page as it is for everyone.
"""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gradio.state_holder import SessionState, StateHolder

if TYPE_CHECKING:
    from gradio.blocks import Blocks
    from gradio.routes import App


def lean(app: App) -> None:
    """Before the first session."""
    app.state_holder = Sessions(app.get_blocks())


class Sessions(StateHolder):
    def __init__(self, blocks: Blocks) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.set_blocks(blocks)

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = self._new()
        return super().__getitem__(session_id)

    def _new(self) -> SessionState:
        new = copy(self._untouched)
        for name, value in vars(new).items():
            setattr(new, name, copy(value))
        new.config_values = self._shared
        return new

    @cached_property
    def _untouched(self) -> SessionState:
        return SessionState(self.blocks)

    @cached_property
    def _shared(self) -> _Unchanging:
        return _Unchanging(self._untouched.config_values)


class _Unchanging(dict[int, dict[str, Any]]):
    """What is set, or changed in what it gives, is forgotten."""

    def __getitem__(self, key: int) -> dict[str, Any]:
        config = self.get(key, {})
        return {**config, "props": {**config.get("props", {})}}

    def __setitem__(self, key: int, value: dict[str, Any]) -> None:
        pass
