"""The Events tab: what every step of a chain did, as it happens, on a timeline, and played again."""

from typing import Any, Final, cast

import gradio as gr

from components.chains.registry import CHAINS, GRAPHS
from components.locale import LANGUAGES
from components.runs.ask import Ask, about, frames
from components.settings import listed
from components.streaming import TYPED, Stop, Trace
from components.streaming.trace import Asked
from components.streaming.trace.trace import LONGEST_VALUE, MOST_VALUES
from components.tabs import events_replay
from components.tabs.events_view import EventsView
from components.tabs.run_link import shares
from components.tabs.session import Kept, Session, session_of, visitor_of, words_for
from components.tabs.view import told
from components.tabs.wiring import QUIETLY, Page, Run, RunButtons, button, updates

# Characters of a whole event that the page is sent; an event can hold megabytes.
LONGEST = 300_000
FILTERS: Final = tuple(Asked.__annotations__)

PYTHON: Final = """\
async for event in chain.astream_events(
    value,
    version="v2",
{}):
    print(event["event"], event["name"], event["data"])"""
PYTHON_V3: Final = """\
run = await graph.astream_events(value, version="v3")
async with run:
    async for event in run:
        print(event["method"], event["params"]["data"])"""


def draw(page: Page) -> None:
    """Draw the tab inside the current Blocks."""
    lab, i18n, kept, shown = page.lab, page.i18n, page.kept, page.events
    with gr.Accordion(i18n("events_form"), open=True, elem_id="events-form") as form:
        chain = page.named(gr.Radio, "events-chain", list(CHAINS), value="chat")
        version = _draw_version(page, chain)
        prompt = page.named(gr.Textbox, "events-prompt", i18n("events_prompt_chat"), lines=1)
        boxes = _draw_boxes(page, version)
        events_replay.draw_files(page)
    with gr.Row(elem_id="events-buttons"):
        buttons = RunButtons(lab, "events", i18n("events_run"), i18n("stop"), variant="primary")
        last = button(i18n("events_last_run"), "events-last-run")
    shown.render()

    async def ask(
        request: gr.Request, text: str, name: str, version: str, visitor: Session, mine: Kept, *filters: str
    ) -> Run:
        method = TYPED.name if version == "v3" else "astream_events"
        given = Ask(text, [], visitor.choice, "", method, visitor_of(lab, request))
        filtered, stop = asked_for(*filters) if version == "v2" else None, Stop()
        trace = Trace(about(lab, given, name), asked=filtered, path=mine.new_path(name))
        mine.shown = view = EventsView(words_for(request), mine.begin(stop), trace)
        running = frames(lab, given, stop, kind="events", chain=name, trace=trace, rows=True)
        return Run(running, view.messages, [stop])

    async def whole(mine: Kept, request: gr.Request, event: gr.EventData) -> gr.HTML:
        number, words = told(event, "n"), words_for(request)
        line = mine.shown.events.line(number) if mine.shown and isinstance(number, int) else None
        cut = line is not None and len(line) > LONGEST
        said = words("events_gone") if line is None else words("events_cut") if cut else ""
        # What is opened again is another value, and is drawn again.
        opened = {"n": number, "asked": told(event, "asked"), "cut": cut, "said": said}
        return gr.HTML(opened={**opened, "json": (line or "").strip()[:LONGEST]})

    async def answer(request: gr.Request, event: gr.EventData) -> None:  # on the loop
        for one in lab.runs.of(session_of(request)):
            if tell := one.answer:
                tell(told(event, "yes") is True)

    shares(page, shown, lambda mine, _: [mine.shown.path] if mine.shown else [])
    shown.collapse(None, None, form, js=updates([{"open": False}]), **QUIETLY)
    shown.submit(answer, None, None, **QUIETLY)
    inputs = [prompt, chain, version, page.session, kept, *boxes]
    buttons.on([buttons.run.click], ask, inputs, shown)
    last.click(page.looks(events_replay.show_last), kept, shown, **QUIETLY)
    shown.select(whole, kept, shown, **QUIETLY)
    chain.input(_prompt, [chain, prompt], prompt, **QUIETLY)
    events_replay.wire(page, buttons)


def _prompt(name: str, text: str, request: gr.Request) -> Any:
    """The chain's own prompt, unless the visitor has written one."""
    ours = {words[f"events_prompt_{chain}"] for words in LANGUAGES.values() for chain in CHAINS}
    return words_for(request)(f"events_prompt_{name}") if not text.strip() or text in ours else gr.skip()


def _draw_version(page: Page, chain: gr.Radio) -> gr.Radio:
    """v2 or v3; with v3, `chain` offers only what that can read."""
    version: gr.Radio = page.named(gr.Radio, "events-version", ["v2", "v3"], value="v2")

    def choices(chosen: str, name: str) -> Any:
        names = GRAPHS if chosen == "v3" else [*CHAINS]
        return gr.Radio(choices=list(names), value=name if name in names else names[0])

    version.input(choices, [version, chain], chain, **QUIETLY)
    return version


def _draw_boxes(page: Page, version: gr.Radio) -> list[gr.Textbox]:
    """What to leave out before it is sent: six boxes, and the Python that does the same."""
    i18n = page.i18n
    with gr.Accordion(i18n("events_asked"), open=False, elem_id="events-asked"):
        gr.Markdown(i18n("events_asked_hint"), elem_classes="muted")
        boxes = []
        for half in (FILTERS[:3], FILTERS[3:]):
            with gr.Row():
                boxes += [
                    gr.Textbox(label=name, lines=1, min_width=160, elem_id=f"events-{name}") for name in half
                ]
        shown = python_for("v2", *[""] * len(FILTERS))
        python = page.named(gr.Code, "events-python", shown, language="python", interactive=False)
    changes = [version.change, *(box.change for box in boxes)]
    gr.on(changes, python_for, [version, *boxes], python, **QUIETLY)
    return boxes


def asked_for(*boxes: str) -> Asked:
    """From the boxes in the order of `FILTERS`, each with names between commas."""
    given = ([name[:LONGEST_VALUE] for name in listed(box or "")][:MOST_VALUES] for box in boxes)
    return cast("Asked", {name: names for name, names in zip(FILTERS, given, strict=True) if names})


def python_for(version: str, *boxes: str) -> str:
    """A loop over the very events that these filters let through, to stand in an `async def`. v3 has none."""
    if version == "v3":
        return PYTHON_V3
    return PYTHON.format("".join(f"    {name}={names!r},\n" for name, names in asked_for(*boxes).items()))
