"""*Code*: the call that a run was, as code of one's own, in the kind of one's choice."""

from typing import Any, Final, Literal

import gradio as gr

from components.runs.code import code, kinds
from components.tabs.session import Kept, words_for
from components.tabs.wiring import QUIETLY, Page, updates

LANGUAGES: Final[dict[str, Literal["python", "shell", "javascript"]]] = {"curl": "shell", "js": "javascript"}


class CodePanel:
    """Closed at first. What it shows is made when it is asked for, of the run as it was sent."""

    def __init__(self, page: Page, run: Literal["chat", "json", "lane", "lesson"]) -> None:
        """Draw it inside the current Blocks. `run`: which of those that are kept it is about."""
        self._lab, self._run = page.lab, run
        with gr.Column(visible=False, elem_id=f"code-{run}") as panel:
            kind = gr.Radio(kinds(page.lab, None), value="langchain", label=page.i18n("run_code"))
            source = gr.Code(
                language="python", interactive=False, wrap_lines=True, show_label=False, max_lines=24
            )
        quietly = {"outputs": [panel, kind, source], **QUIETLY}
        # What an event is given that is to open it, or to close it.
        self.opens: dict[str, Any] = {"fn": self._shown, "inputs": [kind, page.kept], **quietly}
        self.closes: dict[str, Any] = {"fn": None, "js": updates([{"visible": False}, {}, {}]), **quietly}
        kind.input(**self.opens)

    def _shown(self, kind: str, mine: Kept, request: gr.Request) -> tuple[gr.Column, gr.Radio, gr.Code]:
        trace = mine.runs.get(self._run)
        text = code(self._lab, trace, kind) if trace else ""
        comment = "//" if kind == "js" else "#"
        text = text or f"{comment} {words_for(request)('code_none')}"
        source = gr.Code(text, language=LANGUAGES.get(kind, "python"))
        return gr.Column(visible=True), gr.Radio(choices=kinds(self._lab, trace)), source
