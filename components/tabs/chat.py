"""The Chat tab: a conversation with the model in use, and what really happened under each reply."""

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.components import Component

from components.gradio_internals.conversation import Conversation
from components.locale import DEFAULT, Words
from components.settings import METHODS
from components.streaming.trace import seen_by_page
from components.tabs import json_tab
from components.tabs.code_panel import CodePanel
from components.tabs.markup import DELIMITERS
from components.tabs.reply import PHASES, Chatbot, Said, broken_off, replier
from components.tabs.run_link import leads, opens_link
from components.tabs.run_view import before_any
from components.tabs.session import Kept, words_for
from components.tabs.view import Message, component, told
from components.tabs.wiring import QUIETLY, Page, button, signal, stops

EXAMPLES = ("example_1", "example_2", "example_3")


def draw(page: Page) -> None:
    """Draw the tab inside the current Blocks."""
    lab, i18n = page.lab, page.i18n
    knobs = _knobs(page)
    stop = button(i18n("stop"), "stop", interactive=False, render=False)
    again = button(i18n("try_again"), "try-again", visible=False, render=False)
    skip = button(i18n("skip_thinking"), "skip-thinking", visible=False, render=False)
    signals = [signal([stop, again, skip], become) for become in PHASES.values()]
    run = component("run", "axis", "run_lanes", "run_link", "run_story", "run_text", "run_way", render=False)
    with gr.Row(elem_id="chat-and-run"):
        with gr.Column(scale=3, elem_id="conversation"), gr.Row():
            with gr.Column(scale=1, min_width=100, elem_id="past"):
                new = gr.Button(i18n("new_chat"), variant="primary", size="md")
                past = gr.Dataset(
                    components=[gr.Textbox(visible=False)], show_label=False, layout="table", type="index"
                )
                gr.Markdown(i18n("not_kept"), elem_id="not-kept", elem_classes="muted")
                gr.Markdown(i18n("let_go"), elem_id="let-go", elem_classes="muted")
            with gr.Column(scale=6):
                asked: list[str | Component] = [page.session, *knobs, page.kept]
                chat = _conversation(replier(lab), i18n, inputs=asked, outputs=[run, *signals])
        with gr.Column(scale=2, elem_id="this-run"):
            run.render()
            code = CodePanel(page, "chat")
    with gr.Row(elem_id="under-chat"):
        gr.Markdown(i18n("keys_hint"), elem_classes="muted")
        gr.Markdown(i18n("tiny_model"), elem_id="tiny-model", elem_classes="muted")
        copy = button(i18n("copy_conversation"), "copy-conversation")
        again.render()
        skip.render()
        stop.render()

    box = chat.chatbot
    stop.click(stops(lab), **QUIETLY)
    skip.click(stops(lab, lambda one: one.skip and one.skip()), **QUIETLY)
    again.click(None, js="conversations.retry", **QUIETLY)
    copy.click(None, box, js="copyConversation", **QUIETLY)
    box.copy(None, box, js="copyMessage", **QUIETLY)
    # The browser keeps what was said: see static/conversations.js.
    show = gr.Button(visible="hidden", elem_id="show")
    new.click(None, js="conversations.fresh", **QUIETLY)
    past.click(None, past, js="conversations.open", **QUIETLY)
    back = [page.lost.click, show.click]
    gr.on(
        back, _shown, box, [box, stop, again], js="conversations.shown", trigger_mode="always_last", **QUIETLY
    ).then(None, js="conversations.settled", **QUIETLY)
    page.blocks.load(None, None, past, js="conversations.begin", **QUIETLY)
    box.change(None, box, past, js="conversations.keep", **QUIETLY)
    box.undo(None, box, [past, again], js="conversations.undo", **QUIETLY)
    box.clear(None, None, [past, again], js="() => conversations.undo([])", **QUIETLY)
    page.translate(box, lambda words: gr.Chatbot(examples=[{"text": words(key)} for key in EXAMPLES]))
    _wire_run(page, run, code)
    chat.leave_to_the_page(page.blocks)


def _wire_run(page: Page, shown: gr.HTML, code: CodePanel) -> None:
    """*This run*: what happened in the reply that grows, or in the last one, and what it leads to."""
    kept = page.kept

    async def seen(mine: Kept, event: gr.EventData) -> Message:
        # A stranger's: whatever it says, it is about their own run.
        by_page = seen_by_page(told(event, "frames"), told(event, "busy"))
        trace, view = mine.chats.get(str(told(event, "run")), (None, None))
        report = trace.seen(by_page) if trace and by_page else None
        return view.seen(by_page, report) if view and by_page and report else gr.skip()

    def choose(mine: Kept, event: gr.EventData) -> None:
        mine.runs["chat"], _ = mine.chats.get(str(told(event, "run")), (None, None))

    leads(page, shown, lambda mine, _: [run] if (run := mine.runs.get("chat")) else [])
    opens_link(page, shown)
    shown.expand(**code.opens)
    shown.collapse(**code.closes)
    shown.focus(choose, kept, None, **QUIETLY)
    shown.end(seen, kept, shown, **QUIETLY)
    page.leads(shown.apply, "json", json_tab.of_run)
    page.translate(shown, before_any)


def _knobs(page: Page) -> list[Component]:
    """Method, system prompt, temperature and longest reply, in the order in which `reply` takes them.

    Only the method is drawn yet.
    """
    lab, i18n = page.lab, page.i18n
    with gr.Row(elem_id="methods"):
        method = page.named(gr.Radio, "method", list(METHODS), value=lab.settings.method, container=False)
        # The style sheet shows that of the chosen one.
        for name in METHODS:
            gr.Markdown(i18n(f"method_{name}"), elem_id=f"method-{name}", elem_classes="muted method-hint")
    system = page.named(gr.Textbox, "system-prompt", "", lines=2, render=False)
    # Gradio's Number is 0 where nothing was given.
    first = "" if lab.settings.temperature is None else f"{lab.settings.temperature:g}"
    temperature = page.named(gr.Textbox, "field-temperature", first, max_lines=1, render=False)
    tokens = lab.settings.max_tokens
    max_tokens = page.named(gr.Slider, "max-tokens", 1, lab.longest_reply, value=tokens, step=1, render=False)
    return [method, system, temperature, max_tokens]


def _conversation(
    reply: Callable[..., Any], i18n: gr.I18n, *, inputs: list[str | Component], outputs: list[Component]
) -> Conversation:
    """Draw it inside the current Blocks; `inputs` and `outputs` are those of `reply` beside its messages."""
    return Conversation(
        reply,
        chatbot=Chatbot(
            elem_id="chat",
            label=i18n("conversation"),
            show_label=False,  # it would float over the text
            placeholder=str(i18n("chat_empty")),
            height="calc(100dvh - 22rem)",
            min_height=260,
            buttons=["copy"],
            latex_delimiters=DELIMITERS,
            autoscroll=False,  # the page follows by itself: Gradio pulls a reader who goes up back to the end
        ),
        textbox=gr.Textbox(
            elem_id="message",
            placeholder=i18n("message_placeholder"),
            label=i18n("message"),
            show_label=False,
            submit_btn=str(i18n("send")),
            stop_btn=False,
            max_lines=8,
            scale=7,
        ),
        additional_inputs=inputs,
        additional_inputs_accordion=gr.Accordion(i18n("settings"), open=False, render=False),
        additional_outputs=outputs,
        # In English until the page is open: Gradio doesn't translate examples.
        examples=[[Words(DEFAULT)(key)] for key in EXAMPLES],
        editable=True,
        # Its Stop cancels the generator, which could then not say what was stopped; the tab has its own.
        stop_btn=False,
        cache_examples=False,
        show_progress="hidden",
        flagging_mode="never",
        api_visibility="private",
    )


def _shown(request: gr.Request, said: list[Said]) -> tuple[Any, ...]:
    """A conversation as the page has it; a reply that was under way says what became of it."""
    words = words_for(request)
    history, failed = broken_off(words, said)
    return history, gr.Button(interactive=False), gr.Button(visible=failed)
