"""What a visitor asks of `astream_events`: six boxes of names, and the Python that asks for the same."""

from __future__ import annotations

from typing import Any, Final, cast

import gradio as gr

from components.chains.registry import CHAINS, GRAPHS
from components.streaming.trace import Asked
from components.streaming.trace.encoder import LONGEST_VALUE, MOST_VALUES
from components.tabs.wiring import QUIETLY

FILTERS: Final = tuple(Asked.__annotations__)

PYTHON_V3: Final = """\
run = await graph.astream_events(value, version="v3")
async with run:
    async for event in run:
        print(event["method"], event["params"]["data"])"""


def draw_version(i18n: gr.I18n, chain: gr.Radio) -> gr.Radio:
    """v2 or v3; with v3, `chain` offers only what that can read."""
    version = gr.Radio(
        ["v2", "v3"],
        value="v2",
        label="astream_events",
        info=i18n("events_version"),
        elem_id="events-version",
    )

    def choices(chosen: str, name: str) -> Any:
        names = GRAPHS if chosen == "v3" else [*CHAINS]
        return gr.Radio(choices=list(names), value=name if name in names else names[0])

    version.input(choices, [version, chain], chain, **QUIETLY)
    return version


def draw_boxes(i18n: gr.I18n, version: gr.Radio) -> list[gr.Textbox]:
    """What to leave out before it is sent: six boxes, and the Python that does the same."""
    with gr.Accordion(i18n("events_asked"), open=False, elem_id="events-asked"):
        gr.Markdown(i18n("events_asked_hint"), elem_classes="muted")
        boxes = []
        for half in (FILTERS[:3], FILTERS[3:]):
            with gr.Row():
                boxes += [
                    gr.Textbox(label=name, lines=1, min_width=160, elem_id=f"events-{name}") for name in half
                ]
        python = gr.Code(
            python_for("v2", *[""] * len(FILTERS)),
            language="python",
            label=i18n("events_python"),
            interactive=False,
            elem_id="events-python",
        )
    changes = [version.change, *(box.change for box in boxes)]
    gr.on(changes, python_for, [version, *boxes], python, **QUIETLY)
    return boxes


def asked_for(*boxes: str) -> Asked:
    """From the boxes in the order of `FILTERS`, each with names between commas."""
    given = zip(FILTERS, map(_names, boxes), strict=True)
    return cast("Asked", {name: names for name, names in given if names})


def python_for(version: str, *boxes: str) -> str:
    """A loop over the very events that these filters let through, to stand in an `async def`. v3 has none."""
    if version == "v3":
        return PYTHON_V3
    asked = asked_for(*boxes)
    arguments = [f"    {name}={values!r}," for name, values in asked.items()]
    return "\n".join(
        [
            "async for event in chain.astream_events(",
            "    value,",
            '    version="v2",',
            *arguments,
            "):",
            '    print(event["event"], event["name"], event["data"])',
        ]
    )


def _names(box: str | None) -> list[str]:
    names = (name.strip() for name in (box or "").split(","))
    return [name[:LONGEST_VALUE] for name in names if name][:MOST_VALUES]
