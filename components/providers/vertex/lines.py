"""A line to Vertex AI, over gRPC or REST, that any thread can close while another waits in it.

Closing a gRPC channel cancels its calls and wakes the threads that wait in them. Over REST neither closing
the response nor the session does: both wait for the reader. Shutting its socket down does.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol

from google.api_core.client_options import ClientOptions
from google.auth.credentials import Credentials
from google.cloud.aiplatform_v1beta1.services.prediction_service import PredictionServiceClient
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter

from components.streaming.faults import Failure, fault_of_body

# Characters.
LONGEST_ERROR: Final = 4000


class Line(Protocol):
    """A client, and with `close`, which any thread may call at any time, the end of its calls."""

    @property
    def client(self) -> PredictionServiceClient: ...

    def close(self) -> None: ...


def dial(credentials: Credentials, endpoint: str, transport: str) -> Line:
    """Make a client for `endpoint` ("host:port"); takes 1-2 ms, connects at its first call."""
    client = PredictionServiceClient(
        credentials=credentials,
        client_options=ClientOptions(api_endpoint=endpoint),
        transport=transport,
    )
    return RestLine(client) if transport == "rest" else GrpcLine(client)


@dataclass(frozen=True, slots=True)
class GrpcLine:
    client: PredictionServiceClient

    def close(self) -> None:
        self.client.transport.close()  # type: ignore[no-untyped-call]


class RestLine:
    def __init__(self, client: PredictionServiceClient) -> None:
        self.client = client
        self._sockets = _Sockets()
        session: Session = vars(client.transport)["_session"]  # there is no public way to it
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter(self._sockets))

    def close(self) -> None:
        self._sockets.shut()
        self.client.transport.close()  # type: ignore[no-untyped-call]


@dataclass(slots=True)
class _Sockets:
    opened: list[socket.socket] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, connected: socket.socket) -> None:
        with self._lock:
            self.opened.append(connected)
            closed = self._closed
        if closed:
            _shut(connected)

    def keep(self, response: Response) -> None:
        with self._lock:
            self.responses.append(response)
            closed = self._closed
        if closed:
            response.close()

    def shut(self) -> None:
        with self._lock:
            self._closed = True
            opened, responses = tuple(self.opened), tuple(self.responses)
        for connected in opened:
            _shut(connected)
        for response in responses:
            response.close()  # doesn't wait any more: its reader has met the end


def _shut(connected: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself
        # Not `connected.shutdown`: a TLS socket would first drop the state its reader is using.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Notes the sockets of the connections it makes."""

    def __init__(self, sockets: _Sockets) -> None:
        super().__init__()
        self._sockets = sockets

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        response = super().send(request, *args, **kwargs)
        self._sockets.keep(response)
        vars(response)["iter_content"] = partial(_until_an_error, response.iter_content)
        return response

    def get_connection_with_tls_context(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        pool = super().get_connection_with_tls_context(request, *args, **kwargs)
        if pool.ConnectionCls is type(pool).ConnectionCls:
            pool.ConnectionCls = _noting(pool.ConnectionCls, self._sockets.add)
        return pool


def _until_an_error(read: Callable[..., Iterator[Any]], *args: Any, **kwargs: Any) -> Iterator[Any]:
    """An error in mid-reply is one more element of the array, which Google's client takes for an empty one.

    Raises:
        Failure: at the end of a body whose last element is an error.
    """
    tail: deque[Any] = deque(maxlen=LONGEST_ERROR)
    for piece in read(*args, **kwargs):
        tail.extend(piece)
        yield piece
    text = "".join(one for one in tail if isinstance(one, str))  # a reply that is no stream is read as bytes
    if error := re.search(r'\{\s*"error"\s*:.*\}', text, re.DOTALL):
        with suppress(ValueError):
            raise Failure.of(fault_of_body(json.loads(error[0])))


def _noting(connection: type[Any], note: Callable[[socket.socket], None]) -> type[Any]:
    def connect(self: Any) -> None:
        connection.connect(self)
        note(self.sock)

    return type(connection.__name__, (connection,), {"connect": connect})
