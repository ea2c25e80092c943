"""The page: its frame, what is in use, and the tabs."""

import html
from typing import Any

import gradio as gr

from components.locale import LANGUAGES, Words
from components.locale.report import loading, sentences
from components.providers import Status
from components.providers.local import MODEL
from components.runs.lab import Lab
from components.streaming.trace.run_file import LARGEST, MEGA
from components.tabs import chat, endpoints, events_tab, json_tab, lessons_tab, provider, race_tab
from components.tabs.session import Kept, Session, words_for
from components.tabs.view import STATIC, component, static
from components.tabs.wiring import QUIETLY, Page, stops, updates

# What a model writes may hold a picture; its address would tell another server what the reader asked.
NO_FOREIGN_PICTURES = (
    '<meta http-equiv="Content-Security-Policy" content="'
    "img-src 'self' data: blob:; media-src 'self' data: blob:"
    '">'
)
# By their names, in their order.
TABS = {
    "chat": chat.draw,
    "race": race_tab.draw,
    "json": json_tab.draw,
    "events": events_tab.draw,
    "lessons": lessons_tab.draw,
    "provider": provider.draw,
}
EVENTS = ("axis", "follow", "json_panes", "run_link", "events_list", "events_time", "events_filters")
SCRIPTS = ("clipboard.js", "follow.js", "page.js", "conversations.js", "connection.js")
# A visitor's choice, keys among it, is let go this long after it was last used.
SESSION_SECONDS = 3600
# Files that were uploaded or offered for download are deleted after as long.
CACHE_SECONDS = 3600
# How often the page asks while weights come or the model loads; it stops asking when it is ready.
SECONDS = 0.5
# Megabytes of a file that the Events tab opens.
MOST = LARGEST // MEGA


def build(lab: Lab, i18n: gr.I18n) -> gr.Blocks:
    blocks: gr.Blocks
    with gr.Blocks(
        title="Streaming Lab",
        fill_height=True,
        analytics_enabled=False,
        delete_cache=(CACHE_SECONDS, CACHE_SECONDS),
    ) as blocks:
        session = gr.State(Session(lab.first_choice()), time_to_live=SESSION_SECONDS)
        kept = gr.State(Kept(), delete_callback=Kept.close)
        with gr.Row(elem_id="head"):
            gr.HTML("<h1>Streaming Lab</h1>", elem_id="title", padding=False)
            gr.Markdown(i18n("tagline"), elem_id="tagline")
            # While there is no server; the button is clicked when there is one again: this one or another.
            gr.Markdown(i18n("connection_looking"), elem_id="connection")
            lost = gr.Button(visible="hidden", elem_id="lost")
            to_provider = _in_use(lab, blocks, session, lost)
        with gr.Tabs() as tabs:
            page = Page(
                *(lab, blocks, i18n, session, kept, lost, tabs),
                json=component("json", "follow", "json_panes", padding=True, render=False),
                events=component("events", *EVENTS, opened=None, most=MOST, padding=True, render=False),
                race=component("race", "axis", "follow", "run_lanes", "run_link", render=False),
            )
            for name, draw in TABS.items():
                with gr.Tab("JSON" if name == "json" else i18n(f"tab_{name}"), id=name):
                    draw(page)

        endpoints.Endpoints(lab)

        def in_language(request: gr.Request) -> list[Any]:
            words = words_for(request)
            return [shown(words) for _, shown in page.translated]

        blocks.load(in_language, None, [component for component, _ in page.translated], **QUIETLY)
        to_provider.click(None, None, tabs, js=updates([{"selected": "provider"}]), **QUIETLY)
        # Events change it in its place. Gradio closes, when the session ends, what has been an output.
        gr.on([blocks.load, lost.click], lambda mine: mine, kept, kept, **QUIETLY)
        # Closing the tab ends the generator only at its next yield; a model that says nothing has none.
        blocks.unload(stops(lab))
    return blocks


def _in_use(lab: Lab, page: gr.Blocks, session: gr.State, lost: gr.Button) -> gr.HTML:
    """The provider and model in use, and how far the embedded model has come.

    `lost`: clicked when another server may answer, which knows nothing of the session.
    """
    shown = gr.HTML(elem_id="in-use", padding=False)
    timer = gr.Timer(SECONDS, active=False)

    def show(visitor: Session, request: gr.Request) -> tuple[str, gr.Timer]:
        choice = visitor.choice
        provider = lab.providers[choice.provider]
        status = provider.status()
        words = words_for(request)
        name = words("in_use", provider=choice.provider, model=provider.model_of(choice))
        waiting = status.state in ("fetching", "loading")
        tiny = ' class="tiny"' if provider.model_of(choice) == MODEL else ""
        button = f'<button type="button"{tiny}>{html.escape(name)}</button>'
        return button + _state(words, status, choice.provider), gr.Timer(active=waiting)

    changes = [page.load, timer.tick, lost.click, session.change]
    gr.on(changes, show, session, [shown, timer], trigger_mode="always_last", **QUIETLY)
    return shown


def _state(words: Words, status: Status, provider: str) -> str:
    if status.fault is not None:
        said = html.escape(" ".join(sentences(words, status.fault, provider=provider)))
        return f'<span class="fault">{said}</span>'
    if not (said := loading(words, status)):
        return ""
    far = (
        f' value="{status.done}" max="{status.total}"' if status.total and status.state == "fetching" else ""
    )
    return f'<span class="state">{html.escape(said)}</span><progress{far}></progress>'


def words() -> gr.I18n:
    """By every tag browsers use for these languages: Gradio looks a tag up only as it stands."""
    chinese = dict.fromkeys(("zh", "zh-TW", "zh-HK", "zh-Hans-CN"), LANGUAGES["zh-CN"])
    return gr.I18n(**{tag: {**words} for tag, words in {**chinese, **LANGUAGES}.items()})


def look() -> dict[str, Any]:
    """Keyword arguments of `launch` that make the page look as it does."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans CJK JP", "sans-serif"]
    mono = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]
    theme = gr.themes.Base(
        primary_hue="teal", neutral_hue="slate", font=fonts, font_mono=mono, radius_size="sm"
    ).set(
        # Gradio's own are too pale to read: 2.4 to 1, white on teal.
        color_accent="*primary_700",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
        checkbox_background_color_selected="*primary_700",
        checkbox_border_color_selected="*primary_700",
        body_text_color_subdued="*neutral_600",
        block_info_text_color="*neutral_600",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        block_info_text_color_dark="*neutral_400",
    )
    return {
        "theme": theme,
        "css_paths": [STATIC / name for name in ("page.css", "lessons.css", "run.css", "race.css")],
        "head": NO_FOREIGN_PICTURES + "".join(f"<script>{static(name)}</script>" for name in SCRIPTS),
    }
