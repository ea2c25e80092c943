"""A call by gRPC as code: each kind gives the text of the server that it asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.providers.code import KINDS
from tests.code_runs import of_each, printed, scripts
from tests.runs import KEY, collect, source_of
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import pieces
from tests.servers.raw import Answer, answering
from tests.servers.vertex import Vertex

# ChatVertexAI says at each use what will replace it.
pytestmark = [
    scripts,
    pytest.mark.filterwarnings(r"ignore:Use \[`ChatGoogleGenerativeAI`\]:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The class `ChatVertexAI` was deprecated"),
]
TOKEN = b'{"access_token": "%s", "token_type": "Bearer", "expires_in": 3600}' % KEY.encode()


@pytest.mark.parametrize("method", ["stream", "invoke", "astream_events"])
async def test_each_kind(method: str, vertex: Vertex, openai_server: OpenAIServer, tmp_path: Path) -> None:
    credentials = tmp_path / "account.json"
    opened = source_of(vertex.open("chunks=9"))
    got = await collect(lambda: opened, method)
    codes = of_each(vertex.provider, opened, method)
    async with answering(lambda request: Answer([TOKEN], content_type="application/json")) as tokens:
        credentials.write_text(vertex.account.json(token_uri=tokens.base_url))
        environment = {
            "GOOGLE_APPLICATION_CREDENTIALS": str(credentials),
            "GOOGLE_CLOUD_PROJECT": "mine",
            "GOOGLE_CLOUD_LOCATION": "here",
            "GOOGLE_ACCESS_TOKEN": KEY,
            "GOOGLE_VERTEX_BASE_URL": openai_server.address,
            "VERTEXAI_BASE_URL": f"{openai_server.address}/v1beta1/projects/mine/locations/here",
        }
        for kind in KINDS:
            source = codes[kind]
            assert "from-the-json" not in source, "the project is nobody else's"
            if kind == "langchain":
                source = source.replace("(\n", f"(\n    api_endpoint={vertex.server.address!r},\n", 1)
            said = got.text if kind == "langchain" else "".join(pieces("lorem", 9))
            assert (kind, await printed(kind, source, environment)) == (kind, said)
