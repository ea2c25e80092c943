"""A key planted wherever one can be is in no file, no log and no frame."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import adispatch_custom_event
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from components.chains.text_parser import TextParser
from components.streaming import Connection
from components.streaming.records import Event
from components.streaming.text import STRUCK_OUT, forms_of
from components.streaming.trace import About, Asked, open_run_file
from components.streaming.trace.encoder import LONGEST_MESSAGE, LONGEST_REPR
from components.streaming.trace.secrets import ENOUGH, KnownSecrets
from tests.event_runs import Recorder, Shown, live, saying, state_at
from tests.runs import KEY, openai
from tests.servers.openai_api import OpenAIServer

# Three that look like nothing and can only be known by value, the last awkward in every notation.
PLAIN = "correct horse battery"
AWKWARD = "pass\"word\\with 'quotes' and パス"
SECRETS = (PLAIN, AWKWARD, KEY)


class Odd:
    def __repr__(self) -> str:
        return f"<Odd {PLAIN}>"


def everywhere(secret: str) -> Connection:
    """A chain that holds and says a key in every place there is."""

    @tool
    def look_up(query: str, api_key: str) -> dict[str, Any]:
        """Look it up."""
        return {"api_key": "named-key-1", "answer": query, "nested": [{"Authorization": "Basic named-key-2"}]}

    async def step(value: dict[str, Any]) -> dict[str, Any]:
        await adispatch_custom_event(
            f"custom {secret}", {"headers": [("X-Api-Key", "named-key-3")], secret: 1}
        )
        await look_up.ainvoke({"query": f"about {secret}", "api_key": "named-key-4"})
        return value | {"odd": Odd(), "document": Document(secret, metadata={"source": secret})}

    told = AIMessage(
        f"The key is {secret}, I was told.",
        additional_kwargs={"refusal": secret, "access_token": "named-key-5"},
        response_metadata={"headers": {"x": secret}},
        tool_calls=[{"name": "f", "args": {"q": secret}, "id": secret}],
    )
    model = saying(told.text).model_copy(update={"messages": iter([told])})
    prompt = ChatPromptTemplate([("system", "Never say {secret}."), ("human", "{question}")])
    chain = (RunnableLambda(step) | prompt.partial(secret=secret) | model | TextParser()).with_config(
        run_name=f"chain {secret}",
        tags=[f"tag {secret}", 'Authorization: "named-key-8"'],
        metadata={"headers": {"X-Goog-Api-Key": "named-key-9"}, "nested": {"deep": [secret]}, secret: "v"},
    )
    value = {"question": f"Is it {secret}?", "secret": secret, "client_secret": "named-key-0"}
    return Connection(chain, value, secrets=SECRETS)


def leaks(secret: str, told: str) -> list[str]:
    return [form for form in forms_of([secret]) if form in told]


async def told_by(recorder: Recorder, page: Shown) -> str:
    """Everything that leaves: the file, the log, the frames."""
    assert recorder.path is not None
    frames = orjson.dumps([asdict(frame) for frame in page.frames]).decode()
    replayed = orjson.dumps(asdict(await state_at(open_run_file(recorder.path), 1e6))).decode()
    log = orjson.dumps(recorder.events()).decode()
    return recorder.path.read_text("utf-8") + frames + log + replayed + repr(page.nodes)


@pytest.mark.parametrize("secret", SECRETS)
async def test_a_key_in_every_place(tmp_path: Path, secret: str) -> None:
    about = About(provider=f"p {secret}", model=secret, chain=secret)
    recorder = Recorder(about, asked=Asked(exclude_names=(secret,)), path=tmp_path / "run.jsonl")
    page = await live(lambda: everywhere(secret), recorder)

    assert page.report.fault is None
    assert len(page.nodes) >= 6
    assert "on_custom_event" in page.events
    told = await told_by(recorder, page)
    assert STRUCK_OUT in page.text
    assert told.count(STRUCK_OUT) > 50
    assert leaks(secret, told) == []
    # What only stands where a key could is the run's own words.
    assert len(set(re.findall(r"named-key-\d", told))) == 8


@pytest.mark.parametrize("where", ["step", "tool"])
async def test_a_key_in_an_exception(tmp_path: Path, where: str) -> None:
    @tool
    def fail(query: str) -> str:
        """Fail."""
        raise ValueError(f"{query}: wrong key {AWKWARD!r}")

    async def step(value: str) -> str:
        if where == "tool":
            await fail.ainvoke(value)
        raise RuntimeError(f"wrong key {AWKWARD}") from ValueError(AWKWARD)

    recorder = Recorder(path=tmp_path / "run.jsonl")
    page = await live(lambda: Connection(RunnableLambda(step), "x", secrets=SECRETS), recorder)

    assert page.events[-1] == "lab_failed"
    assert ("on_tool_error" in page.events) == (where == "tool")
    assert leaks(AWKWARD, await told_by(recorder, page)) == []


async def test_a_key_that_a_server_sends_back(openai_server: OpenAIServer, tmp_path: Path) -> None:
    recorder = Recorder(path=tmp_path / "run.jsonl")
    page = await live(openai(openai_server.base_url, "401"), recorder)

    assert page.events == ["lab_attempt", *page.events[1:-1], "lab_failed"]
    assert leaks(KEY, await told_by(recorder, page)) == []


async def test_a_key_of_a_run_that_never_opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def refuse() -> Connection:
        raise RuntimeError(f"cannot open with {KEY}")

    recorder = Recorder(path=tmp_path / "run.jsonl")
    page = await live(refuse, recorder)

    assert page.events == ["lab_failed"]
    assert leaks(KEY, await told_by(recorder, page)) == []
    assert "cannot open with" in caplog.text
    assert leaks(KEY, caplog.text) == []


PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"


def struck(pieces: list[str], secrets: tuple[str, ...] = SECRETS) -> list[str]:
    known = KnownSecrets(secrets)
    return [said(known, "run", piece) for piece in pieces]


def said(known: KnownSecrets, run: str, chunk: Any) -> Any:
    """The chunk of one event of this run, as it stands in the event's line."""
    event = Event(0.0, "on_chain_stream", "c", run, [], [], {}, {"chunk": chunk})
    line = known.event(event)
    assert orjson.loads(line) == {"lane": "event", **asdict(event)}
    return event.data["chunk"]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 12])
def test_a_key_said_in_pieces(secret: str, size: int) -> None:
    text = f"It is {secret}. Again: {secret}{secret} so there"
    told = "".join(struck([text[at : at + size] for at in range(0, len(text), size)]))

    assert secret not in told
    for at in range(len(secret) - ENOUGH):
        assert secret[at : at + ENOUGH] not in told
    assert told.count(STRUCK_OUT) == 3
    assert told.startswith("It is ")
    assert told.endswith(" so there")


@settings(max_examples=200)
@given(st.lists(st.sampled_from([*KEY[:12], KEY[:5], KEY[5:], KEY, " ", "s", "sk", "x"]), max_size=40))
def test_however_it_is_cut(pieces: list[str]) -> None:
    told = "".join(struck(pieces))
    assert KEY not in told
    if KEY[:ENOUGH] not in "".join(pieces):
        assert told == "".join(pieces).replace(KEY, STRUCK_OUT)


def test_ordinary_words_stay() -> None:
    pieces = ["sk", "i", "s", "k-", "go", " correct", " horse", "!", "--------", "\n-----BEGIN PRI"]
    assert struck(pieces, (*SECRETS, PEM))[:4] == pieces[:4]
    assert struck(pieces[-2:], (PEM,)) == pieces[-2:]


def test_each_run_and_place_has_its_own_words() -> None:
    known = KnownSecrets([KEY])
    for piece in (KEY[:10], KEY[10:20]):
        assert said(known, "one", {"kwargs": {"content": piece, "id": piece}})["kwargs"]["id"] == piece
        two = said(known, "two", {"kwargs": {"content": [{"text": piece}], "tool_calls": []}})
    assert two["kwargs"]["content"][0]["text"] == ""
    assert said(known, "three", KEY[10:20]) == KEY[10:20]


async def test_a_key_that_a_model_says_in_pieces(tmp_path: Path) -> None:
    def quoting() -> Connection:
        chain = saying(f"It is {PLAIN} indeed") | TextParser()
        return Connection(chain, [HumanMessage("Hi")], secrets=(PLAIN,))

    recorder = Recorder(path=tmp_path / "run.jsonl")
    page = await live(quoting, recorder)

    assert page.text == f"It is correct{STRUCK_OUT} indeed"
    told = await told_by(recorder, page)
    assert "horse" not in told
    assert "battery" not in told


OWN_WORDS = """password = input("x")
headers = {'Authorization': 'Bearer ' + token, "api_key": "your key here"}
Four stars: ****, sk-learn-contrib, Bearer authentication, client_secret: "none"
-----BEGIN PRIVATE KEY-----
"""


@pytest.mark.parametrize("secrets", [(), SECRETS])
async def test_the_models_own_words_stay(tmp_path: Path, secrets: tuple[str, ...]) -> None:
    def code() -> Connection:
        return Connection(saying(OWN_WORDS) | TextParser(), [HumanMessage("Hi")], secrets=secrets)

    recorder = Recorder(path=tmp_path / "run.jsonl")
    page = await live(code, recorder)

    assert page.text == OWN_WORDS
    assert STRUCK_OUT not in await told_by(recorder, page)
    (end,) = [event for event in recorder.events() if event["event"] == "on_chat_model_end"]
    assert end["data"]["output"]["kwargs"]["content"] == OWN_WORDS


async def test_a_key_where_a_long_text_is_cut(tmp_path: Path) -> None:
    """Of what an object or an exception says of itself: no first half is left."""

    class Wordy:
        def __repr__(self) -> str:
            return "r" * (LONGEST_REPR - 10) + PLAIN

    async def fail(_: str) -> Any:
        await adispatch_custom_event("odd", Wordy())
        await adispatch_custom_event("wrong", ValueError("m" * (LONGEST_MESSAGE - 10) + PLAIN))
        raise ValueError("e" * 290 + PLAIN)

    recorder = Recorder(path=tmp_path / "run.jsonl")
    page = await live(lambda: Connection(RunnableLambda(fail), "x", secrets=SECRETS), recorder)
    told = await told_by(recorder, page)
    assert "rrr[struck o" in told
    assert "mmm[struck o" in told
    assert "correct" not in told
