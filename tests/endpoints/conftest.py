"""One app for all tests of this folder: a test first sets what its model does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app_process import App
from tests.endpoints.serving import serving
from tests.servers.openai_api import OpenAIServer


@pytest.fixture(scope="package")
def temp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of the app's user."""
    return tmp_path_factory.mktemp("temp")


@pytest.fixture(scope="package")
def app(temp: Path, openai_server: OpenAIServer) -> Iterator[App]:
    with serving(openai_server, TMPDIR=str(temp)) as app:
        yield app
