"""What the tests of the endpoints for programs share."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Final

from tests.app_process import App, running
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET

KEY: Final = "sk-good-OWNERS-KEY-0123456789"


def serving(upstream: OpenAIServer) -> AbstractContextManager[App]:
    """An app that knows the key, and whose model does what `upstream` was set to."""
    return running(PROVIDER="openai", MODEL=AS_SET, OPENAI_BASE_URL=upstream.base_url, OPENAI_API_KEY=KEY)


def check_grows(texts: Sequence[str]) -> None:
    """More than three, each of which goes on where the one before ended."""
    assert len(set(texts)) > 3
    for text, longer in pairwise(texts):
        assert longer.startswith(text)
