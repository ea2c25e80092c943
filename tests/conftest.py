"""What the tests of several modules share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.openai_api import OpenAIServer


@pytest.fixture(scope="session")
def openai_server() -> Iterator[OpenAIServer]:
    """One for the session; a test that reads its log gives its model a name of its own."""
    with OpenAIServer() as server:
        yield server
