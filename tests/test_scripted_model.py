"""What the scripted model says: its thoughts, its text, its calls, its pace and its endings."""

from __future__ import annotations

import json
import time

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from components.chains.registry import build
from components.providers.script.reply import JSON, TEXTS, THOUGHTS, tokenize
from components.streaming.records import Read
from tests.test_scripted import connect, read


def total(chunks: list[AIMessageChunk]) -> AIMessageChunk:
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole


@pytest.fixture(params=["stream", "astream"])
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("language", [language for language in TEXTS if language != JSON])
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
    assert seconds >= 0.3 + 59 / 100


@pytest.mark.parametrize("after", [0, 5, 500])
async def test_a_silent_end_has_no_finish_reason(method: str, after: int) -> None:
    chunks: list[AIMessageChunk] = []
    await read(connect({"failure": "silent_end", "fail_after": str(after)}), method, chunks)
    assert total(chunks).text == "".join(tokenize(TEXTS["en"])[:after])
    assert "finish_reason" not in total(chunks).response_metadata
    assert total(chunks).usage_metadata is None


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("thinking", ["reasoning_content", "reasoning", "<think>"])
async def test_it_thinks_first(method: str, thinking: str, language: str) -> None:
    chunks: list[AIMessageChunk] = []
    await read(connect({"thinking": thinking, "thinking_length": "50", "language": language}), method, chunks)
    kinds = [block["type"] for chunk in chunks for block in chunk.content_blocks]
    assert kinds == sorted(kinds)
    assert kinds.count("reasoning") == 50
    thought, text = total(chunks).content_blocks
    assert thought["reasoning"].startswith(THOUGHTS[language])  # type: ignore[typeddict-item]
    assert text["text"] == TEXTS[language]  # type: ignore[typeddict-item]
    usage = total(chunks).usage_metadata
    assert usage is not None
    told = 0 if thinking == "<think>" else 50
    assert usage["output_token_details"] == {"reasoning": told}


def test_the_longest_reply_can_be_spent_on_thinking() -> None:
    whole = total(list(connect({"thinking": "reasoning"}, max_tokens=30).model.stream("Hi")))
    assert (whole.text, whole.response_metadata["finish_reason"]) == ("", "length")


async def test_a_call_comes_in_pieces(method: str) -> None:
    chunks: list[AIMessageChunk] = []
    await read(connect({"tool_call": "always", "thinking": "reasoning"}), method, chunks)
    pieces = [piece for chunk in chunks for piece in chunk.tool_call_chunks]
    assert pieces[0]["name"] == "search"
    assert len(pieces) > 3
    assert [call["args"] for call in total(chunks).tool_calls] == [{"query": "Hi"}]
    assert total(chunks).text == ""
    assert total(chunks).response_metadata["finish_reason"] == "tool_calls"


async def test_a_tool_is_called_where_one_is_offered() -> None:
    connection = connect()
    assert connection.model.invoke("Hi").text == TEXTS["en"]
    chain, value = build("tools", connection), {"prompt": "banana"}
    events = [event async for event in chain.astream_events(value, version="v2")]
    (result,) = (event["data"]["output"] for event in events if event["event"] == "on_tool_end")
    assert result.content == 'The word "banana" has 6 letters.'
    assert events[-1]["data"]["output"].startswith(f"{result.content}\n\n{TEXTS['en'][:200]}")


@pytest.mark.parametrize(("writes", "reads"), [("whole", 121), ("merged", 25), ("split", 241)])
@pytest.mark.parametrize("language", ["ja", "zh-CN"])
async def test_bytes_are_cut_anywhere(method: str, writes: str, reads: int, language: str) -> None:
    chunks: list[AIMessageChunk] = []
    connection = connect({"writes": writes, "language": language})
    await read(connection, method, chunks)
    assert total(chunks).text == TEXTS[language]
    assert sum(bool(chunk.text) for chunk in chunks) == 120
    assert [type(record) for record in connection.wire.trace.frame().records].count(Read) == reads
