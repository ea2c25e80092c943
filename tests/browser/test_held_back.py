"""Who held a reply back on its way to the page: nobody, or what stands in between."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress

import pytest
from playwright.sync_api import expect

from tests.app_process import App
from tests.browser.lab_page import LabPage
from tests.run_log import lines, wait_for
from tests.servers.haproxy import haproxy
from tests.servers.nginx import nginx
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET
from tests.servers.relay import Way

WORD, CURE = "#run-word", ".run-cure"
HELD = re.compile(r"^the model streamed; the way to you held \d+ frames for [\d.]+ m?s$")
# Each of these is told to go on when the page shows it; the others come by themselves, for two seconds.
PLACES = (3, 6, 9)
STEPS, PACED = f"chunks=12,hold_after={'+'.join(map(str, PLACES))},id=steps", "chunks=16,rate=8"
PROXY = "location / {{ proxy_pass {url}; proxy_set_header Host $http_host; {more} }}"
# As nginx is where somebody has told it to gather whatever it is asked not to.
GATHERING = "proxy_ignore_headers X-Accel-Buffering; proxy_buffer_size 64k; proxy_buffers 8 64k; "
GZIP = (
    "proxy_http_version 1.1; proxy_ignore_headers X-Accel-Buffering; "
    "gzip on; gzip_types text/event-stream; gzip_proxied any;"
)


def by_nginx(more: str) -> Callable[[str], AbstractContextManager[str]]:
    return lambda url: nginx(PROXY.format(url=url, more=more))


def by_haproxy(url: str) -> AbstractContextManager[str]:
    return haproxy(
        "defaults\n mode http\n timeout connect 9s\n timeout client 99s\n timeout server 99s\n"
        f'listen page\n bind "${{BIND}}"\n server app {url.removeprefix("http://")}\n'
    )


def saved(lab: LabPage) -> Iterator[dict[str, object]]:
    with lab.page.expect_download() as download:
        lab.page.locator("#run").get_by_role("button", name="Save").click()
    yield from map(json.loads, download.value.path().read_text("utf-8").splitlines())


def seen(lab: LabPage) -> list[list[float]]:
    """What the file has of each frame: its number, when the page had it, and had painted it."""
    deadline = time.monotonic() + 60
    while True:
        *records, last = saved(lab)
        frames = [record for record in records if record.get("lane") == "frame"]
        told = frames.pop().get("frames")
        if told is not None:
            break
        assert time.monotonic() < deadline, "the page never told what it had seen"
    assert isinstance(told, list)
    assert "report" in last
    assert [number for number, _, _ in told] == list(range(1, len(frames) + 1))
    came = [at for _, at, _ in told]
    assert came == sorted(came)
    assert all(had <= painted for _, had, painted in told)
    return told


def held_back(lab: LabPage, ask: Callable[[], object]) -> None:
    """Ask, and see that the way to the page is blamed; nobody is where a page was too busy to see."""
    word = lab.page.locator(WORD)
    for _ in range(4):
        ask()
        with suppress(AssertionError):
            expect(word).to_have_text(HELD, timeout=20_000)
            return
        lab.new_chat()
    pytest.fail(f"never {HELD.pattern}")


By = Callable[[str], AbstractContextManager[str]]


@pytest.mark.parametrize(
    "by",
    [by_nginx("proxy_http_version 1.1; proxy_buffering off;"), by_haproxy],
    ids=["nginx", "haproxy"],
)
def test_one_that_holds_nothing(
    app: App, open_at: Callable[..., LabPage], upstream: OpenAIServer, by: By
) -> None:
    with by(app.url) as url:
        lab = open_at(url)
        upstream.set(STEPS)
        lab.send("hello")
        for place in PLACES:
            expect(lab.page.locator('#run [data-lane="chunk"]')).to_have_text(str(place))
            upstream.release("steps")
        lab.done(1)
        assert len(seen(lab)) > 3
        expect(lab.page.locator(WORD)).to_have_text("streamed")
        expect(lab.page.locator(CURE)).to_be_hidden()
        assert lab.complaints == []
        lab.page.close()


@pytest.mark.parametrize("by", [by_nginx(GATHERING), by_nginx(GZIP)], ids=["gathering", "gzip"])
def test_one_that_gathers(app: App, open_at: Callable[..., LabPage], upstream: OpenAIServer, by: By) -> None:
    with by(app.url) as url:
        lab = open_at(url)
        upstream.set(PACED)
        held_back(lab, lambda: lab.ask("hello"))
        word, cure = lab.page.locator(WORD), lab.page.locator(CURE)
        expect(cure).to_be_visible()
        expect(lab.page.locator(".run-held")).to_contain_text("the way to you")
        cure.locator("summary").click()
        expect(cure).to_contain_text("proxy_buffering off;")
        # The line under the reply says the same, and still does when the page is opened again.
        said = word.inner_text()
        expect(lab.line).to_contain_text(f"finish: stop · {said}")
        assert len(seen(lab)) > 3
        assert lab.complaints == []
        lab.page.reload()
        expect(lab.line).to_contain_text(f"finish: stop · {said}")
        lab.page.close()


@pytest.fixture
def way(app: App) -> Iterator[Way]:
    way = Way(int(app.url.rsplit(":", 1)[1]))
    yield way
    way.close()


def test_one_that_holds_until_it_is_told(
    app: App, way: Way, open_at: Callable[..., LabPage], upstream: OpenAIServer
) -> None:
    lab = open_at(f"http://127.0.0.1:{way.port}")

    def ask() -> None:
        upstream.reset()
        before = lines(app)
        upstream.set("chunks=19,rate=6,hold_after=6")
        lab.send("hello")
        expect(lab.page.locator(".run-of")).to_contain_text(f"stream · openai · {AS_SET}")
        expect(lab.page.locator(WORD)).to_have_text("writing")
        with way.held():
            upstream.release()
            wait_for(app, lambda line: line not in before and line["chunks"] == 19)
        lab.done()

    held_back(lab, ask)
    # What came before it was held was not: the page had it long before the rest.
    times = seen(lab)
    assert times[0][1] < times[-1][1]
    lab.page.close()
