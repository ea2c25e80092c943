"""`/chat` as a program calls it: text that grows, a conversation of one's own, faults in words."""

from __future__ import annotations

import json

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.app_process import App
from tests.endpoints.growing import check_grows, releasing
from tests.endpoints.serving import KEY
from tests.servers.openai_api import OpenAIServer

# Every endpoint there may be, and its inputs.
PROMISED = {
    "/chat": ["message"],
    "/json": ["prompt", "schema"],
    "/events": ["prompt", "chain"],
    "/lesson": ["name"],
}


@pytest.fixture
def client(app: App, openai_server: OpenAIServer) -> Client:
    """Its model says what it was sent."""
    openai_server.set("echo")
    return Client(app.url, verbose=False)


def test_the_text_grows(client: Client, openai_server: OpenAIServer) -> None:
    openai_server.set("echo,hold_after=5+10+15,id=chat-grows")
    submitted = client.submit("Tell me something that is long enough to grow.", api_name="/chat")
    texts = list(releasing(submitted, openai_server, "chat-grows"))
    check_grows(texts)
    said = [{"role": "user", "content": "Tell me something that is long enough to grow."}]
    assert json.loads(texts[-1]) == said


def test_the_conversation_is_this_client_s_alone(app: App, client: Client) -> None:
    other = Client(app.url, verbose=False)
    first = client.predict("mine", api_name="/chat")
    other.predict("the other's", api_name="/chat")
    messages = json.loads(client.predict("and again", api_name="/chat"))
    assert [message["content"] for message in messages] == ["mine", first, "and again"]


def test_a_fault_is_raised_in_words(client: Client) -> None:
    with pytest.raises(AppError, match=r"The message is empty\. Write something"):
        client.predict("  ", api_name="/chat")
    assert json.loads(client.predict("hello", api_name="/chat")) == [{"role": "user", "content": "hello"}]


def test_a_provider_s_fault_is_raised_in_words(app: App, client: Client, openai_server: OpenAIServer) -> None:
    openai_server.set("401")
    with pytest.raises(AppError, match=r"openai refused the key .*\(401\)\. It says: .* Check") as raised:
        client.predict("hello", api_name="/chat")
    assert KEY not in app.log() + str(raised.value)


def test_only_what_is_promised_can_be_called_and_nothing_takes_a_key(client: Client) -> None:
    api = client.view_api(return_format="dict")
    assert api["unnamed_endpoints"] == {}
    assert set(api["named_endpoints"]) == set(PROMISED)
    for name, endpoint in api["named_endpoints"].items():
        assert [one["parameter_name"] for one in endpoint["parameters"]] == PROMISED[name]
