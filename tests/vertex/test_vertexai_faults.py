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
from tests.servers.vertex import TRANSPORTS, Vertex

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
AFTER_TEXT = {"drop_after=3,rate=50": "dropped", "malformed_after=3": "malformed"}
ONLY_GRPC = {"status=503,fail_after=2": "server_error", "status=504,fail_after=2": "timeout"}


def _stream(model: Any) -> tuple[int, Fault]:
    """The chunks that came, and what the exception after them means."""
    count = 0
    try:
        for _ in model.stream("hi"):
            count += 1
    except Exception as error:  # noqa: BLE001 - what kind it is, is tested
        return count, fault_from(error, after_text=count > 0)
    raise AssertionError(f"nothing was raised in {count} chunks")


@pytest.mark.parametrize(("plan", "kind"), BEFORE_TEXT.items())
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_before_the_first_text(vertex: Vertex, transport: str, plan: str, kind: str) -> None:
    model = vertex.open(transport, plan).model
    count, fault = _stream(model)
    assert (count, fault.kind) == (0, kind)
    for call in (lambda: model.invoke("hi"), lambda: asyncio.run(model.ainvoke("hi"))):
        with pytest.raises(Exception) as caught:  # noqa: PT011
            await asyncio.to_thread(call)
        assert fault_from(caught.value).kind == kind
    if "status" in plan:
        assert fault.params["detail"] == f"made to fail with {plan[-3:]}"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_one_attempt(vertex: Vertex, transport: str) -> None:
    model, server = vertex.open(transport, "status=503").model, vertex.servers[transport]
    _stream(model)
    _stream(model)
    server.wait_for("request", 2)
    assert len(server.events("request")) == 2


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_how_long_to_wait(vertex: Vertex, transport: str) -> None:
    _, fault = _stream(vertex.open(transport, "status=429,retry=7").model)
    assert (fault.kind, fault.retryable, fault.retry_after) == ("rate_limited", True, 7)


@pytest.mark.parametrize(
    ("transport", "plan", "kind"),
    [
        *((transport, *row) for transport in TRANSPORTS for row in AFTER_TEXT.items()),
        *(("grpc", *row) for row in ONLY_GRPC.items()),
    ],
)
def test_in_mid_reply(vertex: Vertex, transport: str, plan: str, kind: str) -> None:
    count, fault = _stream(vertex.open(transport, plan).model)
    assert 0 < count <= 3
    assert fault.kind == kind


@pytest.mark.parametrize("plan", ["stall_after=0", "stall_after=3"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_deadline(vertex: Vertex, transport: str, plan: str) -> None:
    _, fault = _stream(vertex.open(transport, plan).model.bind(timeout=1))
    assert fault.kind == "timeout"
    vertex.servers[transport].wait_for("cancelled")


@pytest.mark.parametrize("host", ["refused", "unknown.invalid:443"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_nobody_there(vertex: Vertex, transport: str, host: str) -> None:
    endpoint = vertex.refused if host == "refused" else host
    endpoint = f"http://{endpoint}" if transport == "rest" else endpoint
    _, fault = _stream(vertex.open(transport, api_endpoint=endpoint).model)
    assert (fault.kind, fault.params) == ("unreachable", {"address": endpoint})


def test_a_certificate_that_is_not_trusted(vertex: Vertex) -> None:
    # gRPC has the stand-in's authority among its roots; requests has not.
    _, fault = _stream(vertex.open("rest", api_endpoint=vertex.servers["grpc"].address).model)
    assert fault.kind == "unreachable"


@pytest.mark.parametrize("reason", ["", "SAFETY", "MAX_TOKENS"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_finish_reason_is_told_as_it_is(vertex: Vertex, transport: str, reason: str) -> None:
    chunks: list[Any] = list(vertex.open(transport, f"finish={reason}").model.stream("hi"))
    added = sum(chunks[1:], chunks[0])
    assert added.response_metadata.get("finish_reason", "") == reason
    assert added.content


@pytest.mark.parametrize(("listens", "kind"), [(True, "unauthorized"), (False, "unreachable")])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_no_token_for_the_machine(
    vertex: Vertex, tmp_path: Path, transport: str, listens: bool, kind: str
) -> None:
    subject, path = tmp_path / "subject", tmp_path / "external.json"
    subject.write_text("a token of another identity provider")
    endpoint = vertex.servers["rest"].address if listens else f"http://{vertex.refused}"
    external = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/locations/global/workforcePools/pool/providers/p",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{endpoint}/token",
        "credential_source": {"file": str(subject)},
    }
    path.write_text(json.dumps(external))
    own = {"GOOGLE_APPLICATION_CREDENTIALS": str(path), "GOOGLE_CLOUD_PROJECT": "p"}
    provider = VertexAI(Settings(variables=own))
    values = {"transport": transport, "api_endpoint": vertex.servers[transport].address}
    _, fault = _stream(provider.open(Choice("vertexai", "gemini-x", values=values)).model)
    assert fault.kind == kind
