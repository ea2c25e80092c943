"""`/lesson` as a program calls it: output that grows, a line with its time for each, faults in words."""

from __future__ import annotations

import re

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from streamlit.testing.v1 import AppTest

from components.lessons import lessons
from tests.app_process import App
from tests.endpoints.growing import HELD, check_grows, releasing
from tests.endpoints.serving import KEY
from tests.servers.openai_api import OpenAIServer

LINE = re.compile(r" *(\d+) ms  (.*)")


@pytest.fixture
def client(app: App, openai_server: OpenAIServer) -> Client:
    openai_server.set("chunks=40")
    return Client(app.url, verbose=False)


def test_the_output_grows(client: Client, openai_server: OpenAIServer) -> None:
    openai_server.set(f"chunks=40,{HELD},id=lesson-grows")
    submitted = client.submit("stream", api_name="/lesson")
    outputs = list(releasing(submitted, openai_server, "lesson-grows"))
    check_grows(outputs)
    found = [LINE.fullmatch(line) for line in outputs[-1].splitlines()]
    assert len(found) >= 40
    times = [int(line[1]) for line in found if line]
    assert len(times) == len(found)
    assert times == sorted(times)
    assert times[0] < times[-1]


def test_by_number_and_by_no_name(app: App, client: Client) -> None:
    assert "Harrison worked at Kensho." in client.predict("9", api_name="/lesson")
    with pytest.raises(AppError, match=r"There is no lesson \.\./registry\."):
        client.predict("../registry", api_name="/lesson")
    assert KEY not in app.log()


def test_a_fault_is_raised_in_words(app: App, client: Client, openai_server: OpenAIServer) -> None:
    openai_server.set("401")
    with pytest.raises(AppError, match=r"openai refused the key .*\(401\)\. It says: .* Check") as raised:
        client.predict("langgraph_modes", api_name="/lesson")
    assert KEY not in app.log() + str(raised.value)


def test_37_streamlit_page(app: App, openai_server: OpenAIServer) -> None:
    """The page that the lesson shows, as Streamlit runs it, over this app's own /run_stream."""
    openai_server.set("chunks=40")
    lesson = lessons()["streamlit_page"]
    page = AppTest.from_string(f"{lesson.source}\npage({app.url!r})\n").run(timeout=60)
    page.button[0].click().run(timeout=60)
    assert not page.exception
    (told,) = page.markdown
    assert told.value.startswith("Lorem ipsum")
    assert len(told.value) > 100
