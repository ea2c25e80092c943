"""The Provider tab: choose where the model comes from, set it up for this session, test it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import gradio as gr

from components.locale import Words
from components.locale.report import duration, fields, sentences, waiting_line
from components.runs.ask import Ask, known
from components.runs.chat import frames
from components.runs.lab import Lab
from components.streaming import Frame
from components.tabs.provider_form import Form
from components.tabs.session import Page, Session, session_of, visitor_of, words_for
from components.tabs.view import paragraph
from components.tabs.wiring import UNLISTED, button, stops

TEST_PROMPT = "Say hello in one short sentence."
TEST_TOKENS = 40


def draw(page: Page) -> None:
    """Draw the tab inside the current Blocks."""
    lab, i18n, session = page.lab, page.i18n, page.session
    chosen = gr.Radio(
        list(lab.providers), value=lab.settings.provider, label=i18n("provider"), elem_id="provider"
    )
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
        words = words_for(request)
        provider = lab.providers[name]
        missing = provider.missing(visitor.use(provider, "", visitor.given.get(name, {})).choice)
        return [_missing(words, missing), *(gr.Column(visible=name == other) for other in forms)]

    def apply(visitor: Session, name: str, request: gr.Request, *given: Any) -> list[Any]:
        visitor = forms[name].read(visitor, dict(zip(asked, given, strict=True)))
        return [visitor, _now_in_use(lab, words_for(request), visitor), *(None for _ in secrets)]

    def forget_keys(visitor: Session, request: gr.Request) -> tuple[Session, str]:
        return visitor.forget_keys(lab.providers), paragraph(words_for(request)("keys_forgotten"))

    async def try_out(visitor: Session, request: gr.Request) -> AsyncIterator[tuple[str, gr.Button]]:
        words = words_for(request)
        short = replace(visitor.choice, max_tokens=TEST_TOKENS)
        ask = Ask(TEST_PROMPT, [], short, "", "stream", visitor_of(lab, request))
        with lab.runs.begin(session_of(request)) as stopping:
            async with aclosing(frames(lab, ask, stopping, kind="test")) as running:
                async for frame in running:
                    yield _tested(words, ask, frame), gr.Button(interactive=frame.report is None)

    # One after the other: each reads the session and puts another in its place.
    in_turn: dict[str, Any] = {**UNLISTED, "concurrency_id": "session", "concurrency_limit": 1}
    applying: dict[str, Any] = {
        **in_turn,
        "fn": apply,
        "inputs": [session, chosen, *asked],
        "outputs": [session, said, *secrets],
    }
    chosen.change(choose, [chosen, session], [said, *(form.group for form in forms.values())], **UNLISTED)
    for form in forms.values():
        form.offer_models(page.blocks)
    use.click(**applying)
    # At once: a click on Use while a slow upload is under way would otherwise go without the file, and one
    # that is never used would stay on the disk.
    for form in forms.values():
        for file in form.files:
            file.upload(**applying)
    test.click(**applying).then(try_out, session, [said, stop], **UNLISTED)
    stop.click(stops(lab), queue=False, **UNLISTED)
    forget.click(forget_keys, session, [session, said], **in_turn)


def _now_in_use(lab: Lab, words: Words, visitor: Session) -> str:
    choice = visitor.choice
    provider = lab.providers[choice.provider]
    model = provider.model_of(choice)
    now = paragraph(words("now_in_use", provider=choice.provider, model=model))
    return now + _missing(words, provider.missing(choice))


def _missing(words: Words, missing: tuple[str, ...]) -> str:
    if not missing:
        return ""
    return paragraph(words("missing_fields", fields=fields(words, missing)), "fault")


def _tested(words: Words, ask: Ask, frame: Frame) -> str:
    report = frame.report
    if report is None:
        return paragraph(frame.text) or paragraph(
            waiting_line(words, frame, ask.method, **known(ask)), "muted"
        )
    if report.fault is not None:
        return paragraph(frame.text) + paragraph(
            " ".join(sentences(words, report.fault, **known(ask))), "fault"
        )
    if report.first_token is None:
        return paragraph(words(f"verdict_{report.verdict}"), "muted")
    return paragraph(frame.text) + paragraph(
        words("line_first_token", value=duration(report.first_token)), "figures"
    )
