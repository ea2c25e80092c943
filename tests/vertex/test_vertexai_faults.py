from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from components.providers import Choice
from components.providers.vertexai import VertexAI
from components.settings import Settings
from components.streaming.faults import Fault, fault_from
from tests.servers.raw import Answer, answering
from tests.servers.vertex import Vertex

BEFORE_TEXT = {
    "status=400": "bad_request",
    "status=401": "unauthorized",
    "status=403": "forbidden",
    "status=404": "not_found",
    "status=429": "rate_limited",
    "status=500": "server_error",
    "status=503": "server_error",
    "status=504": "timeout",
    "drop_after=0": "dropped",
    "malformed_after=0": "malformed",
    "block=prompt,chunks=1": "content_filter",
}
AFTER_TEXT = {
    "hold_after=3,drop_after=3": "dropped",
    "malformed_after=3": "malformed",
    "status=503,fail_after=2": "server_error",
    "status=504,fail_after=2": "timeout",
}


def _stream(model: Any, held: Vertex | None = None) -> tuple[int, Fault]:
    """The chunks that came, and what the exception after them means. `held`: there, until three have come."""
    count = 0
    try:
        for _ in model.stream("hi"):
            count += 1
            if held is not None and count == 3:
                held.server.release()
    except Exception as error:  # noqa: BLE001 - what kind it is, is tested
        return count, fault_from(error, after_text=count > 0)
    raise AssertionError(f"nothing was raised in {count} chunks")


@pytest.mark.parametrize(("plan", "kind"), BEFORE_TEXT.items())
async def test_before_the_first_text(vertex: Vertex, plan: str, kind: str) -> None:
    model = vertex.open(plan).model
    count, fault = _stream(model)
    assert (count, fault.kind) == (0, kind)
    for call in (lambda: model.invoke("hi"), lambda: asyncio.run(model.ainvoke("hi"))):
        with pytest.raises(Exception) as caught:  # noqa: PT011
            await asyncio.to_thread(call)
        assert fault_from(caught.value).kind == kind
    if "status" in plan:
        assert fault.params["detail"] == f"made to fail with {plan[-3:]}"


def test_one_attempt(vertex: Vertex) -> None:
    model, server = vertex.open("status=503").model, vertex.server
    _stream(model)
    _stream(model)
    server.wait_for("request", 2)
    assert len(server.events("request")) == 2


def test_how_long_to_wait(vertex: Vertex) -> None:
    _, fault = _stream(vertex.open("status=429,retry=7").model)
    assert (fault.kind, fault.retryable, fault.retry_after) == ("rate_limited", True, 7)


@pytest.mark.parametrize(("plan", "kind"), AFTER_TEXT.items())
def test_in_mid_reply(vertex: Vertex, plan: str, kind: str) -> None:
    count, fault = _stream(vertex.open(plan).model, vertex if "hold" in plan else None)
    assert 0 < count <= 3
    assert fault.kind == kind


@pytest.mark.parametrize("plan", ["stall_after=0", "stall_after=3"])
def test_deadline(vertex: Vertex, plan: str) -> None:
    _, fault = _stream(vertex.open(plan).model.bind(timeout=1))
    assert fault.kind == "timeout"
    vertex.server.wait_for("cancelled")


@pytest.mark.parametrize("host", ["refused", "unknown.invalid:443"])
def test_nobody_there(vertex: Vertex, host: str) -> None:
    endpoint = vertex.refused if host == "refused" else host
    _, fault = _stream(vertex.open(api_endpoint=endpoint).model)
    assert (fault.kind, fault.params) == ("unreachable", {"address": endpoint})


@pytest.mark.parametrize("reason", ["", "SAFETY", "MAX_TOKENS"])
def test_the_finish_reason_is_told_as_it_is(vertex: Vertex, reason: str) -> None:
    chunks: list[Any] = list(vertex.open(f"finish={reason}").model.stream("hi"))
    added = sum(chunks[1:], chunks[0])
    assert added.response_metadata.get("finish_reason", "") == reason
    assert added.content


async def test_no_token_for_the_machine(vertex: Vertex, tmp_path: Path) -> None:
    subject, path = tmp_path / "subject", tmp_path / "external.json"
    subject.write_text("a token of another identity provider")
    refusal = b'{"error": "invalid_grant", "error_description": "account not found"}'

    async def fault_of(address: str) -> str:
        external = {
            "type": "external_account",
            "audience": "//iam.googleapis.com/locations/global/workforcePools/pool/providers/p",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{address}/token",
            "credential_source": {"file": str(subject)},
        }
        path.write_text(json.dumps(external))
        own = {"GOOGLE_APPLICATION_CREDENTIALS": str(path), "GOOGLE_CLOUD_PROJECT": "p"}
        choice = Choice("vertexai", "gemini-x", values={"api_endpoint": vertex.server.address})
        model = VertexAI(Settings(variables=own)).open(choice).model
        _, fault = await asyncio.to_thread(_stream, model)
        return fault.kind

    async with answering(Answer((refusal,), 400, "application/json")) as listening:
        assert await fault_of(listening.base_url) == "unauthorized"
    assert await fault_of(f"http://{vertex.refused}") == "unreachable"
