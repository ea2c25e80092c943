"""A run as code of one's own: each kind, run against a server, gives the run's text."""

from __future__ import annotations

import ast
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, dictionaries, integers, lists, none, recursive, text
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from components.providers import Choice
from components.providers.code.literals import javascript, python
from components.providers.script.reply import Script
from components.providers.script.server import writes
from components.settings import METHODS
from components.streaming import Connection
from tests.code_runs import check_each, provider_of, scripts
from tests.runs import KEY, SPOKEN, source_of
from tests.servers.openai_api import OpenAIServer
from tests.servers.raw import Answer, answering
from tests.test_refused import CASES, WHOLE, opened

pytestmark = scripts
# All that could end a literal, a command or a line, and what turns it round.
AWKWARD = (
    'It\'s "said": \'\'\'x\'\'\' """y""" \\ \\n \\\\\n\t$HOME ${x} `id` $(id) %s {y} {{z}} !! #\r\n'
    "日本 é 👩‍👩‍👧 \u202eback\u2066 \U000e0041 \x00\x7f @x </script> *"
)


@given(
    text()
    | recursive(text() | none() | booleans() | integers(), lambda one: lists(one) | dictionaries(text(), one))
)
def test_any_value_stands_in_source_as_it_is(value: object) -> None:
    assert ast.literal_eval(python(value)) == value
    assert json.loads(javascript(value)) == value
    assert (python(value) + javascript(value)).replace("\n", "").isprintable()


def talk(opened: Connection, message: str = AWKWARD) -> Connection:
    said = [SystemMessage(AWKWARD), HumanMessage("Hi"), AIMessage(AWKWARD), HumanMessage(message)]
    return replace(source_of(opened), value={"messages": said})


@pytest.mark.parametrize("spoken", SPOKEN)
async def test_each_kind_gives_the_same_text(spoken: str, openai_server: OpenAIServer) -> None:
    method = METHODS[list(SPOKEN).index(spoken) % len(METHODS)]
    name, field, more = SPOKEN[spoken]
    provider, place = provider_of(name), openai_server.address + ("/v1" if name == "openai" else "")
    values = {"api_key": KEY, field: place, **more}
    environment = dict(zip(provider.code_variables, (KEY, place), strict=True))
    for way in {method, "invoke"}:
        connection = provider.open(Choice(name, "echo=1,auth=1", 0.7, 900, values))
        codes = await check_each(provider, talk(connection), way, **environment)
        for kind, source in codes.items():
            assert KEY not in source
            assert openai_server.address not in source, kind
            assert source.replace("\n", "").isprintable(), "nothing hides in it"


@pytest.mark.parametrize("name", ["temperature", "max_completion_tokens", "system"])
async def test_what_was_asked_last_is_shown(name: str) -> None:
    _, refused, answer = CASES[name]
    async with answering(lambda request: answer if refused(request.body) else WHOLE) as server:
        environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
        connection = opened(server.base_url, temperature=0.7)
        await check_each(provider_of("openai"), talk(connection), **environment)


async def test_a_script_over_http() -> None:
    provider, script = provider_of("scripted"), Script(rate=0, delay=0, thinking="reasoning_content")
    async with answering(
        lambda request: Answer([data for _, data in writes(script, request.body)])
    ) as server:
        given = {"rate": "0", "delay": "0", "thinking": "reasoning_content"}
        connection = provider.open(Choice("scripted", values=given))
        codes = await check_each(provider, talk(connection), OPENAI_BASE_URL=server.base_url)
        assert all("no such model on any server" in source for source in codes.values())
