"""*Code*: the call that a run was, as code of one's own, in the kind of one's choice."""

from __future__ import annotations

from typing import Any, Final, Literal

import gradio as gr
from gradio.events import Dependency

from components.runs.code import code, kinds
from components.tabs.session import Kept, words_for
from components.tabs.wiring import QUIETLY, Page, updates

LANGUAGES: Final[dict[str, Literal["python", "shell", "javascript"]]] = {"curl": "shell", "js": "javascript"}


class CodePanel:
    """Closed at first. What it shows is made when it is asked for, of the run as it was sent."""

    def __init__(self, page: Page, run: Literal["chat", "json", "lane", "lesson"]) -> None:
        """Draw it inside the current Blocks. `run`: which of those that are kept it is about."""
        self._lab, self._kept, self._run, i18n = page.lab, page.kept, run, page.i18n
        with gr.Column(visible=False, elem_id=f"code-{run}", elem_classes="code-panel") as self._panel:
            self._kind = gr.Radio(
                kinds(page.lab, None), value="langchain", label=i18n("run_code"), elem_classes="code-kind"
            )
            self._source = gr.Code(
                language="python", interactive=False, wrap_lines=True, show_label=False, max_lines=24
            )
        self.opens(self._kind.input)

    def opens(self, *by: Any) -> list[Dependency]:
        return self._on(by, fn=self._shown, inputs=[self._kind, self._kept])

    def closes(self, *by: Any) -> None:
        self._on(by, fn=None, js=updates([{"visible": False}, {}, {}]))

    def _on(self, by: Any, **does: Any) -> list[Dependency]:
        outputs = [self._panel, self._kind, self._source]
        return [trigger(outputs=outputs, **does, **QUIETLY) for trigger in by]

    def _shown(self, kind: str, mine: Kept, request: gr.Request) -> tuple[gr.Column, gr.Radio, gr.Code]:
        trace = getattr(mine, self._run)
        text = code(self._lab, trace, kind) if trace else ""
        comment = "//" if kind == "js" else "#"
        return (
            gr.Column(visible=True),
            gr.Radio(choices=kinds(self._lab, trace)),
            gr.Code(
                text or f"{comment} {words_for(request)('code_none')}",
                language=LANGUAGES.get(kind, "python"),
            ),
        )
