"""Whoever scrolls up while text grows stays where they read; who comes back to the end follows it again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab_page import LONGEST, LOOK, LabPage
from tests.browser.visitors import WINDOW
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET

CHAT = "#chat [role=log]"
# The box has grown so many pixels since it was last seen elsewhere, and is where it was.
STAYS = """([selector, grown]) => {
  const box = document.querySelector(selector);
  const { scrollTop: top, scrollHeight: height } = box;
  if (window.seen?.selector !== selector || window.seen.top !== top) window.seen = { selector, top, height };
  return height - window.seen.height >= grown && height - box.clientHeight - top > 1;
}"""
# It has grown so many pixels since it was first seen, and is at its end.
FOLLOWS = """([selector, grown]) => {
  const box = document.querySelector(selector);
  const { scrollTop: top, scrollHeight: height } = box;
  window.followed ??= height;
  return height - window.followed >= grown && top > 10 && height - box.clientHeight - top < 2;
}"""


Grow = Callable[[], None]


def held(chunks: int) -> str:
    """All but the first come as they are looked for, however slow the page is."""
    return "+".join(map(str, range(4, chunks)))


def stays(lab: LabPage, selector: str, grow: Grow, grown: int = 100) -> int:
    """Where it stays."""
    lab.page.evaluate("delete window.seen")
    wait(lab, STAYS, [selector, grown], grow)
    return int(lab.page.evaluate("window.seen.top"))


def follows(lab: LabPage, selector: str, grow: Grow, grown: int = 100) -> None:
    lab.page.evaluate("delete window.followed")
    wait(lab, FOLLOWS, [selector, grown], grow)


def wait(lab: LabPage, true: str, given: list[object], grow: Grow) -> None:
    deadline = time.monotonic() + LONGEST / 1000
    while not lab.page.evaluate(true, given):
        assert time.monotonic() < deadline, (true, given)
        grow()
        lab.page.wait_for_timeout(LOOK)


def wheel(pixels: int) -> Callable[[LabPage, Locator], None]:
    def act(lab: LabPage, box: Locator) -> None:
        box.hover()
        lab.page.mouse.wheel(0, pixels)

    return act


def key(name: str) -> Callable[[LabPage, Locator], None]:
    def act(lab: LabPage, box: Locator) -> None:
        box.focus()
        lab.page.keyboard.press(name)

    return act


def finger(pixels: int) -> Callable[[LabPage, Locator], None]:
    """Drawn down the screen by so much, slowly enough for the text to grow meanwhile."""

    def act(lab: LabPage, box: Locator) -> None:
        wire = lab.page.context.new_cdp_session(lab.page)
        wire.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        place = box.bounding_box()
        assert place is not None
        x, y = place["x"] + place["width"] / 2, place["y"] + 20
        touch = "Input.dispatchTouchEvent"
        wire.send(touch, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(0, pixels, 2):
            wire.send(touch, {"type": "touchMove", "touchPoints": [{"x": x, "y": y + step}]})
        wire.send(touch, {"type": "touchEnd", "touchPoints": []})
        wire.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
        wire.detach()

    return act


def button(lab: LabPage, box: Locator) -> None:
    lab.page.get_by_role("button", name="Scroll down").click()


UP = [wheel(-120), wheel(-9), key("PageUp"), key("ArrowUp"), key("Home"), finger(80)]
DOWN = [wheel(100_000), key("End"), key("End"), wheel(100_000), button, key("End")]


@pytest.fixture(scope="module")
def as_set(one_visitor: LabPage, upstream: OpenAIServer) -> LabPage:
    """With the visitor's own key, by another name: on the owner's so long a reply would be stopped."""
    own = {"base_url": upstream.base_url.replace("127.0.0.1", "localhost"), "api_key": "sk-good-visitor"}
    one_visitor.use("openai", AS_SET, **own)
    one_visitor.settings()
    one_visitor.at_most(2000)
    one_visitor.settings()
    return one_visitor


@pytest.fixture(params=[WINDOW, {"width": 390, "height": 844}], ids=["desk", "phone"])
def lab(as_set: LabPage, request: pytest.FixtureRequest) -> Iterator[LabPage]:
    as_set.page.set_viewport_size(request.param)
    as_set.tab("Chat")
    as_set.new_chat()
    yield as_set
    as_set.page.set_viewport_size(WINDOW)


def test_a_conversation(lab: LabPage, upstream: OpenAIServer) -> None:
    # As long as there is no more than the box holds, nothing is to be scrolled.
    upstream.set("chunks=4")
    lab.ask("hello")
    assert lab.page.locator(CHAT).evaluate("log => log.scrollTop") == 0

    size = lab.page.viewport_size
    assert size is not None
    id_ = f"talk-{size['width']}"
    upstream.set(f"text=markdown,size=100,chunks=2000,hold_after={held(2000)},id={id_}")
    lab.send("hello")
    log, grow = lab.page.locator(CHAT), partial(upstream.release, id_)
    follows(lab, CHAT, grow, 400)
    for up, down in zip(UP, DOWN, strict=True):
        upstream.release(id_, 2)  # it grows meanwhile
        up(lab, log)
        stays(lab, CHAT, grow)
        down(lab, log)
        follows(lab, CHAT, grow)
    # Another tab is looked at meanwhile: by a reader at the end, then by one who isn't.
    lab.tab("Events")
    lab.tab("Chat")
    follows(lab, CHAT, grow)
    key("PageUp")(lab, log)
    top = stays(lab, CHAT, grow)
    lab.tab("Events")
    lab.tab("Chat")
    assert stays(lab, CHAT, grow) == top
    lab.stop.click()
    lab.done()
    assert lab.page.locator(CHAT).evaluate("log => log.scrollTop") == top

    # What one says oneself is looked for at the end.
    upstream.set("chunks=4")
    lab.ask("hello again")
    expect(lab.users.last).to_be_in_viewport()
    assert log.evaluate("log => log.scrollHeight - log.clientHeight - log.scrollTop") < 2


# The app asks for 160 chunks.
@pytest.mark.parametrize(
    ("tab", "name", "plan", "box"),
    [
        ("JSON", "json", "text=json,size=240", '[data-pane="text"] .json-grows'),
        ("Events", "events", "text=rtl,size=240", ".ev-text"),
        ("Events", "events", "text=lorem", ".ev-list"),
        ("Lessons", "lesson", "text=lorem", ".lesson-lines"),
    ],
)
def test_what_grows_elsewhere(
    as_set: LabPage, upstream: OpenAIServer, tab: str, name: str, plan: str, box: str
) -> None:
    lab, id_ = as_set, f"grows-{box.strip('.').partition(']')[0]}"
    upstream.set(f"chunks=160,hold_after={held(160)},id={id_},{plan}")
    lab.tab(tab)
    lab.page.locator(f"#run-{name}").click()
    shown, grow = lab.page.locator(box), partial(upstream.release, id_)
    follows(lab, box, grow, 60)
    for up, down in ((wheel(-5), wheel(100_000)), (finger(30), key("End")), (key("Home"), key("End"))):
        upstream.release(id_, 2)  # it grows meanwhile
        up(lab, shown)
        stays(lab, box, grow, 30)
        down(lab, shown)
        follows(lab, box, grow, 30)
    lab.page.locator(f"#stop-{name}").click()
    expect(lab.page.locator(f"#run-{name}")).to_be_enabled()
