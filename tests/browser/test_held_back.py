"""Who held a reply back on its way to the page: nobody, or what stands in between."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import expect

from tests.app_process import App
from tests.browser.lab_page import LabPage
from tests.servers.haproxy import haproxy
from tests.servers.nginx import nginx
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET
from tests.servers.relay import Way

WORD, CURE = "#run-word", ".run-cure"
HELD = re.compile(r"^the model streamed; the way to you held \d+ frames for [\d.]+ m?s$")
PROXY = "location / {{ proxy_pass {url}; proxy_set_header Host $http_host; {more} }}"
# As nginx is where somebody has told it to gather whatever it is asked not to.
GATHERING = "proxy_ignore_headers X-Accel-Buffering; proxy_buffer_size 64k; proxy_buffers 8 64k; "
GZIP = (
    "proxy_http_version 1.1; proxy_ignore_headers X-Accel-Buffering; "
    "gzip on; gzip_types text/event-stream; gzip_proxied any;"
)


@pytest.fixture
def open_by(open_at: Callable[..., LabPage], upstream: OpenAIServer) -> Callable[[str], LabPage]:
    """The page at an address; a run takes three seconds."""

    def open_(url: str) -> LabPage:
        lab = open_at(url)
        lab.use("openai", AS_SET)
        upstream.set("chunks=24,rate=8")
        return lab

    return open_


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
    *records, last = saved(lab)
    frames = [record for record in records if record.get("lane") == "frame"]
    told = frames.pop()["frames"]
    assert isinstance(told, list)
    assert "report" in last
    assert [number for number, _, _ in told] == list(range(1, len(frames) + 1))
    came = [at for _, at, _ in told]
    assert came == sorted(came)
    assert all(had <= painted for _, had, painted in told)
    return told


@pytest.mark.parametrize(
    ("by", "held"),
    [
        (by_nginx("proxy_http_version 1.1; proxy_buffering off;"), False),
        (by_nginx(GATHERING), True),
        (by_nginx(GZIP), True),
        (by_haproxy, False),
    ],
    ids=["nginx", "nginx-gathering", "nginx-gzip", "haproxy"],
)
def test_what_stands_in_between(
    app: App,
    open_by: Callable[[str], LabPage],
    by: Callable[[str], AbstractContextManager[str]],
    held: bool,
) -> None:
    with by(app.url) as url:
        lab = open_by(url)
        assert "streamed" in lab.ask("hello")
        word, cure = lab.page.locator(WORD), lab.page.locator(CURE)
        expect(word).to_have_text(HELD if held else "streamed")
        expect(cure).to_be_visible() if held else expect(cure).to_be_hidden()
        if held:
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
    way: Way, open_by: Callable[[str], LabPage], upstream: OpenAIServer
) -> None:
    lab = open_by(f"http://127.0.0.1:{way.port}")
    upstream.reset()
    upstream.set("chunks=30,rate=6,hold_after=6")
    lab.send("hello")
    expect(lab.page.locator(".run-of")).to_contain_text(f"stream · openai · {AS_SET}")
    expect(lab.page.locator(WORD)).to_have_text("writing")
    with way.held():
        upstream.release()
        upstream.wait_for(lambda entry: entry.finished is not None, AS_SET, 60)
    lab.done()
    expect(lab.page.locator(WORD)).to_have_text(HELD)
    # What came before it was held was not: the page had it long before the rest.
    times = seen(lab)
    assert times[0][1] < times[-1][1]
    lab.page.close()
