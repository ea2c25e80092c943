"""A retryable fault before any text is tried again, said aloud; the server's clock tells when."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from components.settings import METHODS
from components.streaming import Verdict
from tests.runs import Got, check_frames, collect, openai
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import pieces


def gaps(server: OpenAIServer, model: str) -> list[float]:
    """Seconds between the requests for `model`."""
    return [after.received - before.received for before, after in pairwise(server.requests(model))]


def announced(got: Got) -> list[tuple[Any, Any, str]]:
    """Attempt, seconds and fault of each retry that was shown."""
    retries = [frame.retry for frame in got.frames if frame.retry]
    return list(dict.fromkeys((one.attempt, one.seconds, one.fault.kind) for one in retries if one.fault))


async def test_three_attempts_with_growing_waits_and_jitter(openai_server: OpenAIServer) -> None:
    models = {method: f"500,growing-{method}" for method in METHODS}
    runs = (collect(openai(openai_server.base_url, model), method) for method, model in models.items())
    each = await asyncio.gather(*runs)

    for got, model in zip(each, models.values(), strict=True):
        check_frames(got.frames)
        assert (got.kind, got.report.verdict, got.report.attempts) == ("server_error", Verdict.FAILED, 3)
        (two, first, why), (three, second, _) = announced(got)
        assert (two, three, why) == (2, 3, "server_error")
        assert 0.5 <= first <= 1.0
        assert 1.0 <= second <= 1.5
        waited = gaps(openai_server, model)
        print(f"{model}: said {first:.2f} and {second:.2f} s, took {waited[0]:.2f} and {waited[1]:.2f} s")
        assert len(waited) == 2
        assert first - 0.05 <= waited[0]
        assert second - 0.05 <= waited[1]
        assert got.frames[-1].retry is None
    assert len({announced(got)[0][1] for got in each}) == len(each)


async def test_a_rate_limit_is_waited_out(openai_server: OpenAIServer) -> None:
    models = {method: f"429,retry_after=1.5,fail_times=1,id={method}" for method in METHODS}
    runs = (collect(openai(openai_server.base_url, model), method) for method, model in models.items())
    each = await asyncio.gather(*runs)

    for got, model in zip(each, models.values(), strict=True):
        assert announced(got) == [(2, 1.5, "rate_limited")]
        assert got.text == "".join(pieces("lorem", 20))
        assert (got.kind, got.report.attempts) == ("", 2)
        assert got.report.first_token is not None
        assert got.report.first_token >= 1.5  # from before the first request, the wait included
        (waited,) = gaps(openai_server, model)
        assert waited >= 1.45


@pytest.mark.parametrize("method", METHODS)
async def test_a_long_wait_is_left_to_the_reader(openai_server: OpenAIServer, method: str) -> None:
    model = f"429,retry_after=60,long-{method}"
    got = await collect(openai(openai_server.base_url, model), method)

    assert got.kind == "rate_limited"
    assert got.report.fault is not None
    assert got.report.fault.retry_after == 60
    assert got.report.fault.retryable
    assert (len(openai_server.requests(model)), announced(got)) == (1, [])


@pytest.mark.parametrize("after", ["Wed, 21 Oct 2015 07:28:00 GMT", "soon", "-3", "nan"])
async def test_a_retry_after_that_is_no_number_of_seconds(openai_server: OpenAIServer, after: str) -> None:
    model = f"429,retry_after={after.replace(',', '')},fail_times=1,id=odd-{after[:3]}"
    got = await collect(openai(openai_server.base_url, model))

    ((attempt, seconds, _),) = announced(got)
    assert attempt == 2
    assert 0.5 <= seconds <= 1.0
    assert got.kind == ""


@pytest.mark.parametrize("method", ["stream", "astream", "astream_events"])
@pytest.mark.parametrize(
    "failure", ["drop_after=5", "truncate_after=5", "malformed_after=5", "error_after=5", "close_after=5"]
)
async def test_never_again_after_text(openai_server: OpenAIServer, method: str, failure: str) -> None:
    model = f"{failure},once-{method}"
    got = await collect(openai(openai_server.base_url, model), method)

    assert got.text == "".join(pieces("lorem", 5))
    assert got.report.fault is not None
    assert got.report.fault.retryable  # by the reader, who sees what there is
    assert (len(openai_server.requests(model)), announced(got)) == (1, [])


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_never_again_what_would_fail_again(openai_server: OpenAIServer, status: int) -> None:
    model = f"{status},final"
    got = await collect(openai(openai_server.base_url, model), "astream")

    assert got.report.fault is not None
    assert not got.report.fault.retryable
    assert len(openai_server.requests(model)) == 1
