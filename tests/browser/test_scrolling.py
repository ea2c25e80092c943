"""Whoever scrolls up while text grows stays where they read; who comes back to the end follows it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab_page import LabPage
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


def stays(lab: LabPage, selector: str, grown: int = 100) -> int:
    """Where it stays."""
    lab.page.evaluate("delete window.seen")
    lab.wait_until(STAYS, [selector, grown])
    return int(lab.page.evaluate("window.seen.top"))


def follows(lab: LabPage, selector: str, grown: int = 100) -> None:
    lab.page.evaluate("delete window.followed")
    lab.wait_until(FOLLOWS, [selector, grown])


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

    upstream.set("text=markdown,size=100,chunks=2000,rate=5")
    lab.send("hello")
    follows(lab, CHAT, 400)
    log = lab.page.locator(CHAT)
    for up, down in zip(UP, DOWN, strict=True):
        up(lab, log)
        stays(lab, CHAT)
        down(lab, log)
        follows(lab, CHAT)
    # Another tab is looked at meanwhile: by a reader at the end, then by one who isn't.
    lab.tab("Events")
    lab.tab("Chat")
    follows(lab, CHAT)
    key("PageUp")(lab, log)
    top = stays(lab, CHAT)
    lab.tab("Events")
    lab.tab("Chat")
    assert stays(lab, CHAT) == top
    lab.stop.click()
    lab.done()
    assert lab.page.locator(CHAT).evaluate("log => log.scrollTop") == top

    # What one says oneself is looked for at the end.
    upstream.set("chunks=4")
    lab.ask("hello again")
    expect(lab.users.last).to_be_in_viewport()
    assert log.evaluate("log => log.scrollHeight - log.clientHeight - log.scrollTop") < 2


# As little at a time as lasts longest: the app asks for 160 chunks.
@pytest.mark.parametrize(
    ("tab", "name", "plan", "box"),
    [
        ("JSON", "json", "text=json,size=240,chunks=150,rate=3", '[data-pane="text"] .json-grows'),
        ("Events", "events", "text=rtl,size=240,chunks=150,rate=3", ".ev-text"),
        ("Events", "events", "chunks=150,rate=3", ".ev-list"),
        ("Lessons", "lesson", "chunks=150,rate=3", ".lesson-lines"),
    ],
)
def test_what_grows_elsewhere(
    as_set: LabPage, upstream: OpenAIServer, tab: str, name: str, plan: str, box: str
) -> None:
    lab = as_set
    upstream.set(plan)
    lab.tab(tab)
    lab.page.locator(f"#run-{name}").click()
    shown = lab.page.locator(box)
    follows(lab, box, 60)
    for up, down in ((wheel(-5), wheel(100_000)), (finger(30), key("End")), (key("Home"), key("End"))):
        up(lab, shown)
        stays(lab, box, 30)
        down(lab, shown)
        follows(lab, box, 30)
    lab.page.locator(f"#stop-{name}").click()
    expect(lab.page.locator(f"#run-{name}")).to_be_enabled()
