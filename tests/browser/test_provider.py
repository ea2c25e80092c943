"""The Provider tab: choosing, testing, keys of one session, and what is said before anything fails."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Route, expect

from components.providers.openai import OpenAI
from tests.app_process import App
from tests.browser.lab_page import STREAMED, WHOLE, LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_bodies import MODELS

KEY = "sk-good-VISITORS-KEY-9876543210"


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.new_chat()
    return one_visitor


def test_another_provider_is_used_at_once(lab: LabPage) -> None:
    lab.use("scripted", delay="0.1", rate="200", length="40")
    assert STREAMED.search(lab.ask("anything"))
    lab.use("local")
    assert WHOLE.search(lab.ask("Say hello."))


@pytest.mark.parametrize(
    ("provider", "place"), [("anthropic", "base_url"), ("gemini", "base_url"), ("azure", "endpoint")]
)
def test_a_provider_of_its_own_api(lab: LabPage, upstream: OpenAIServer, provider: str, place: str) -> None:
    """How each is stopped, and fails, is in tests/test_stop.py and tests/test_faults.py."""
    given = {place: upstream.address, "api_key": KEY}
    lab.use(provider, f"think=3,chunks=4,rate=20,id=page-{provider}", **given)
    said = lab.ask("hello")
    assert "thought for" in said
    assert "finish: stop" in said
    expect(lab.text).to_have_text("Lorem ipsum dolor sit")


def test_test_says_when_the_first_token_came(lab: LabPage) -> None:
    lab.use("local")
    lab.tab("Provider")
    lab.page.locator("#test").click()
    expect(lab.page.locator("#provider-said .figures")).to_have_text(re.compile(r"first token [\d.]+ m?s"))
    lab.tab("Chat")


def test_what_is_missing_is_said_before_it_fails(lab: LabPage) -> None:
    lab.tab("Provider")
    lab.page.locator("#provider").get_by_label("vertexai", exact=True).check()
    said = lab.page.locator("#provider-said")
    expect(said).to_contain_text("Missing: Google Cloud project, Service account file (JSON).")
    lab.page.locator("#use").click()
    expect(said).to_contain_text("Now in use: vertexai")
    lab.tab("Chat")
    lab.ask("hello")
    expect(lab.fault).to_contain_text("vertexai still needs: Google Cloud project")


def test_a_visitor_s_key_is_this_session_s_alone(
    lab: LabPage, open_page: Callable[..., LabPage], app: App, upstream: OpenAIServer
) -> None:
    visitor, other = lab, open_page()
    visitor.use("openai", "auth,chunks=3", base_url=upstream.base_url, api_key=KEY)
    expect(visitor.page.locator("#openai-api_key input")).to_have_value("")
    visitor.ask("hello")
    assert upstream.requests("auth,chunks=3")[-1].headers["authorization"] == f"Bearer {KEY}"

    other.use("openai", "auth,chunks=3")
    other.ask("hello")
    assert KEY not in upstream.requests("auth,chunks=3")[-1].headers["authorization"]

    for page in (visitor.page, other.page):
        stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])")
        assert KEY not in stored
        assert KEY not in page.content()
    assert KEY not in app.log()
    assert KEY not in Path(f"/proc/{app.process.pid}/environ").read_text()
    for file in app.temp.rglob("*"):
        assert not file.is_file() or KEY not in file.read_text("utf-8", "replace"), file

    visitor.tab("Provider")
    visitor.page.locator("#forget").click()
    expect(visitor.page.locator("#provider-said")).to_contain_text("forgotten")
    visitor.tab("Chat")
    visitor.ask("hello again")
    assert KEY not in upstream.requests("auth,chunks=3")[-1].headers["authorization"]


def test_the_models_of_a_server_are_offered(lab: LabPage) -> None:
    page, model = lab.page, lab.page.locator("#model-openai input")

    def offered() -> list[str]:
        model.click()
        texts = [option.strip("✓ \n") for option in page.get_by_role("option").all_inner_texts()]
        page.locator("#openai-window input, #openai-window textarea").click()
        return texts

    with OpenAIServer() as server:
        lab.tab("Provider")
        page.locator("#provider").get_by_label("openai", exact=True).check()
        named = model.input_value()
        page.locator("#openai-base_url input, #openai-base_url textarea").fill(server.base_url)
        deadline = time.monotonic() + 60
        while offered() != list(dict.fromkeys((*MODELS, named))):
            assert time.monotonic() < deadline, offered()
        model.click()
        page.get_by_role("option", name=MODELS[1], exact=True).click()
        lab.use("openai", base_url=server.base_url)
        expect(page.locator("#in-use")).to_contain_text(MODELS[1])


def test_a_shorter_list_of_models_waits_for_who_has_the_longer_one_open(lab: LabPage) -> None:
    """Gradio's list, open, would look for a model that is no longer there, and the page be dead."""
    page, model = lab.page, lab.page.locator("#model-openai input")
    listed, options = page.locator("#models-openai textarea"), page.get_by_role("option")
    address = page.locator("#openai-base_url input, #openai-base_url textarea")
    lab.tab("Provider")
    page.locator("#provider").get_by_label("openai", exact=True).check()
    named = model.input_value()
    known, served = (list(dict.fromkeys((*models, named))) for models in (OpenAI.models, MODELS))
    with OpenAIServer() as server:
        address.fill("http://127.0.0.1:9/v1")  # lists none: what LangChain knows is offered
        model.click()
        expect(listed).to_have_value(json.dumps(known))
        address.fill(server.base_url)
        model.click()
        expect(options).to_have_count(len(known))
        expect(listed).to_have_value(json.dumps(served))
        expect(options).to_have_count(len(known))
        model.fill("mine")
        model.press("Enter")
        model.click()
        expect(options).to_have_count(len(served))
        lab.use("openai")
        expect(page.locator("#in-use")).to_contain_text("mine")
    assert lab.complaints == []


def test_the_owner_s_key_goes_to_no_visitor_s_server(lab: LabPage) -> None:
    with OpenAIServer() as visitors_server:
        lab.use("openai", "chunks=3", base_url=visitors_server.base_url)
        lab.ask("hello")
        assert "OWNERS-KEY" not in str(visitors_server.requests())


def test_an_uploaded_key_file_is_not_kept(lab: LabPage, app: App, tmp_path: Path) -> None:
    secret = "-----BEGIN PRIVATE KEY-----\\nVISITORS-SECRET\\n-----END PRIVATE KEY-----"
    key_file = tmp_path / "account.json"
    key_file.write_text(json.dumps({"type": "service_account", "private_key": secret, "project_id": "p"}))
    lab.tab("Provider")
    lab.page.locator("#provider").get_by_label("vertexai", exact=True).check()
    uploads: list[Route] = []
    lab.page.route("**/upload?*", lambda route: uploads.append(route), times=1)
    with lab.page.expect_request("**/upload?*"):
        lab.page.locator("#vertexai-credentials input[type=file]").set_input_files(key_file)
    lab.page.locator("#use").click()
    uploads[0].continue_()
    said = lab.page.locator("#provider-said")
    expect(said).to_contain_text("Now in use")
    expect(said).not_to_contain_text("Missing")
    for file in app.temp.rglob("*"):
        assert not file.is_file() or "VISITORS-SECRET" not in file.read_text("utf-8", "replace"), file
    lab.tab("Chat")
    lab.ask("hello")
    expect(lab.fault).to_contain_text("Service account file (JSON) is not valid")
    assert "VISITORS-SECRET" not in app.log()


def test_the_tab_reads_on_a_phone(open_page: Callable[..., LabPage]) -> None:
    lab = open_page(viewport={"width": 390, "height": 844})
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        lab.page.emulate_media(color_scheme=scheme)
        for tab in ("Chat", "Provider"):
            lab.tab(tab)
            assert lab.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (scheme, tab)
