"""The owner's keys and the visitors' own: whose are used, and where they are sent."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from components.hosting.limits import Limits
from components.providers import Choice, registry
from components.providers.openai import OpenAI
from components.runs.ask import Ask, frames
from components.runs.json_check import ask_process
from components.runs.lab import Lab
from components.settings import BadSetting, Settings
from components.streaming import Failure, Stop
from tests.servers.openai_api import OpenAIServer

OWNERS, VISITORS = "sk-good-OWNERS-KEY-0123456789", "sk-good-VISITORS-KEY-9876543210"
PLANTED_PROJECT = "owners-project-PLANTED"


def hosted(**more: str | int) -> Settings:
    """With an owner's account at every provider."""
    own = {"OPENAI_API_KEY": OWNERS, "GOOGLE_CLOUD_PROJECT": PLANTED_PROJECT, "HOSTED": "1"}
    return Settings.load(None, {**own, **{name: str(value) for name, value in more.items()}})


def open_openai(settings: Settings, model: str = "gpt-4o", **values: str) -> tuple[str, str]:
    """The key and the address that a run would use."""
    connection = registry(settings)["openai"].open(Choice("openai", model, values=values))
    connection.close()
    return connection.secrets[0], str(connection.model.openai_api_base)


def why_not(
    settings: Settings, provider: str, model: str = "", **values: str
) -> tuple[str, Mapping[str, str]]:
    with pytest.raises(Failure) as caught:
        registry(settings)[provider].open(Choice(provider, model, values=values))
    return caught.value.fault.kind, caught.value.fault.params


def test_the_owner_s_key_only_where_it_was_opened() -> None:
    assert why_not(hosted(), "openai") == ("missing", {"fields": "api_key"})
    assert open_openai(hosted(), api_key=VISITORS) == (VISITORS, OpenAI.address)
    opened = hosted(PUBLIC_PROVIDERS="openai,scripted")
    assert open_openai(opened) == (OWNERS, OpenAI.address)
    assert open_openai(opened, model="my-own-finetune", api_key=VISITORS) == (VISITORS, OpenAI.address)
    assert why_not(opened, "openai", model="the-dearest-there-is") == ("bad_setting", {"field": "model"})
    named = hosted(PUBLIC_PROVIDERS="openai", PROVIDER="openai", MODEL="ours")
    assert open_openai(named, model="ours") == (OWNERS, OpenAI.address)
    assert list(registry(opened)) == ["openai", "anthropic", "gemini", "vertexai", "scripted"]


def test_a_visitor_s_address_is_asked_nothing_when_hosted() -> None:
    for opened in ("openai", "scripted"):
        settings = hosted(PUBLIC_PROVIDERS=opened)
        for own in ({}, {"api_key": VISITORS}):
            given = {"base_url": "http://127.0.0.1:1/v1", **own}
            assert why_not(settings, "openai", "gpt-4o", **given) == ("bad_setting", {"field": "base_url"})
        fields = {name: {field.name for field in one.fields} for name, one in registry(settings).items()}
        assert "base_url" not in fields["openai"]
        assert "api_endpoint" not in fields["vertexai"]
    assert why_not(
        hosted(PUBLIC_PROVIDERS="vertexai", GOOGLE_APPLICATION_CREDENTIALS=__file__),
        "vertexai",
        api_endpoint="localhost:1",
    ) == ("bad_setting", {"field": "api_endpoint"})


def test_a_visitor_s_address_never_gets_the_owner_s_key(openai_server: OpenAIServer) -> None:
    """Also where nothing is hosted."""
    settings = Settings.load(None, {"OPENAI_API_KEY": OWNERS, "OPENAI_BASE_URL": openai_server.base_url})
    theirs = openai_server.base_url.replace("127.0.0.1", "localhost")
    model = "chunks=2,id=whose-key"
    for values in ({"base_url": theirs}, {"base_url": f"{theirs} "}, {}):
        connection = registry(settings)["openai"].open(Choice("openai", model, values=values))
        assert connection.model.invoke("hi").content
        connection.close()
    sent = [entry.headers["authorization"] for entry in openai_server.requests(model)]
    assert sent == ["Bearer none", "Bearer none", f"Bearer {OWNERS}"]


async def test_the_app_s_children_inherit_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = ("OPENAI_API_KEY", "PASSWORD", "REDIS_URL", "GOOGLE_APPLICATION_CREDENTIALS")
    for name in planted:
        monkeypatch.setenv(name, f"PLANTED {name}")
    monkeypatch.setenv("METHOD", "astream")
    inherited = await ask_process("tests.environment", {})
    assert inherited["METHOD"] == "astream"
    assert [name for name in inherited if "PLANTED" in inherited[name]] == []


def account(**more: str) -> str:
    account = {
        "type": "service_account",
        "project_id": "theirs",
        "client_email": "a@b.iam.gserviceaccount.com",
        "private_key": "x",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return json.dumps(account | more)


def test_google_s_credentials() -> None:
    closed = hosted(GOOGLE_APPLICATION_CREDENTIALS=__file__)
    kind, params = why_not(closed, "vertexai", project="p")
    assert (kind, params) == ("missing", {"fields": "credentials"})
    assert why_not(closed, "vertexai") == ("missing", {"fields": "project, credentials"})
    for elsewhere in (
        {"token_uri": "http://169.254.169.254/token"},
        {"token_uri": "https://oauth2.googleapis.com.evil.example/token"},
        {"universe_domain": "evil.example"},
    ):
        said = why_not(closed, "vertexai", credentials=account(**elsewhere))
        assert said == ("bad_setting", {"field": "credentials"})
    provider = registry(hosted(PUBLIC_PROVIDERS="vertexai"))["vertexai"]
    assert all(PLANTED_PROJECT not in field.default for field in provider.fields)


async def test_a_reply_has_an_end_when_hosted() -> None:
    for settings, most in ((hosted(MAX_TOKENS=20), 20), (Settings(max_tokens=20), 60)):
        lab = Lab(settings, registry(settings))
        values = {"delay": "0", "rate": "0", "length": "60"}
        ask = Ask("hi", [], Choice("scripted", max_tokens=10_000, values=values), "", "stream", "visitor")
        *_, last = [frame async for frame in frames(lab, ask, Stop())]
        assert last.report is not None
        assert last.report.outcome.output_tokens == most
        for provider in lab.providers.values():
            provider.stop()


async def test_one_that_is_closed_says_so() -> None:
    lab = Lab(hosted(), registry(hosted()))
    for choice, kind in (
        (Choice("openai"), "closed"),
        (Choice("vertexai", values={"project": "p"}), "closed"),
    ):
        *_, last = [frame async for frame in frames(lab, Ask("hi", [], choice, "", "stream", "v"), Stop())]
        assert last.report is not None
        assert last.report.fault is not None
        assert last.report.fault.kind == kind


def test_settings() -> None:
    opened = {name for name, provider in registry(hosted()).items() if provider.opened}
    assert opened == {"local", "scripted"}
    assert all(provider.opened for provider in registry(Settings()).values())
    limits = hosted()
    assert min(limits.runs_per_minute, limits.streams_per_visitor, limits.tokens_per_day) > 0
    assert hosted(RUNS_PER_MINUTE=0).runs_per_minute == 0
    assert Settings.load(None, {"PUBLIC_PROVIDERS": "openai,scripted"}).provider == "openai"
    with pytest.raises(BadSetting, match="PUBLIC_PROVIDERS does not open"):
        registry(Settings.load(None, {"PUBLIC_PROVIDERS": "openai", "PROVIDER": "local"}))
    for url in (
        "http://:hidden@h:1",
        "redis://:hid#den@h:1",
        "redis://:hidden@h",
        "redis://:hidden@h:1?db=x",
    ):
        with pytest.raises(BadSetting, match="REDIS_URL can't be used") as caught:
            Limits(Settings.load(None, {"REDIS_URL": url}))
        assert "hid" not in str(caught.value)
    secret = Settings.load(
        None, {"REDIS_URL": "redis://:hidden@h", "PASSWORD": "hidden", "OPENAI_API_KEY": "hidden"}
    )
    assert "hidden" not in repr(secret)
