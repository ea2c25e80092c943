"""What the scripted model says: its text, its pace and its endings."""

from __future__ import annotations

import json
import time

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from components.providers.script.texts import JSON, LANGUAGES, TEXTS, tokenize
from tests.test_scripted import connect, read


def total(chunks: list[AIMessageChunk]) -> AIMessageChunk:
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole


@pytest.fixture(params=["stream", "astream"])
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != JSON])
async def test_the_default_reply_is_one_whole_text(method: str, language: str) -> None:
    chunks: list[AIMessageChunk] = []
    await read(connect({"language": language}), method, chunks)
    whole = total(chunks)
    assert whole.text == TEXTS[language]
    assert whole.text[-1] in ".。"
    assert whole.text.count("```") == 2
    assert sum(bool(chunk.text) for chunk in chunks) == 120 == len(tokenize(TEXTS[language]))
    assert whole.response_metadata["finish_reason"] == "stop"
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] == 120


@pytest.mark.parametrize("length", ["120", "4000"])
async def test_json_is_said_once_and_whole(method: str, length: str) -> None:
    chunks: list[AIMessageChunk] = []
    await read(connect({"language": JSON, "length": length}), method, chunks)
    whole = total(chunks)
    assert [country["name"] for country in json.loads(whole.text)["countries"]] == [
        "France",
        "Spain",
        "Japan",
    ]
    assert whole.response_metadata["finish_reason"] == "stop"
    assert sum(bool(chunk.text) for chunk in chunks) == len(tokenize(TEXTS[JSON])) < 120
    assert "countries" in connect({"language": JSON, "length": "5"}).model.invoke("Hi").text


def test_a_longer_reply_repeats_the_text() -> None:
    whole = total(list(connect({"length": "4000"}, max_tokens=4000).model.stream("Hi")))
    assert whole.text.startswith(TEXTS["en"] + "\n\n" + TEXTS["en"] + "\n\n")
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] == 4000


async def test_max_tokens_ends_it_with_length(method: str) -> None:
    chunks: list[AIMessageChunk] = []
    await read(connect(max_tokens=7), method, chunks)
    assert total(chunks).text == "".join(tokenize(TEXTS["en"])[:7])
    assert total(chunks).response_metadata["finish_reason"] == "length"


def test_a_stop_sequence_and_a_bound_max_tokens_are_kept() -> None:
    model = connect().model
    assert model.invoke("Hi", stop=["```"]).text == TEXTS["en"].partition("```")[0]
    bound = model.bind(max_tokens=3).invoke("Hi")
    assert bound.text == "".join(tokenize(TEXTS["en"])[:3])


async def test_invoke_and_ainvoke_say_the_same() -> None:
    for reply in (connect().model.invoke("Hi"), await connect().model.ainvoke("Hi")):
        assert reply.text == TEXTS["en"]
        assert reply.response_metadata["finish_reason"] == "stop"


async def test_it_works_in_a_chain_and_every_token_is_one_event() -> None:
    chain = (
        ChatPromptTemplate.from_template("About {topic}")
        | connect({"length": "30"}).model
        | StrOutputParser()
    )
    events = [event async for event in chain.astream_events({"topic": "streams"}, version="v2")]
    texts = [e["data"]["chunk"].text for e in events if e["event"] == "on_chat_model_stream"]
    assert [text for text in texts if text] == tokenize(TEXTS["en"])[:30]
    assert "".join(chain.stream({"topic": "streams"})) == "".join(texts)


async def test_the_delay_and_the_rate_are_kept(method: str) -> None:
    chunks: list[AIMessageChunk] = []
    start = time.monotonic()
    await read(connect({"delay": "0.3", "rate": "100", "length": "60"}), method, chunks)
    seconds = time.monotonic() - start
    print(f"{method}: 60 tokens at 100 a second after 0.3 s took {seconds:.2f} s")
    assert 0.3 + 59 / 100 <= seconds < 5


@pytest.mark.parametrize("after", [0, 5, 500])
async def test_a_silent_end_has_no_finish_reason(method: str, after: int) -> None:
    chunks: list[AIMessageChunk] = []
    await read(connect({"failure": "silent_end", "fail_after": str(after)}), method, chunks)
    assert total(chunks).text == "".join(tokenize(TEXTS["en"])[:after])
    assert "finish_reason" not in total(chunks).response_metadata
    assert total(chunks).usage_metadata is None
