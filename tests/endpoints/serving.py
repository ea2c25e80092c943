"""The app as the tests of what programs and strangers ask for start it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from tests.app_process import App, running
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET

KEY: Final = "sk-good-OWNERS-KEY-0123456789"


def serving(upstream: OpenAIServer, **environment: str) -> AbstractContextManager[App]:
    """Its model does what `upstream` was set to; the key stands in the `.env`."""
    return running(
        dotenv=f"OPENAI_API_KEY={KEY}\n",
        PROVIDER="openai",
        MODEL=AS_SET,
        OPENAI_BASE_URL=upstream.base_url,
        MAX_TOKENS="100000",
        **environment,
    )
