"""The OpenAI provider: what it needs, what it refuses, and whose key goes where."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from components.providers import Choice
from components.providers.openai import NO_KEY, OpenAI
from components.providers.profiles import profiles
from components.settings import METHODS, Settings
from components.streaming import Failure
from tests.runs import KEY, Got, collect, source_of
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_bodies import MODELS
from tests.servers.raw import Answer, answering

OWNERS = "sk-good-OWNERS-0123456789"


def choose(model: str = "gpt", **values: str) -> Choice:
    return Choice("openai", model, values=values)


async def ask(settings: Settings, choice: Choice, method: str) -> Got:
    return await collect(lambda: source_of(OpenAI(settings).open(choice)), method)


def fault_of(choice: Choice, settings: Settings | None = None) -> tuple[str, dict[str, str]]:
    with pytest.raises(Failure) as caught:
        OpenAI(settings or Settings()).open(choice)
    return caught.value.fault.kind, dict(caught.value.fault.params)


def test_what_is_missing() -> None:
    bare, with_key = OpenAI(Settings()), OpenAI(Settings.load(None, {"OPENAI_API_KEY": OWNERS}))

    assert bare.missing(choose()) == ("api_key",)
    assert bare.missing(choose(api_key="  ")) == ("api_key",)
    assert bare.missing(choose(api_key=KEY)) == ()
    assert bare.missing(choose(base_url="http://127.0.0.1:1/v1")) == ()  # may need none
    assert with_key.missing(choose()) == ()
    assert OpenAI(Settings.load(None, {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})).missing(choose()) == ()
    assert fault_of(choose()) == ("missing", {"fields": "api_key"})


def test_no_field_shows_the_owner_s_key() -> None:
    provider = OpenAI(
        Settings.load(None, {"OPENAI_API_KEY": OWNERS, "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})
    )

    assert OWNERS not in repr(provider.fields)
    assert {field.name: field.default for field in provider.fields}["base_url"] == "http://127.0.0.1:1/v1"
    assert KEY not in repr(choose(api_key=KEY))
    assert KEY not in repr(OpenAI(Settings()).open(choose(api_key=KEY)))


@pytest.mark.parametrize("method", METHODS)
async def test_the_sdk_s_own_variables_send_nothing(
    openai_server: OpenAIServer, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_ORGANIZATION", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "the-owner-s")
    model = f"chunks=2,id=variables-{method}"
    got = await ask(Settings(), choose(model, base_url=openai_server.base_url, api_key=KEY), method)
    assert got.report.fault is None
    (entry,) = openai_server.requests(model)
    assert "the-owner-s" not in str(entry.headers)


@pytest.mark.parametrize("method", METHODS)
async def test_the_owner_s_key_stays_with_the_owner_s_server(
    openai_server: OpenAIServer, method: str
) -> None:
    owner = Settings.load(None, {"OPENAI_API_KEY": OWNERS})
    url = openai_server.base_url
    pointed = Settings.load(None, {"OPENAI_API_KEY": OWNERS, "OPENAI_BASE_URL": url})
    sent: dict[str, str] = {}
    for name, settings, values in (
        ("visitor", owner, {"base_url": url}),
        ("elsewhere", pointed, {"base_url": url.replace("127.0.0.1", "localhost")}),
        ("same", pointed, {"base_url": f" {url}/chat/completions "}),
        ("own-key", pointed, {"base_url": url, "api_key": KEY}),
        ("owner", pointed, {}),
    ):
        model = f"gpt-{name}-{method}"
        assert (await ask(settings, choose(model, **values), method)).kind == ""
        (entry,) = openai_server.requests(model)
        sent[name] = entry.headers["authorization"]
        assert (OWNERS in repr(entry)) == (name in ("same", "owner"))

    nobody = f"Bearer {NO_KEY}"
    assert sent == {
        "visitor": nobody,
        "elsewhere": nobody,
        "same": f"Bearer {OWNERS}",
        "own-key": f"Bearer {KEY}",
        "owner": f"Bearer {OWNERS}",
    }


async def test_the_request_says_what_was_chosen(openai_server: OpenAIServer) -> None:
    values = {"api_key": KEY, "base_url": openai_server.base_url}
    choice = Choice("openai", "gpt-said", temperature=0.3, max_tokens=77, values=values)
    await collect(lambda: source_of(OpenAI(Settings()).open(choice), "What is a token?"))

    (entry,) = openai_server.requests("gpt-said")
    assert entry.body["messages"] == [{"role": "user", "content": "What is a token?"}]
    assert entry.body["temperature"] == 0.3
    assert entry.body["max_completion_tokens"] == 77
    assert entry.body["stream_options"] == {"include_usage": True}
    assert entry.headers["connection"] == "close"


SUMMARY = {"reasoning": {"effort": "high", "summary": "auto"}}


@pytest.mark.parametrize(
    ("model", "values", "path", "sent", "left_out"),
    [
        ("gpt-4.1", {}, "chat/completions", {"temperature": 0.3}, ()),
        (
            "any-other",
            {"effort": "low"},
            "chat/completions",
            {"temperature": 0.3, "reasoning_effort": "low"},
            (),
        ),
        ("o3", {}, "chat/completions", {}, ("temperature", "reasoning_effort", "reasoning")),
        ("gpt-6-sol", {"effort": "max"}, "chat/completions", {"reasoning_effort": "max"}, ("temperature",)),
        ("gpt-5.5-pro", {}, "responses", {"max_output_tokens": 77}, ("temperature", "max_completion_tokens")),
        ("gpt-4.1", {"dialect": "responses"}, "responses", {"temperature": 0.3}, ("reasoning",)),
        ("gpt-6-sol", {"effort": "high", "summary": "auto"}, "responses", SUMMARY, ("temperature",)),
        (
            "gpt-6-sol",
            {"effort": "high", "summary": "auto", "dialect": "chat"},
            "chat/completions",
            {"reasoning_effort": "high"},
            ("reasoning", "temperature"),
        ),
        ("gpt-4.1", {"summary": "auto"}, "chat/completions", {}, ("reasoning",)),
    ],
)
async def test_a_model_is_sent_what_it_takes(
    model: str, values: dict[str, str], path: str, sent: dict[str, Any], left_out: tuple[str, ...]
) -> None:
    async with answering(Answer((b"{}",), 418, "application/json")) as server:
        own = {"api_key": KEY, "base_url": server.base_url, **values}
        choice = Choice("openai", model, temperature=0.3, max_tokens=77, values=own)
        got = await collect(lambda: source_of(OpenAI(Settings()).open(choice)))
        (request,) = server.requests
    assert request.target == f"/v1/{path}"
    assert request.body == request.body | sent
    assert [name for name in left_out if name in request.body] == []
    notes = [("not_taken", "temperature")] if "temperature" in left_out else []
    assert [note for note in got.report.notes if note[0] == "not_taken"] == notes


@pytest.mark.parametrize(("model", "effort"), [("gpt-4.1", "low"), ("gpt-5", "max")])
def test_an_effort_that_the_model_doesn_t_know(model: str, effort: str) -> None:
    assert fault_of(choose(model, api_key=KEY, effort=effort)) == ("bad_setting", {"field": "effort"})


@pytest.mark.parametrize("dialect", ["chat", "responses"])
def test_a_schema_in_each_dialect(dialect: str) -> None:
    connection = OpenAI(Settings()).open(choose(api_key=KEY, dialect=dialect))
    sent = str(connection.held_to({"type": "object"}).kwargs)
    assert ("'text'" in sent, "'response_format'" in sent) == (dialect == "responses", dialect == "chat")


def test_the_models_are_those_of_today() -> None:
    known = profiles("langchain_openai")
    released = [known[name]["release_date"] for name in OpenAI.models]
    assert released == sorted(released, reverse=True)
    assert [name for name in OpenAI.models if known[name].get("status")] == []
    assert not [
        name for name in OpenAI.models if any(word in name for word in ("image", "embedding", "realtime"))
    ]
    hosted = OpenAI(Settings.load(None, {"HOSTED": "1"}))
    assert [name for name in hosted.models if "-pro" in name] == []
    assert OpenAI.models[0] == hosted.models[0]


@pytest.mark.parametrize("path", ["", "/v1", "/v1/chat/completions"])
def test_the_models_that_a_server_lists(openai_server: OpenAIServer, path: str) -> None:
    address = openai_server.base_url.removesuffix("/v1") + path
    assert OpenAI(Settings()).served_models(choose(base_url=address)) == tuple(MODELS)
    assert openai_server.requests()[-1].headers["authorization"] == f"Bearer {NO_KEY}"
    hosted = {"HOSTED": "1", "PUBLIC_PROVIDERS": "openai", "OPENAI_BASE_URL": address}
    assert OpenAI(Settings.load(None, hosted)).served_models(choose()) == ()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"data": 5}', b'{"data": [{"id": 5}]}', b'{"data": [null]}', b"<html>"]
)
async def test_a_server_that_lists_none(body: bytes) -> None:
    async with answering(Answer((body,), content_type="application/json")) as server:
        provider, choice = OpenAI(Settings()), choose(base_url=server.base_url)
        assert await asyncio.to_thread(provider.served_models, choice) == ()
    assert OpenAI(Settings()).served_models(choose(base_url="http://127.0.0.1:9/v1")) == ()
    assert OpenAI(Settings()).served_models(choose(base_url="http://user:x@h/v1")) == ()
    assert OpenAI(Settings()).served_models(choose()) == ()


def test_the_window() -> None:
    provider = OpenAI(Settings())

    assert provider.open(choose("gpt-4.1", api_key=KEY)).window == 1_047_576
    for given, window in {"": 128_000, "0": 0, "4096": 4096, " 8e3 ": 8000, "-5": 0}.items():
        assert provider.open(choose(api_key=KEY, window=given)).window == window
    for odd in ("many", "nan", "inf", "1e999"):
        assert fault_of(choose(api_key=KEY, window=odd)) == ("bad_setting", {"field": "window"})


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "https://",
        "http:///v1",
        "http://127.0.0.1:99999/v1",
        "http://127.0.0.1:0/v1",
        "http://127.0.0.1:port/v1",
        "http://[::1/v1",
        "ftp://127.0.0.1/v1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://user:password@127.0.0.1/v1",
        "http://127.0.0.1/v1#chat",
    ],
)
def test_a_base_url_that_is_none(url: str) -> None:
    assert fault_of(choose(base_url=url)) == ("bad_setting", {"field": "base_url"})
    assert fault_of(choose(), Settings.load(None, {"OPENAI_BASE_URL": url})) == (
        "bad_setting",
        {"field": "base_url"},
    )


def test_no_sdk_is_imported_before_it_is_used() -> None:
    code = (
        "import sys; from components.settings import Settings; from components.providers import registry; "
        "registry(Settings(provider='openai')); "
        "print([name for name in ('openai', 'langchain_openai', 'langchain_core') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
