from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.providers import Choice
from components.providers.vertexai import VertexAI
from components.settings import Settings
from components.streaming.faults import Failure
from components.streaming.text import forms_of, strike
from tests.servers.vertex import Vertex


def test_the_tokens_are_signed_with_the_uploaded_key(vertex: Vertex) -> None:
    from google.auth import jwt

    vertex.open().model.invoke("hi")
    request = vertex.server.wait_for("request")
    token = request["headers"]["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, certs=vertex.account.public)  # type: ignore[no-untyped-call]
    assert claims["iss"] == "lab@from-the-json.iam.gserviceaccount.com"
    assert "projects/from-the-json/" in request["body"]["model"]


def test_a_file_named_in_the_settings(vertex: Vertex, tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    path.write_text(vertex.account.json())
    provider = VertexAI(
        Settings(
            variables={"GOOGLE_APPLICATION_CREDENTIALS": str(path), "GOOGLE_CLOUD_PROJECT": "of-settings"}
        )
    )
    values = {"api_endpoint": vertex.server.address}
    assert provider.missing(Choice("vertexai")) == ()
    vertex.server.forget()
    connection = provider.open(Choice("vertexai", "gemini-x", values=values))
    assert connection.model.invoke("hi").content
    assert "projects/of-settings/" in vertex.server.wait_for("request")["body"]["model"]


def test_the_machines_credentials_go_to_no_strangers_host(vertex: Vertex, tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    path.write_text(vertex.account.json())
    provider = VertexAI(Settings(variables={"GOOGLE_APPLICATION_CREDENTIALS": str(path)}))
    for host in ("evil.example:443", "googleapis.com.evil.example", "evilgoogleapis.com", "localhost.evil:1"):
        with pytest.raises(Failure) as caught:
            provider.open(Choice("vertexai", values={"api_endpoint": host}))
        assert caught.value.fault.params == {"field": "api_endpoint"}
    with pytest.raises(Failure) as caught:
        provider.open(Choice("vertexai", values={"location": "evil.example/"}))
    assert caught.value.fault.params == {"field": "location"}
    ours = {"api_endpoint": "us-central1-aiplatform.p.googleapis.com"}
    provider.open(Choice("vertexai", "gemini-x", values=ours)).close()


BAD = ("not JSON", "[]", '"text"', "{}", '{"type": "authorized_user"}', '{"type": "external_account"}')
PARTS: tuple[dict[str, Any], ...] = (
    *({name: None} for name in ("private_key", "client_email", "token_uri")),
    *({"private_key": key} for key in ("-----BEGIN PRIVATE KEY-----\nx", "", 5)),
)


@pytest.mark.parametrize("bad", [*BAD, *PARTS])
def test_an_upload_that_is_no_service_account(vertex: Vertex, bad: str | dict[str, Any]) -> None:
    upload = bad if isinstance(bad, str) else vertex.account.json(**bad)
    with pytest.raises(Failure) as caught:
        vertex.open(credentials=upload, project="p")
    assert (caught.value.fault.kind, caught.value.fault.params) == ("bad_setting", {"field": "credentials"})
    assert vertex.account.private[40:80] not in repr(caught.value)


def test_a_key_is_a_secret_in_every_form(vertex: Vertex) -> None:
    connection = vertex.open()
    for logged in (vertex.account.private, vertex.account.json()):
        assert vertex.account.private[40:80] not in strike(logged, forms_of(connection.secrets))
    shown = repr(connection) + repr(connection.model) + repr(vertex.choice())
    assert vertex.account.private[40:80] not in shown
