"""Every lesson over the embedded model: what it shows is what it is there to show."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pytest

from components.lessons import lessons
from components.providers import Choice, Provider, registry
from components.settings import Settings
from components.streaming.frame import Line
from tests.lesson_runs import Played, play, source

pytestmark = pytest.mark.slow

# Seconds between two tokens at least, and between the first item of a stream and its last.
APART, SPREAD = 0.01, 0.03
# Each costs the machine some 20 ms. The object's first country takes about 20; others need all three, or ask
# several times.
TOKENS, JSON_TOKENS = 16, 32
OTHERS = {"a_generator_step": 80, "structured_output": 24}


@pytest.fixture(scope="module")
def local() -> Iterator[Provider]:
    provider = registry(Settings())["local"]
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def spoken() -> Callable[..., Played]:
    """By a script, which thinks and calls tools where it is told to."""

    def run(name: str, *, apart: float = 0, **script: str) -> Played:
        choice = Choice("scripted", max_tokens=200, values={"delay": "0.1", "rate": "200", **script})
        opened = source(registry(Settings())["scripted"], name, choice, apart=apart)
        played = asyncio.run(play(name, opened))
        assert played.report.fault is None
        return played

    return run


@pytest.fixture
def ran(local: Provider) -> Callable[[str], Played]:
    def run(name: str) -> Played:
        lesson = lessons()[name]
        most = JSON_TOKENS if lesson.json else TOKENS
        most = OTHERS.get(name, most)
        choice = Choice("local", max_tokens=most, temperature=0)
        played = asyncio.run(play(name, source(local, name, choice, apart=APART)))
        print(f"{name}: {played.report}")
        assert played.report.fault is None
        assert played.frames[-1].left_out == 0
        times = [line.at for line in played.lines]
        assert times == sorted(times)
        return played

    return run


def streams(lines: Sequence[Line], least: int = 5) -> None:
    """They came one after the other."""
    assert len(lines) >= least
    assert lines[-1].at - lines[0].at > SPREAD
    assert len({round(line.at, 3) for line in lines}) > 2


def at_once(lines: Sequence[Line]) -> None:
    """One piece, after a wait that a stream would have filled."""
    assert len(lines) == 1


def test_01_stream(ran: Callable[[str], Played]) -> None:
    streams(ran("stream").lines)


def test_02_astream(ran: Callable[[str], Played]) -> None:
    *chunks, last = ran("astream").lines
    streams(chunks)
    assert int(last.text.split()[-2]) > 3  # the other task worked meanwhile


def test_03_both_and_invoke(ran: Callable[[str], Played]) -> None:
    played = ran("both_and_invoke")
    heads = [played.texts.index(head) for head in ("stream", "astream", "invoke")]
    assert heads == sorted(heads)
    streams(played.lines[heads[0] + 1 : heads[1]])
    streams(played.lines[heads[1] + 1 : heads[2]])
    *invoked, on, off = played.lines[heads[2] + 1 :]
    at_once(invoked)
    assert invoked[0].at - played.lines[heads[2]].at > SPREAD
    assert off.text == "streaming=False: stream gave 1 pieces, invoke's callbacks heard 0"
    assert int(on.text.split("gave ")[1].split()[0]) > 3
    assert int(on.text.split()[-1]) > 3


def test_04_chunks_add_up(ran: Callable[[str], Played]) -> None:
    played = ran("chunks_add_up")
    (one,) = played.among("one chunk: ")
    assert "AIMessageChunk(content='" in one.text
    sums = [line for line in played.lines if line.text.startswith("+")]
    streams(sums)
    said = [line.text.partition(" = ")[2][1:-1] for line in sums]
    assert all(longer.startswith(text) for text, longer in pairwise(said))
    kind, finish, usage, blocks = played.texts[-4:]
    assert kind == "type: AIMessageChunk"
    assert finish in ("finish reason: length", "finish reason: stop")
    assert "'output_tokens'" in usage
    assert "'type': 'text'" in blocks


def test_05_string_parser(ran: Callable[[str], Played]) -> None:
    *pieces, joined = ran("string_parser").lines
    streams(pieces)
    assert joined.text.startswith("joined: ")


def test_06_json_grows(ran: Callable[[str], Played]) -> None:
    played = ran("json_grows")
    streams(played.lines)
    assert played.texts[0] == "{}"
    assert "{'countries': [{'name': 'France'}]}" in played.texts[-1] or "'France'" in played.texts[-1]
    assert max(map(len, played.texts)) == len(played.texts[-1])


def test_07_a_step_that_waits(ran: Callable[[str], Played]) -> None:
    piece, count = ran("a_step_that_waits").lines
    assert piece.text.startswith("['France'")
    assert piece.at > SPREAD
    assert count.text == "pieces: 1"


def test_08_a_generator_step(ran: Callable[[str], Played]) -> None:
    played = ran("a_generator_step")
    for way in ("stream ", "astream "):
        said = [line for line in played.lines if line.text.startswith(way)]
        streams(said, least=3)
        assert said[0].text.split()[-1] == "France"


def test_09_a_retriever(ran: Callable[[str], Played]) -> None:
    *found, count = ran("a_retriever").texts
    assert found[0] == "chunk 1: Harrison worked at Kensho."
    assert not any("honey" in line for line in found)
    assert count == "chunks: 1"


def test_10_a_retrieval_chain(ran: Callable[[str], Played]) -> None:
    found, *answer = ran("a_retrieval_chain").lines
    assert "Harrison worked at Kensho." in found.text
    streams(answer)


def test_11_event_reference(ran: Callable[[str], Played]) -> None:
    played = ran("event_reference")
    ticked = {line.text.split()[1] for line in played.lines if line.text.startswith("[x]")}
    for kind in ("chat_model", "llm", "chain", "parser"):
        assert {f"on_{kind}_{phase}" for phase in ("start", "stream", "end")} <= ticked
    for kind in ("tool", "retriever", "prompt"):
        assert {f"on_{kind}_start", f"on_{kind}_end"} <= ticked
    assert {"on_custom_event", "on_tool_error"} <= ticked
    assert [text for text in played.texts if text.startswith("[ ]")] == [
        "[ ] on_tool_stream",
        "[ ] on_retriever_stream",
    ]


def test_12_events_of_a_model(ran: Callable[[str], Played]) -> None:
    start, *chunks, end = ran("events_of_a_model").lines
    assert start.text.startswith("start")
    assert end.text.startswith("end")
    streams(chunks)
    assert {line.text.split()[0] for line in chunks} == {"stream"}
    assert len({line.text.split()[2] for line in (start, *chunks, end)}) == 1  # one run


def test_13_events_of_a_chain(ran: Callable[[str], Played]) -> None:
    played = ran("events_of_a_chain")
    starts = [line.text for line in played.among("_start")]
    assert [start.rpartition("inside ")[2] for start in starts] == ["0 others", "1 others", "1 others"]
    streams(played.among("model chunk"))
    assert played.texts.index(starts[2]) > played.texts.index(played.among("model chunk")[0].text)
    assert played.texts[-1] == "events: 30"
    kinds = [line.text.split()[0] for line in played.lines[:-1]]
    assert kinds.index("parser") < len(kinds) - 1 - kinds[::-1].index("model")  # they take turns


def test_14_filter_by_name(ran: Callable[[str], Played]) -> None:
    played = ran("filter_by_name")
    assert {line.text.split()[0] for line in played.lines} == {"my_parser"}
    streams(played.among("on_parser_stream"))


def test_15_filter_by_type(ran: Callable[[str], Played]) -> None:
    played = ran("filter_by_type")
    assert all(line.text.split()[1].startswith("on_chat_model_") for line in played.lines)
    streams(played.among("on_chat_model_stream"))


def test_16_filter_by_tag(ran: Callable[[str], Played]) -> None:
    played = ran("filter_by_tag")
    whole = [line for line in played.lines if line.text.startswith("my_chain")]
    step = [line for line in played.lines if line.text.startswith("my_parser")]
    assert {line.text.split()[1].split("_")[1] for line in whole} == {"chain", "chat", "parser"}
    assert {line.text.split()[1].split("_")[1] for line in step} == {"parser"}
    streams(whole)
    streams(step)


def test_17_events_get_through(ran: Callable[[str], Played]) -> None:
    played = ran("events_get_through")
    at_once(played.among("astream:"))
    at_once(played.among("chain chunk"))
    streams(played.among("model chunk"))
    streams(played.among("parser chunk"))
    assert played.among("model chunk")[0].at < played.among("chain chunk")[0].at - SPREAD


def test_18_callbacks_lost(ran: Callable[[str], Played]) -> None:
    called, lost, passed, alone = ran("callbacks_lost").texts
    for told in (called, passed, alone):
        assert int(told.split("heard:")[1].split()[0]) > 3
        assert "reverse_word" in told
    assert lost.split() == ["loses_it", "tokens", "heard:", "0", "runs:", "loses_it"]


def test_19_passed_on_by_itself(ran: Callable[[str], Played]) -> None:
    texts = ran("passed_on_by_itself").texts
    half = len(texts) // 2
    assert (texts[0], texts[half]) == ("RunnableLambda", "@chain")
    assert texts[1:half] == texts[half + 1 :]
    assert sum("reverse_word" in text for text in texts) == 4
    assert "43214321" in texts[-1]


def test_20_log_v1_v2_v3(ran: Callable[[str], Played]) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        played = ran("log_v1_v2_v3")
    said = [str(one.message) for one in warned]
    assert any(text.startswith("astream_log is deprecated") for text in said)
    assert any(text.startswith("astream_events version='v1' is deprecated") for text in said)
    assert any("in beta" in text for text in said)  # v3
    for way in ("log", "v1", "v2"):
        streams([line for line in played.lines if line.text.startswith(f"{way} ")])
    assert not played.among("v1   on_chat_model_start")[0].text.endswith("1 parents")
    assert played.among("v2   on_chat_model_start")[0].text.endswith("1 parents")
    *tokens, chain = played.among("v3 ")
    streams(tokens)
    assert "NotImplementedError" in chain.text


def test_21_langgraph_modes(ran: Callable[[str], Played]) -> None:
    played = ran("langgraph_modes")
    *old, new = played.among("v2 part")[-3:]
    assert all(
        line.text.startswith("v2 part      {'type': 'updates', 'ns': (), 'data': ") for line in (*old, new)
    )
    modes = {line.text.split()[0] for line in played.lines} - {"v2"}
    assert modes == {"values", "updates", "messages", "custom", "tasks", "checkpoints", "debug"}
    streams([line for line in played.lines if line.text.startswith("messages")])
    assert played.among("custom")[0].text.endswith("{'refining': 'a parrot'}")


def test_22_auto_streaming(ran: Callable[[str], Played]) -> None:
    played = ran("auto_streaming")
    tokens = played.among("answer: ")
    streams(tokens)
    (whole,) = played.among("invoke gave")
    assert tokens[0].at < whole.at - SPREAD


def test_23_custom_data(ran: Callable[[str], Played]) -> None:
    played = ran("custom_data")
    for way, token in (("graph", "messages"), ("chain", "token")):
        lines = [line for line in played.lines if line.text.startswith(way)]
        assert "asking the model" in lines[0].text
        assert "done" in lines[-1].text
        streams([line for line in lines if line.text.split()[1] == token])


def test_24_fastapi(ran: Callable[[str], Played]) -> None:
    played = ran("fastapi")
    streams(played.among("streams  "))
    (headers,) = played.among("seems to stream:")
    letters = played.among("seems to stream '")
    streams(letters)
    assert "[end: length]" in "".join(line.text for line in played.among("streams  "))
    assert letters[0].at - headers.at > SPREAD  # the whole reply was waited for


def test_25_errors_and_retries(ran: Callable[[str], Played], caplog: pytest.LogCaptureFixture) -> None:
    played = ran("errors_and_retries")
    first, second, *chunks, end = played.lines
    waits = [float(line.text.split()[-2]) for line in (first, second)]
    assert waits[0] < waits[1]
    assert second.at - first.at >= waits[0] - 0.01  # which is told in hundredths
    assert len(chunks) == 8
    assert "broke off after 8 chunks" in end.text
    logged = [record.getMessage() for record in caplog.records if record.name == "lesson"]
    assert len(logged) == 3


def test_26_thoughts_apart(ran: Callable[[str], Played], spoken: Callable[..., Played]) -> None:
    played = ran("thoughts_apart")
    streams(played.among("text: "))
    lost = [line.text.partition(": {")[0] and line.text for line in played.among("ChatOpenAI: ")]
    kept = [line.text for line in played.among("Keeping: ")]
    assert [text.rpartition(": []")[0] != "" for text in lost] == [True, True, False, False]
    assert ["{'type': 'reasoning'" in text for text in kept] == [True, True, False, False]
    thinking = spoken("thoughts_apart", thinking="reasoning_content", thinking_length="4", length="4")
    assert [text.split(":")[0] for text in thinking.texts[:8]] == ["reasoning"] * 4 + ["text"] * 4


def test_27_three_dialects(ran: Callable[[str], Played]) -> None:
    played = ran("three_dialects")
    said = {
        name: [line.text.split(" text ")[1] for line in played.among(f"{name} block text ")]
        for name in ("chat", "responses", "messages")
    }
    words = said["chat"]
    assert len(words) == 4
    # Anthropic's messages have a beginning and an end without text.
    assert [word for word in said["messages"] if word != "''"] == said["responses"] == words
    assert [line.text.partition(" ends ")[2] for line in played.among(" ends ")] == [
        "{'finish_reason': 'stop'}",
        "{'status': 'completed'}",
        "{'stop_reason': 'end_turn'}",
    ]


def test_28_tool_arguments(ran: Callable[[str], Played], spoken: Callable[..., Played]) -> None:
    said, *made_up = ran("tool_arguments").texts
    assert said.startswith("no tool was called, but said: ")
    assert made_up[-2].endswith("[{'city': 'Paris'}, {'city': 'Rome'}]")
    assert made_up[-1] == "whole: ['It rains in Paris.', 'It rains in Rome.']"
    called = spoken("tool_arguments", apart=APART)
    pieces = called.lines[: called.texts.index("made up: two at once")]
    streams(pieces)
    named = [line.text.split()[2] == "weather" for line in pieces]
    assert named == [True] + [False] * (len(pieces) - 1)
    assert pieces[-1].text.endswith("so far [{'city': 'How is the weather in Paris?'}]")
    assert any("so far [{'city': 'How is'}]" in line.text for line in pieces)


def test_29_usage_and_logprobs(ran: Callable[[str], Played], spoken: Callable[..., Played]) -> None:
    *tokens, usage = ran("usage_and_logprobs").texts
    assert len(tokens) > 10
    for text in tokens:
        bar, percent = text[:10].rstrip(), int(text[11:15].strip().removesuffix("%"))
        assert bar == "#" * len(bar)
        assert abs(len(bar) * 10 - percent) <= 6
    assert "'output_tokens': 16" in usage
    assert spoken("usage_and_logprobs").texts[0] == "no logprobs: this server sends none"


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_30_structured_output(ran: Callable[[str], Played], spoken: Callable[..., Played]) -> None:
    def counts(played: Played) -> dict[str, tuple[int, str]]:
        told = [line.text.partition(" gave ") for line in played.among(" gave ")]
        return {way: (int(said.split()[0]), said.rpartition("then ")[2]) for way, _, said in told}

    whole = counts(spoken("structured_output", language="json", rate="0", delay="0"))
    assert whole["json_schema class"][0] == whole["function_calling class"][0] == 1
    assert whole["json_mode class"][0] == 4  # as often as a list is valid
    assert min(whole[f"{method} schema"][0] for method in ("json_schema", "json_mode")) > 10
    assert whole["function_calling schema"][0] > 1
    cut = counts(ran("structured_output"))
    assert cut["json_schema class"] == (0, "LengthFinishReasonError")
    assert cut["json_schema schema"][0] > 5
    assert cut["function_calling class"][0] == cut["function_calling schema"][0] == 0


def test_31_agent_stream(ran: Callable[[str], Played], spoken: Callable[..., Played]) -> None:
    streams(ran("agent_stream").among("{'type': 'text'"))
    played = spoken("agent_stream", thinking="reasoning", thinking_length="4")
    order = ("reasoning", "tool_call_chunk", "tool-started", "tool-output-delta", "tool-finished", "'text'")
    first = [played.texts.index(played.among(part)[0].text) for part in order]
    assert first == sorted(first)
    assert len(played.among("tool-output-delta")) == 5
    assert [text for text in played.texts if text.startswith("updates")] == [
        "updates  model",
        "updates  tools",
        "updates  model",
    ]


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_32_v3_projections(ran: Callable[[str], Played], spoken: Callable[..., Played]) -> None:
    played = ran("v3_projections")
    streams([line for line in played.lines if line.text.startswith("text ")])
    streams([line for line in played.lines if line.text.startswith("graph ")])
    (opened,), (read,) = played.among("opened, not read"), played.among("now it is read")
    (begun,) = played.among("the node begins")
    assert opened.at < read.at < begun.at
    heard = [line.text.rpartition(" ")[2] for line in played.among("heard by callbacks")]
    assert min(map(int, heard)) > 10
    thinking = spoken("v3_projections", thinking="reasoning_content", thinking_length="4")
    assert len(thinking.among("reasoning '")) == 4


def test_33_stream_parts(ran: Callable[[str], Played]) -> None:
    played = ran("stream_parts")
    inner = [line for line in played.lines if line.text.startswith("messages ns ['outer']")]
    streams(inner)
    last = played.texts.index("subgraphs=False")
    assert played.texts[last - 1] == "updates  ns [] ['outer']"
    whole, update = played.lines[last + 1 :]
    assert whole.text.startswith("messages ns [] '")
    assert update.text == "updates  ns [] ['outer']"


def test_34_interrupts(ran: Callable[[str], Played]) -> None:
    played = ran("interrupts")
    streams([line for line in played.lines if line.text.startswith("draft ")])
    assert played.texts.count("the node approve begins") == 2
    (asked,) = played.among("__interrupt__")
    assert "publish?" in asked.text
    assert [line.text for line in played.among("next: ")] == ["next: ('approve',)", "next: ()"]
    assert played.among("approved: yes")


def test_35_nostream(ran: Callable[[str], Played]) -> None:
    played = ran("nostream")
    tokens = {
        name: [t for t in played.texts if t.startswith(f"{name}: ")] for name in ("plain", "quiet", "older")
    }
    assert len(tokens["quiet"]) == 1
    assert min(len(tokens["plain"]), len(tokens["older"])) > 3
    updates = [text for text in played.texts if text.startswith("updates: ")]
    assert updates == ["updates: plain", "updates: quiet", "updates: older"]


def test_36_what_stops_a_model(ran: Callable[[str], Played]) -> None:
    *ways, yours = ran("what_stops_a_model").texts
    sent = {text[:40].strip(): int(text[40:].split()[0]) for text in ways}
    to_the_end = {"chain, break", "chain, close", "chain, a step further back raises"}
    assert {way for way, chunks in sent.items() if chunks == 100} == to_the_end
    assert len(sent) == 9
    assert int(yours.split(": ")[1].split()[0]) > 15


def test_37_streamlit_page(ran: Callable[[str], Played]) -> None:
    played = ran("streamlit_page")
    (begun,) = [line for line in played.lines if line.text == "as_the_tutorial_did"]
    truly = played.among("truly '")
    letters = played.among("as_the_tutorial_did '")
    streams(truly)
    streams(letters)
    assert letters[0].at - begun.at > SPREAD  # the whole reply was waited for
    assert all(len(line.text.split(" ", 1)[1]) == 3 for line in letters)


def test_38_embeddings_retriever(ran: Callable[[str], Played]) -> None:
    found, *answer = ran("embeddings_retriever").lines
    assert found.text == "chunk 1: ['Harrison has worked at Kensho.', 'Harrison likes spicy food.']"
    streams(answer)


def test_39_held_back(ran: Callable[[str], Played]) -> None:
    played = ran("held_back")
    for name in ("straight", "gathered, with the header"):
        streams(played.among(f"{name}: '"))
    for name in ("gathered", "asked for 4096 bytes"):
        at_once(played.among(f"{name}: '"))


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainDeprecationWarning")
@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize("name", list(lessons()))
def test_all_run_by_a_script(name: str, spoken: Callable[..., Played]) -> None:
    language = "json" if lessons()[name].json else "en"
    played = spoken(name, length="40", language=language, rate="0", delay="0")
    assert played.lines
