"""What is wrong before a server answers: its certificate, its scheme, its name, a proxy. On real sockets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.chat_bytes import chunk, stream
from tests.runs import KEY, by_each, openai
from tests.servers.certificate import Certificate, make
from tests.servers.raw import Answer, Raw, answering
from tests.terminal import piped

WHOLE = Answer((stream(chunk("Hi"), chunk(finish="stop")),))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make(tmp_path_factory.mktemp("certificate"))


@asynccontextmanager
async def over_tls(certificate: Certificate, folder: Path) -> AsyncIterator[str]:
    """The base URL of a server that does chat completions over TLS."""
    (folder / "both.pem").write_bytes(certificate.key + certificate.chain)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "both.pem")
    raw = Raw(lambda request: WHOLE)
    async with await asyncio.start_server(raw.serve, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


@asynccontextmanager
async def saying(answer: bytes) -> AsyncIterator[str]:
    """The address of a server that says this to whatever comes, and hangs up; what still comes then is read:
    else the client could be told of a reset instead.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        writer.write_eof()
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def told(base_url: str) -> dict[str, str]:
    """Every method's fault, which is the same: its kind and params; it is not tried again."""
    faults = []
    for got in (await by_each(openai(base_url, "m"))).values():
        assert got.report.fault is not None
        assert got.report.attempts == 1
        faults.append({"kind": got.kind, **got.report.fault.params})
    assert all(fault == faults[0] for fault in faults)
    return faults[0]


async def test_a_certificate_of_an_authority_that_nobody_knows(
    certificate: Certificate, tmp_path: Path
) -> None:
    async with over_tls(certificate, tmp_path) as base_url:
        fault = await told(base_url)
        assert fault == {"kind": "certificate", "detail": "unable to get local issuer certificate"}
        given = {"PROVIDER": "openai", "OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": KEY, "MODEL": "m"}
        refused = await asyncio.to_thread(piped, tmp_path, "Hi", variables=given)
        assert refused.returncode == 1
        assert b"is not trusted: unable to get local issuer certificate." in refused.stderr
        assert b"SSL_CERT_FILE" in refused.stderr
        given["SSL_CERT_FILE"] = str(certificate.roots)
        trusted = await asyncio.to_thread(piped, tmp_path, "Hi", variables=given)
        assert (trusted.returncode, trusted.stdout) == (0, b"Hi\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"-ERR unknown command\r\n",
    ],
)
async def test_https_to_a_server_without_tls(answer: bytes) -> None:
    async with saying(answer) as address:
        assert await told(f"https://{address}/v1") == {"kind": "wrong_scheme", "scheme": "http://"}


@pytest.mark.parametrize(
    "words",
    [
        "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
        "Client sent an HTTP request to an HTTPS server.\n",
        "Your browser sent a request that this server could not understand. Reason: You're speaking plain "
        "HTTP to an SSL-enabled server port.",
    ],
)
async def test_http_to_a_server_that_says_that_it_wants_tls(words: str) -> None:
    async with answering(Answer((words.encode(),), 400, "text/html")) as server:
        fault = await told(server.base_url)
    assert (fault["kind"], fault["scheme"]) == ("wrong_scheme", "https://")


async def test_http_to_a_server_that_answers_in_tls() -> None:
    async with saying(bytes.fromhex("15030100020246")) as address:
        assert await told(f"http://{address}/v1") == {"kind": "wrong_scheme", "scheme": "https://"}


REFUSES = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("answers", [True, False])
async def test_a_proxy_that_lets_nothing_through(tmp_path: Path, scheme: str, answers: bool) -> None:
    async with saying(REFUSES) as address:
        variable = f"{scheme.upper()}_PROXY"
        proxy = f"http://{address if answers else '127.0.0.1:9'}"
        given = {"PROVIDER": "openai", "OPENAI_API_KEY": KEY, "MODEL": "m", variable: proxy}
        given |= {"OPENAI_BASE_URL": f"{scheme}://models.example/v1"}
        done = await asyncio.to_thread(piped, tmp_path, "Hi", variables=given)
    assert done.returncode == 1
    assert done.stderr.decode().startswith(f"The proxy in {variable} can't be used.")
    assert ("407" in done.stderr.decode()) == (answers and scheme == "https")


async def test_a_proxy_of_no_known_kind(tmp_path: Path) -> None:
    given = {"PROVIDER": "openai", "OPENAI_API_KEY": KEY, "MODEL": "m", "ALL_PROXY": "socks://127.0.0.1:9"}
    given |= {"OPENAI_BASE_URL": "http://models.invalid/v1"}
    done = await asyncio.to_thread(piped, tmp_path, "Hi", variables=given)
    assert done.stderr.decode().startswith("The proxy in ALL_PROXY can't be used.")


async def test_a_name_that_leads_nowhere(tmp_path: Path) -> None:
    given = {"PROVIDER": "openai", "OPENAI_API_KEY": KEY, "MODEL": "m"}
    given |= {"OPENAI_BASE_URL": "http://models.invalid/v1"}
    done = await asyncio.to_thread(piped, tmp_path, "Hi", variables=given)
    assert "The host name models.invalid can't be resolved." in done.stderr.decode()
