"""A message that comes while the app still imports the SDK: it waits for it, and doesn't break it."""

from __future__ import annotations

import subprocess
import sys

import pytest
import trustme

from tests.app_process import ROOT, clean_environment
from tests.servers.vertex import ServiceAccount

pytestmark = pytest.mark.slow

# Ten visitors, 20 ms apart: the imports of a thread that came by another way would cross the first one's.
CODE = """
import concurrent.futures, sys, time
import app
import components.chains.chat, components.chains.json
from components.providers import registry
from components.providers import Choice
from components.settings import Settings

name, credentials = sys.argv[1:]
provider = registry(Settings.load(None))[name]
choice = Choice(name, values={"project": "one", "credentials": credentials, "api_key": "sk-none", "endpoint": "https://a.b"})
with concurrent.futures.ThreadPoolExecutor(11) as pool:
    app.warm_up(provider)
    runs = []
    for _ in range(10):
        runs.append(pool.submit(provider.open, choice))
        time.sleep(0.02)
print(*{type(run.result().model).__name__ for run in runs})
"""


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("openai", "ReasoningChatOpenAI"),
        ("anthropic", "TappedChatAnthropic"),
        ("gemini", "TappedChatGoogleGenerativeAI"),
        ("vertexai", "StoppableVertexAI"),
    ],
)
def test_a_message_while_the_sdk_is_imported(name: str, model: str) -> None:
    private = trustme.CA(key_type=trustme.KeyType.RSA).private_key_pem.bytes().decode()
    done = subprocess.run(
        [sys.executable, "-c", CODE, name, ServiceAccount(private, "").json()],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [model]
    assert "Traceback" not in done.stderr
