"""What a run shows: the same text by every method, in frames whose number doesn't follow the chunks'."""

from __future__ import annotations

import asyncio

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableLambda

from components.providers import Choice
from components.providers.openai import OpenAI
from components.providers.scripted import Scripted
from components.settings import METHODS, Settings
from components.streaming import Connection, Frame, Live, Verdict
from components.streaming.meter import HELD_BACK_RATIO
from components.streaming.records import Phase
from tests.runs import KEY, Got, by_each, check_frames, collect, openai, source_of
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import pieces

every_method = pytest.mark.parametrize("method", METHODS)
STREAMS = tuple(method for method in METHODS if method != "invoke")


@every_method
async def test_a_reply(openai_server: OpenAIServer, method: str) -> None:
    got = await collect(openai(openai_server.base_url, "chunks=30,rate=100"), method)

    check_frames(got.frames)
    assert got.text == "".join(pieces("lorem", 30))
    report = got.report
    assert report.fault is None
    assert report.method == method
    assert report.verdict is (Verdict.ONE_PIECE if method == "invoke" else Verdict.STREAMED)
    assert report.outcome.finish_reason == "stop"
    assert report.outcome.output_tokens == 30
    assert (report.outcome.input_tokens or 0) > 0
    assert report.characters == len(got.text)
    assert (report.chunks == 1) if method == "invoke" else (report.chunks >= 30)
    assert report.attempts == 1
    assert report.closed_after is None
    assert report.first_token is not None
    assert 0 < report.first_token <= report.seconds


@every_method
@pytest.mark.parametrize("text", ["emoji", "rtl", "markdown", "json"])
async def test_any_text_arrives_whole(openai_server: OpenAIServer, method: str, text: str) -> None:
    got = await collect(openai(openai_server.base_url, f"chunks=60,text={text}"), method)

    check_frames(got.frames)
    assert got.text == "".join(pieces(text, 60))


@every_method
async def test_a_reply_that_comes_byte_by_byte(openai_server: OpenAIServer, method: str) -> None:
    got = await collect(openai(openai_server.base_url, "chunks=20,text=emoji,bytewise"), method)

    assert got.text == "".join(pieces("emoji", 20))
    assert got.report.outcome.finish_reason == "stop"


@every_method
async def test_four_thousand_chunks_at_once_are_few_frames(openai_server: OpenAIServer, method: str) -> None:
    got = await collect(openai(openai_server.base_url, "chunks=4000"), method)

    print(f"{method}: {len(got.frames)} frames in {got.report.seconds:.2f} s")
    check_frames(got.frames)
    assert got.text == "".join(pieces("lorem", 4000))
    assert got.report.chunks >= (1 if method == "invoke" else 4000)
    # At most one every 50 ms, and the first and the last.
    assert len(got.frames) <= got.report.seconds / 0.05 + 4


@pytest.mark.parametrize("method", ["stream", "invoke"])
async def test_two_hundred_thousand_characters(openai_server: OpenAIServer, method: str) -> None:
    whole = "".join(pieces("json", 3000, 70))
    assert len(whole) > 200_000
    got = await collect(openai(openai_server.base_url, "chunks=3000,text=json,size=70"), method)

    print(f"{method}: {len(got.frames)} frames in {got.report.seconds:.2f} s")
    assert got.text == whole


async def test_a_steady_reply_is_shown_at_the_pace(openai_server: OpenAIServer) -> None:
    async def steady(method: str) -> Got:
        """With holds, so that there are some frames however late this process is."""
        plan = f"chunks=150,rate=100,hold_after=30+60+90+120,id=steady-{method}"

        def release(frame: Frame) -> None:
            if frame.text:
                openai_server.release(f"steady-{method}")

        return await collect(openai(openai_server.base_url, plan), method, seen=release)

    each = await asyncio.gather(*map(steady, STREAMS))
    for method, got in zip(STREAMS, each, strict=True):
        print(f"{method}: {len(got.frames)} frames, {got.report.tokens_per_second:.1f} tokens/s")
        check_frames(got.frames)
        with_text = [frame for frame in got.frames if frame.text]
        assert 5 <= len(with_text) <= got.report.seconds / 0.05 + 4
        assert len({frame.text for frame in with_text}) >= len(with_text) - 2
        assert got.report.tokens_per_second


async def test_the_first_text_is_not_paced(openai_server: OpenAIServer) -> None:
    async def first(method: str) -> None:
        """Shown while nothing more comes; the rest is a frame a second."""
        live = Live()
        live.count = 400
        plan = f"chunks=15,rate=10,hold_after=1,id=first-{method}"

        def release(frame: Frame) -> None:
            if frame.text:
                openai_server.release(f"first-{method}")

        got = await collect(openai(openai_server.base_url, plan), method, live=live, seen=release)
        assert next(frame.text for frame in got.frames if frame.text) == "Lorem"
        assert len(got.frames) < 13

    await by_each(openai(openai_server.base_url, "gpt"), STREAMS)  # imports are no part of it
    await asyncio.gather(*map(first, STREAMS))


async def test_that_it_waits_is_said_before_the_text(openai_server: OpenAIServer) -> None:
    async def waits(method: str) -> None:
        plan = f"chunks=3,hold_after=0,id=waits-{method}"

        def release(frame: Frame) -> None:
            openai_server.release(f"waits-{method}")

        got = await collect(openai(openai_server.base_url, plan), method, seen=release)
        assert got.frames[0].text == "", method
        assert sum(not frame.text for frame in got.frames) == 1

    await asyncio.gather(*map(waits, METHODS))


async def test_a_reply_that_was_held_back_is_said_to_be(openai_server: OpenAIServer) -> None:
    """Unless this process could not look for so long that nobody knows."""
    each = await by_each(openai(openai_server.base_url, "first=1.5,chunks=60"))

    for method, got in each.items():
        records = [record for frame in got.frames for record in frame.records]
        (late,) = [one.seconds or 0.0 for one in records if isinstance(one, Phase) and one.phase == "late"]
        waited = got.report.first_token or 0.0
        known = HELD_BACK_RATIO * late < waited and got.report.seconds - waited < 0.1
        assert got.report.verdict is Verdict.ONE_PIECE or not known, (method, late)


async def test_a_late_reply_was_not_held_back(openai_server: OpenAIServer) -> None:
    each = await by_each(openai(openai_server.base_url, "first=1,chunks=20,rate=20"), STREAMS)

    assert {method: got.report.verdict for method, got in each.items()} == dict.fromkeys(
        STREAMS, Verdict.STREAMED
    )


@every_method
async def test_a_reply_that_reached_its_length(openai_server: OpenAIServer, method: str) -> None:
    choice = Choice(
        "openai", "gpt-x", max_tokens=5, values={"api_key": KEY, "base_url": openai_server.base_url}
    )
    got = await collect(lambda: source_of(OpenAI(Settings()).open(choice)), method)

    assert got.text == "".join(pieces("lorem", 5))
    assert got.report.outcome.finish_reason == "length"
    assert got.report.fault is None


@every_method
async def test_a_bare_model_and_a_chain_give_the_same_text(openai_server: OpenAIServer, method: str) -> None:
    choice = Choice("openai", "gpt-x", values={"api_key": KEY, "base_url": openai_server.base_url})

    def open_bare() -> Connection:
        connection = OpenAI(Settings()).open(choice)
        return connection.with_chain(connection.model, [HumanMessage("Hi")])

    got = await collect(open_bare, method)

    assert got.text == "".join(pieces("lorem", 20))


@every_method
async def test_a_chain_without_a_model_has_no_finish_reason_to_miss(method: str) -> None:
    got = await collect(lambda: Connection(RunnableLambda(str.upper), "hear"), method)

    assert got.text == "HEAR"
    assert got.report.fault is None


@every_method
async def test_the_scripted_provider_streams_like_the_others(method: str) -> None:
    choice = Choice("scripted", values={"delay": "0", "rate": "40", "length": "40"})
    got = await collect(lambda: source_of(Scripted(Settings()).open(choice)), method)

    check_frames(got.frames)
    assert got.text.startswith("**Streaming**")
    assert got.report.outcome.output_tokens == 40
    assert got.report.verdict is (Verdict.ONE_PIECE if method == "invoke" else Verdict.STREAMED)


async def test_forty_sync_runs_all_get_their_turn(openai_server: OpenAIServer) -> None:
    """No model goes on before all have shown text."""
    live, shown = Live(), set[int]()

    async def one(number: int) -> Got:
        def release(frame: Frame) -> None:
            if frame.text and number not in shown:
                shown.add(number)
                if len(shown) == 40:
                    openai_server.release("forty", 40)

        plan = "chunks=100,rate=50,hold_after=20,id=forty"
        return await collect(openai(openai_server.base_url, plan), "stream", live=live, seen=release)

    async with asyncio.timeout(200):
        each = await asyncio.gather(*map(one, range(40)))
    assert {got.text for got in each} == {"".join(pieces("lorem", 100))}
    assert live.count == 0
