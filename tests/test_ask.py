"""What a run is asked, whatever the way in."""

from __future__ import annotations

import json
from contextlib import aclosing

import pytest

from components.providers import Choice, registry
from components.runs.ask import Ask, frames
from components.runs.lab import Lab
from components.settings import METHODS, Settings
from components.streaming import Stop
from tests.runs import KEY
from tests.servers.openai_api import OpenAIServer


@pytest.mark.parametrize("method", METHODS)
async def test_halves_of_characters_are_replaced(openai_server: OpenAIServer, method: str) -> None:
    settings = Settings.load(None, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai_server.base_url})
    history = [("user", "a\ud83d"), ("assistant", "\ude00b")]
    asked = Ask("c\ud83d", history, Choice("openai", "echo"), "d\udfff", method)  # type: ignore[arg-type]
    running = frames(Lab(settings, registry(settings)), asked, Stop())
    async with aclosing(running) as shown:
        last = [frame async for frame in shown][-1]
    assert [sent["content"] for sent in json.loads(last.text)] == ["d\ufffd", "a\ufffd", "\ufffdb", "c\ufffd"]
