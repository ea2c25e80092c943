from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk

from components.providers import Choice
from components.providers.vertexai import VertexAI
from components.settings import Settings
from components.streaming.faults import Failure
from tests.servers.vertex import Vertex
from tests.servers.vertex_plan import parse as plan_of
from tests.servers.vertex_plan import text

# The rest comes when the first half has been read.
HELD = "chunks=8,hold_after=4"


def _check(chunks: list[Any], vertex: Vertex) -> None:
    added = sum(chunks[1:], chunks[0])
    assert isinstance(added, AIMessageChunk)
    assert added.content == text(plan_of(HELD))
    assert sum(bool(chunk.content) for chunk in chunks) == 8
    assert added.response_metadata["finish_reason"] == "STOP"
    assert added.usage_metadata is not None
    assert (added.usage_metadata["input_tokens"], added.usage_metadata["output_tokens"]) == (4, 8)
    vertex.server.wait_for("finished")


def test_stream(vertex: Vertex) -> None:
    stream = vertex.open(HELD).model.stream("hi")
    chunks = [next(stream) for _ in range(4)]
    vertex.server.release()
    _check([*chunks, *stream], vertex)


async def test_astream(vertex: Vertex) -> None:
    stream = vertex.open(HELD).model.astream("hi")
    chunks = [await anext(stream) for _ in range(4)]
    vertex.server.release()
    _check([*chunks, *[chunk async for chunk in stream]], vertex)


async def test_astream_events(vertex: Vertex) -> None:
    streamed: list[Any] = []
    async for event in vertex.open(HELD).model.astream_events("hi"):
        if event["event"] == "on_chat_model_stream":
            streamed.append(event["data"]["chunk"])
            if len(streamed) == 4:
                vertex.server.release()
    assert "".join(chunk.content for chunk in streamed) == text(plan_of(HELD))
    assert event["event"] == "on_chat_model_end"


async def test_invoke(vertex: Vertex) -> None:
    connection = vertex.open()
    for message in (connection.model.invoke("hi"), await connection.model.ainvoke("hi")):
        assert message.content == text(plan_of("gemini-x"))
        assert message.response_metadata["finish_reason"] == "STOP"
        assert message.usage_metadata is not None
        assert message.usage_metadata["output_tokens"] == 10


def test_the_request_says_what_was_chosen(vertex: Vertex) -> None:
    choice = vertex.choice(location="europe-west4", project="my-project")
    model = vertex.provider.open(Choice("vertexai", "gemini-x", 0.25, 77, choice.values)).model
    vertex.server.forget()
    model.invoke("hi")
    request = vertex.server.wait_for("request")
    resource = "projects/my-project/locations/europe-west4/publishers/google/models/gemini-x"
    assert resource in request["body"]["model"]
    config = request["body"]["generation_config"]
    assert config["temperature"] == 0.25
    assert config["max_output_tokens"] == 77


def test_missing(vertex: Vertex, no_gcloud: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(settings: Settings | None = None, **values: str) -> tuple[str, ...]:
        return VertexAI(settings or Settings()).missing(Choice("vertexai", values=values))

    assert missing() == ("project", "credentials")
    assert missing(project="p") == ("credentials",)
    assert missing(Settings.load(None, {"GOOGLE_CLOUD_PROJECT": "p"})) == ("credentials",)
    assert missing(credentials=vertex.account.json()) == ()
    assert missing(credentials=vertex.account.json(project_id=None)) == ("project",)
    for path in ("/no/such/file", vertex.account.json()):  # and what should stand in one
        nowhere = Settings(variables={"GOOGLE_APPLICATION_CREDENTIALS": path})
        assert missing(nowhere, project="p") == ("credentials",)
    with pytest.raises(Failure) as caught:
        VertexAI(Settings()).open(Choice("vertexai"))
    assert caught.value.fault.params == {"fields": "project, credentials"}
    (no_gcloud / "application_default_credentials.json").write_text('{"quota_project_id": "p"}')
    assert missing() == ()
    (no_gcloud / "application_default_credentials.json").unlink()
    monkeypatch.setenv("K_SERVICE", "lab")
    assert missing() == ()


def test_no_sdk_is_imported_before_open(no_gcloud: Path) -> None:
    code = (
        "import sys; before = set(sys.modules); from components.providers.vertexai import VertexAI; "
        "from components.settings import Settings; from components.providers import Choice; "
        "VertexAI(Settings()).missing(Choice('vertexai')); print(*set(sys.modules) - before)"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    sdks = {"google", "grpc", "vertexai", "requests", "langchain_core", "langchain_google_vertexai"}
    imported = {name.partition(".")[0] for name in run.stdout.split()}
    assert "components" in imported
    assert imported & sdks == set()


def test_names(vertex: Vertex) -> None:
    names = [field.name for field in vertex.provider.fields]
    assert names == ["project", "location", "credentials", "api_endpoint"]
    models = vertex.provider.models
    assert len(set(models)) == len(models) > 2
    for model in models:
        assert vertex.open(model).window > 100_000
