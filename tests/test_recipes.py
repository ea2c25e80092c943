"""A newcomer who does what CONTRIBUTING.md says has a lesson, a language and a tab."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gradio_client import Client

from tests.app_process import running
from tests.http_stream import ask, get
from tests.recipes import Recipe, copy_of_repository


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_repository(tmp_path_factory.mktemp("lab"))


def test_they_can_be_followed_one_after_the_other(copy: Path) -> None:
    lesson, *_ = Recipe("Add a lesson").follow(copy)
    assert "STREAMING" in lesson
    Recipe("Add a tab").follow(copy)
    Recipe("Add a language").follow(copy, translate=True)
    with running(root=str(copy), PROVIDER="scripted", MAX_TOKENS="10") as app:
        client = Client(app.url, download_files=False, verbose=False)
        assert client.predict("What is baseball?", api_name="/count") > 5
        assert "STREAMING" in str(client.predict("40", api_name="/lesson"))
        told = json.load(ask(app.url, " ", {"Accept-Language": "fr-CA,fr;q=0.8"}))
        assert told["message"].startswith("é ")
        _, config = get(app.url, "/config")
        assert "é Count" in json.dumps(config, ensure_ascii=False)
