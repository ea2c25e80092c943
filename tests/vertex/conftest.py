"""The Vertex stand-in, a service account that exists nowhere else, and no way to Google's own hosts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.servers.stand_in import StandIn
from tests.servers.vertex import ServiceAccount, Vertex


@pytest.fixture(scope="session")
def account() -> ServiceAccount:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return ServiceAccount(private.decode(), public.decode())


@pytest.fixture(scope="session")
def vertex(account: ServiceAccount) -> Iterator[Vertex]:
    """One server a session: gRPC reads its roots once, with its first channel in a process."""
    server = StandIn("tests.servers.vertex_grpc")
    with server, socket.socket() as unheard, pytest.MonkeyPatch.context() as environ:
        unheard.bind(("127.0.0.1", 0))
        refused = f"localhost:{unheard.getsockname()[1]}"
        environ.setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", str(server.ready["roots"]))
        # google-auth asks iamcredentials.googleapis.com about each service account, in the background.
        for proxy in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
            environ.setenv(proxy, f"http://{refused}")
        for exempt in ("NO_PROXY", "no_proxy"):
            environ.setenv(exempt, "localhost,127.0.0.1")
        yield Vertex(server, account, refused)


@pytest.fixture
def no_gcloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine that has no credentials: gcloud's folder is an empty one, which is returned."""
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    for name in ("K_SERVICE", "GAE_SERVICE", "GCE_METADATA_HOST"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
