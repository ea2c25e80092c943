"""The calls of one run: each has a client of its own, so that ending the call is closing its channel."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import Cancelled
from google.auth.credentials import Credentials
from google.cloud.aiplatform_v1beta1.services.prediction_service import PredictionServiceClient

from components.providers.vertex.faults import clearer
from components.streaming.connection import NotSent, Wire


def _stopped() -> Cancelled:
    return Cancelled("The run was stopped.")  # type: ignore[no-untyped-call]


class Calls:
    """The calls under way in one run, told to its `wire`. `abort` ends all; none can begin after it."""

    def __init__(self, credentials: Credentials, endpoint: str) -> None:
        """`endpoint`: host and port."""
        self._credentials = credentials
        self._endpoint = endpoint
        self._clients: set[PredictionServiceClient] = set()
        self._lock = threading.Lock()
        self.aborted = False
        self.wire = Wire()

    @contextmanager
    def call(self) -> Iterator[PredictionServiceClient]:
        """A client for one call, closed on leaving.

        Raises:
            Cancelled: of google.api_core, whatever the broken call raised, once `abort` was called.
            NotSent: it is only looked at.
            Failure: what `clearer` makes of an error; the others pass.
        """
        if self.wire.dry:
            raise NotSent
        client = self._begin()
        self.wire.trace.phase("sent")
        try:
            yield client
        except Exception as error:
            if self.aborted:
                raise _stopped() from error
            failure = clearer(error, self._endpoint)
            if failure is error:
                raise
            raise failure from error
        finally:
            with self._lock:
                self._clients.discard(client)
            _close(client)

    def _begin(self) -> PredictionServiceClient:
        """Takes 1-2 ms; the client connects at its first call."""
        with self._lock:
            if self.aborted:
                raise _stopped()
            client = PredictionServiceClient(
                credentials=self._credentials, client_options=ClientOptions(api_endpoint=self._endpoint)
            )
            self._clients.add(client)
        return client

    def abort(self) -> None:
        with self._lock:
            self.aborted = True
            clients = tuple(self._clients)
        for client in clients:
            _close(client)


def _close(client: PredictionServiceClient) -> None:
    """Any thread may, at any time: its calls are cancelled, and the threads that wait in them wake."""
    client.transport.close()  # type: ignore[no-untyped-call]
