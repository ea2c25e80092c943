"""The Provider tab: choose where the model comes from, set it up for this session, test it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from components.locale import DEFAULT, LANGUAGES, Words
from components.locale.report import duration, fields, sentences, waiting_line
from components.providers import SECRET, Choice, Field, Provider
from components.runs.ask import Ask, frames, known
from components.settings import Settings
from components.streaming import Frame
from components.tabs.session import Session, running, visitor_of, words_for
from components.tabs.view import paragraph
from components.tabs.wiring import QUIETLY, UNLISTED, Page, button, stops

# Characters of an uploaded file that are read: a service account's has some 2,400.
LONGEST_FILE = 1_000_000


class Form:
    """Drawn inside the current Blocks, visible when its provider is the one the app starts with."""

    def __init__(self, provider: Provider, settings: Settings, i18n: gr.I18n) -> None:
        self._provider = provider
        first = provider.name == settings.provider
        model = (settings.model if first else "") or provider.default_model()
        with gr.Column(visible=first, elem_id=f"form-{provider.name}") as self.group:
            gr.Markdown(i18n(f"provider_hint_{provider.name}"), elem_classes="muted")
            if provider.hosted and not provider.keyless:
                gr.Markdown(i18n("hosted_opened" if provider.opened else "hosted_own"), elem_classes="muted")
            models, name = list(dict.fromkeys((*provider.models, model))), f"model-{provider.name}"
            self.model = gr.Dropdown(
                models, value=model, label=i18n("model"), allow_custom_value=True, elem_id=name
            )
            self._fields = {field.name: self._draw(field, i18n) for field in provider.fields}
        self.components: list[Component] = [self.model, *self._fields.values()]
        # What is emptied as soon as it was read.
        self.secrets = [self._fields[field.name] for field in provider.fields if field.kind in SECRET]
        # Whoever lists none isn't asked, nor sent a key, with every page and every box that is left.
        lists = not provider.hosted and type(provider).served_models is not Provider.served_models
        kinds = ("secret", "address") if lists else ()
        self._places = [field.name for field in provider.fields if field.kind in kinds]

    def read(self, session: Session, given: dict[Component, Any]) -> Session:
        """The session with what this form says; `given` has every form's values."""
        values = {}
        for field in self._provider.fields:
            value = given[self._fields[field.name]]
            values[field.name] = _contents(value) if field.kind == "file" else str(value or "")
        return session.use(self._provider, str(given[self.model] or ""), values)

    def offer_models(self, page: gr.Blocks) -> None:
        """Offer the models that a server lists, as soon as its address or key is known."""
        if not self._places:
            return
        boxes: list[Any] = [self._fields[name] for name in self._places]
        known = [page.load, *(box.blur for box in boxes)]
        # A key passes through this event.
        names = gr.Textbox(visible="hidden", elem_id=f"models-{self._provider.name}")
        listed = gr.on(known, self._list, [self.model, *boxes], names, **UNLISTED)
        listed.then(
            None, names, self.model, js=f"(listed) => offer('{self._provider.name}', listed)", **QUIETLY
        )

    def _list(self, model: str, *given: str) -> str:
        """Those that the server at the address lists, if it does; and the one that was named. As JSON."""
        values = dict(zip(self._places, given, strict=True))
        choice = Choice(self._provider.name, values=values)
        offered = self._provider.served_models(choice) or self._provider.models
        return json.dumps(list(dict.fromkeys((*offered, model))))

    def _draw(self, field: Field, i18n: gr.I18n) -> Component:
        elem_id = f"{self._provider.name}-{field.name}"
        shown: dict[str, Any] = {"label": i18n(f"field_{field.name}"), "elem_id": elem_id}
        if field.kind == "file":
            return gr.File(file_types=[".json"], height=170, **shown)
        shown["info"] = i18n(f"info_{field.name}") if f"info_{field.name}" in LANGUAGES[DEFAULT] else None
        if field.kind == "choice":
            return gr.Dropdown(list(field.options), value=field.default, **shown)
        kind: Any = "password" if field.kind == "secret" else "text"
        return gr.Textbox(field.default, type=kind, max_lines=1, **shown)


def _contents(path: str | None) -> str:
    """An uploaded file's text; the file itself is removed, so that a key is not left on the disk."""
    if not path:
        return ""
    file = Path(path)
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return opened.read(LONGEST_FILE)
    except FileNotFoundError:
        return ""  # read already, by the event of its own upload
    finally:
        file.unlink(missing_ok=True)


TEST_PROMPT = "Say hello in one short sentence."
TEST_TOKENS = 40


def draw(page: Page) -> None:
    """Draw the tab inside the current Blocks."""
    lab, i18n, session = page.lab, page.i18n, page.session
    chosen = page.named(gr.Radio, "provider", list(lab.providers), value=lab.settings.provider)
    forms = {name: Form(provider, lab.settings, i18n) for name, provider in lab.providers.items()}
    gr.Markdown(i18n("keys_stay"), elem_classes="muted")
    with gr.Row(elem_id="provider-buttons"):
        use = button(i18n("use"), "use", variant="primary")
        test = button(i18n("test"), "test")
        stop = button(i18n("stop"), "stop-test", interactive=False)
        forget = button(i18n("forget_keys"), "forget")
    gr.Markdown(i18n("test_empty"), elem_classes="muted")
    said = gr.HTML(elem_id="provider-said", padding=False)
    asked = [component for form in forms.values() for component in form.components]
    secrets = [component for form in forms.values() for component in form.secrets]

    def choose(name: str, visitor: Session, request: gr.Request) -> list[Any]:
        choice = Choice(name, values=visitor.given.get(name, {}))
        missing = _missing(words_for(request), lab.providers[name], choice)
        return [missing, *(gr.Column(visible=name == other) for other in forms)]

    def apply(visitor: Session, name: str, request: gr.Request, *given: Any) -> list[Any]:
        visitor = forms[name].read(visitor, dict(zip(asked, given, strict=True)))
        words, provider, choice = words_for(request), lab.providers[name], visitor.choice
        now = paragraph(words("now_in_use", provider=name, model=provider.model_of(choice)))
        return [visitor, now + _missing(words, provider, choice), *(None for _ in secrets)]

    def forget_keys(visitor: Session, request: gr.Request) -> tuple[Session, str]:
        return visitor.forget_keys(lab.providers), paragraph(words_for(request)("keys_forgotten"))

    async def try_out(visitor: Session, request: gr.Request) -> AsyncIterator[tuple[str, gr.Button]]:
        words = words_for(request)
        short = replace(visitor.choice, max_tokens=TEST_TOKENS)
        ask = Ask(TEST_PROMPT, [], short, "", "stream", visitor_of(lab, request))
        async with running(request, lab, frames, ask, kind="test") as coming:
            async for frame in coming:
                yield _tested(words, ask, frame), gr.Button(interactive=frame.report is None)

    # One after the other: each reads the session and puts another in its place.
    in_turn: dict[str, Any] = {**UNLISTED, "concurrency_id": "session", "concurrency_limit": 1}
    boxes = {"inputs": [session, chosen, *asked], "outputs": [session, said, *secrets]}
    applying: dict[str, Any] = {"fn": apply, **boxes, **in_turn}
    chosen.change(choose, [chosen, session], [said, *(form.group for form in forms.values())], **UNLISTED)
    for form in forms.values():
        form.offer_models(page.blocks)
    # A file at once: a click on Use while a slow upload is under way would otherwise go without it, and one
    # that is never used would stay on the disk.
    gr.on([use.click, *(box.upload for box in asked if isinstance(box, gr.File))], **applying)
    test.click(**applying).then(try_out, session, [said, stop], **UNLISTED)
    stop.click(stops(lab), queue=False, **UNLISTED)
    forget.click(forget_keys, session, [session, said], **in_turn)


def _missing(words: Words, provider: Provider, choice: Choice) -> str:
    missing = provider.missing(choice)
    return paragraph(words("missing_fields", fields=fields(words, missing)), "fault") if missing else ""


def _tested(words: Words, ask: Ask, frame: Frame) -> str:
    report, said = frame.report, paragraph(frame.text)
    if report is None:
        return said or paragraph(waiting_line(words, frame, ask.method, **known(ask)), "muted")
    if report.fault is not None:
        return said + paragraph(" ".join(sentences(words, report.fault, **known(ask))), "fault")
    if report.first_token is None:
        return paragraph(words(f"verdict_{report.verdict}"), "muted")
    return said + paragraph(words("line_first_token", value=duration(report.first_token)), "figures")
