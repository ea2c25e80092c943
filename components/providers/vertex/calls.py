"""The calls of one run: each has a client of its own, so that ending the call is closing its channel."""

import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import Cancelled, GoogleAPICallError
from google.auth.credentials import Credentials
from google.cloud.aiplatform_v1beta1.services.prediction_service import PredictionServiceClient
from google.cloud.aiplatform_v1beta1.types import (
    Candidate,
    GenerateContentRequest,
    GenerateContentResponse,
)
from google.protobuf.json_format import MessageToDict

from components.providers.sse.dialect import Json
from components.providers.sse.gemini import GeminiDialect
from components.providers.sse.question import WHOLE
from components.providers.sse.refused import refused_in, without
from components.streaming.connection import KEY, Request, Wire
from components.streaming.error_kind import Kind
from components.streaming.faults import Failure, fault_from

# What Google's exceptions mean where their class or status alone would mislead: measured, 2026-11. gRPC
# reports as 503 UNAVAILABLE a refused connection, a reset one and credentials that gave no token; as 500
# INTERNAL a message that can't be read.
_GRPC: tuple[tuple[re.Pattern[str], Kind], ...] = (
    # The token endpoint could not be reached; google-auth's own words follow gRPC's.
    (re.compile(r"Getting metadata from plugin failed.*(Max retries exceeded|Connection)"), "unreachable"),
    (re.compile(r"Getting metadata from plugin failed"), "unauthorized"),
    (re.compile(r"failed to connect to all addresses|errors resolving|DNS resolution"), "unreachable"),
    (re.compile(r"^Stream removed|Socket closed|Connection reset|Broken pipe|GOAWAY"), "dropped"),
    (re.compile(r"^Exception deserializing response"), "malformed"),
)
# Newer ones than the library knows may come.
FINISH_REASONS: Mapping[str, Any] = Candidate.FinishReason.__members__


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
    def call(self, model: Any) -> Iterator[Any]:
        """The model with a client for one call, which has what ChatVertexAI asks of it; closed on leaving.

        Raises:
            Cancelled: of google.api_core, whatever the broken call raised, once `abort` was called.
            Failure: what Google's error means; other errors pass.
        """
        with self._lock:
            if self.aborted:
                raise _stopped()
            options = ClientOptions(api_endpoint=self._endpoint)
            # Takes 1-2 ms; it connects at its first call.
            client = PredictionServiceClient(credentials=self._credentials, client_options=options)
            self._clients.add(client)
        try:
            asked = SimpleNamespace(stream_generate_content=partial(self._ask, client))
            yield model.model_copy(update={"client": asked})
        except Exception as error:
            if self.aborted:
                raise _stopped() from error
            if isinstance(error, GoogleAPICallError):
                raise _failure(error, self._endpoint) from error
            raise
        finally:
            with self._lock:
                self._clients.discard(client)
            _close(client)

    def _ask(
        self, client: PredictionServiceClient, request: GenerateContentRequest, **given: Any
    ) -> Iterator[GenerateContentResponse]:
        """The reply, which may be asked for as a whole, as it would be read over HTTP.

        Raises:
            NotSent: it may not be asked.
            Failure: ChatVertexAI drops `prompt_feedback`: a blocked prompt would look like an empty reply.
        """
        dialect = GeminiDialect(self.wire, {})
        for response in self._replies(client, request, **given):
            message = GenerateContentResponse.pb(response)
            self.wire.read(message.ByteSize(), content=bool(message.candidates))
            yield from map(self._as_message, dialect.take(MessageToDict(message)))
        yield from map(self._as_message, dialect.end())

    def _as_message(self, event: Json) -> GenerateContentResponse:
        for candidate in event["candidates"]:
            if (reason := candidate.get("finishReason", "STOP")) not in FINISH_REASONS:
                self.wire.ending = self.wire.ending or reason
                candidate["finishReason"] = "OTHER"
        message: GenerateContentResponse = GenerateContentResponse.from_json(json.dumps(event))
        return message

    def _replies(
        self, client: PredictionServiceClient, request: GenerateContentRequest, **given: Any
    ) -> Iterable[GenerateContentResponse]:
        """Asked for once more without what was refused. The wire is told what is about to leave, as Vertex AI
        would take it over HTTP: in the same fields.
        """
        streamed, body = not WHOLE.get(), MessageToDict(GenerateContentRequest.pb(request))
        place, publisher, model = body["model"].partition("/publishers/")
        base = f"https://{self._endpoint}/v1beta1/{place}"
        url = f"{base}{publisher}{model}:{'streamGenerateContent?alt=sse' if streamed else 'generateContent'}"
        headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
        while True:
            shown = {name: value for name, value in body.items() if name != "model"}
            self.wire.ask(Request("POST", base, url, headers, shown))
            self.wire.trace.phase("sent")
            try:
                if streamed:
                    return client.stream_generate_content(request=request, **given)
                return [client.generate_content(request=request, **given)]
            except GoogleAPICallError as error:
                name = refused_in(int(error.code or 0), str(error.message), body)
                if not name:
                    raise
                body = without(body, name) or body
                request = GenerateContentRequest.from_json(json.dumps(body))
                self.wire.note("left_out", name)

    def abort(self) -> None:
        with self._lock:
            self.aborted = True
            clients = tuple(self._clients)
        for client in clients:
            _close(client)


def _close(client: PredictionServiceClient) -> None:
    """Any thread may, at any time: its calls are cancelled, and the threads that wait in them wake."""
    client.transport.close()  # type: ignore[no-untyped-call]


def _failure(error: GoogleAPICallError, address: str) -> Failure:
    message = str(error.message)
    if error.grpc_status_code is not None and error.code in {500, 503}:
        for pattern, kind in _GRPC:
            if pattern.search(message):
                return Failure(kind, address=address) if kind == "unreachable" else Failure(kind)
    fault = fault_from(error)
    for detail in error.details:
        if (delay := getattr(detail, "retry_delay", None)) is not None:  # a RetryInfo
            fault = replace(fault, retry_after=float(delay.seconds + delay.nanos / 1e9))
    return Failure(fault)
