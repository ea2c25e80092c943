"""Vertex AI's prediction service over true gRPC with TLS, on loopback; `vertex_plan` says what it answers.

`python -m tests.servers.vertex_grpc --port 0` prints {"event": "ready", "address", "roots"} and runs until
its stdin is closed. A client needs GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=<roots> in its environment before it
imports grpc. Then a line a "request", and when it ends one of "cancelled" (by the client), "finished".
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from json import dumps
from pathlib import Path
from typing import Any

# Warnings of a port that is reset on purpose, and nothing through a proxy.
os.environ |= {"GRPC_VERBOSITY": "NONE", "NO_PROXY": "localhost,127.0.0.1"}

import grpc
from google.cloud.aiplatform_v1beta1.types import GenerateContentRequest, GenerateContentResponse
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from tests.servers import certificate
from tests.servers.relay import Relay
from tests.servers.stand_in import say, until_closed
from tests.servers.vertex_plan import Plan, parse, response, whole

SERVICE = "/google.cloud.aiplatform.v1beta1.PredictionService/"
CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    500: grpc.StatusCode.INTERNAL,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}


class Predictions(grpc.GenericRpcHandler):  # type: ignore[misc]
    relay: Relay
    active = 0

    def __init__(self) -> None:
        self.released = asyncio.Semaphore(0)

    def service(self, handler_call_details: Any) -> Any:
        method = handler_call_details.method.removeprefix(SERVICE)
        if method == "StreamGenerateContent":
            return grpc.unary_stream_rpc_method_handler(self._stream, GenerateContentRequest.deserialize)
        if method == "GenerateContent":
            return grpc.unary_unary_rpc_method_handler(self._whole, GenerateContentRequest.deserialize)
        return None

    async def _stream(self, request: Any, context: Any) -> AsyncIterator[bytes]:
        plan = _received(request, context)
        self.active += 1
        try:
            for chunk in range(plan.chunks):
                await asyncio.sleep(plan.delay(chunk))
                if chunk == plan.hold_after:
                    await self.released.acquire()
                if name := plan.happens(chunk):
                    yield await self._go_wrong(name, plan, context)
                else:
                    yield _message(response(plan, chunk))
            say("finished")
        except (asyncio.CancelledError, GeneratorExit):
            # The second where the call ends while a message is on its way out: grpc drops the generator.
            say("cancelled")
            raise
        finally:
            self.active -= 1

    async def _whole(self, request: Any, context: Any) -> bytes:
        plan = _received(request, context)
        self.active += 1
        try:
            await asyncio.sleep(plan.first)
            for chunk in range(plan.chunks):
                if name := plan.happens(chunk):
                    return await self._go_wrong(name, plan, context)
            say("finished")
            return _message(whole(plan))
        except asyncio.CancelledError:
            say("cancelled")
            raise
        finally:
            self.active -= 1

    async def _go_wrong(self, name: str, plan: Plan, context: Any) -> bytes:
        """The bytes of a message that is none, for "malformed"; the others don't return."""
        if name == "malformed":
            return b"\xff\xff\xff\xffnot a message"
        if name == "error":  # not seen over gRPC as a message: it is the call's status
            plan = replace(plan, status=429, retry=12)
        if name in {"status", "error"}:
            await context.abort(CODES[plan.status], _message_of(plan), _details(plan))
        if name == "drop":
            self.relay.reset(int(context.peer().rpartition(":")[2]))
        await asyncio.Event().wait()  # until the client hangs up
        raise AssertionError("unreachable")


def _received(request: Any, context: Any) -> Plan:
    headers = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
    body = type(request).to_dict(request)
    say("request", headers=headers, body=body)
    plan = parse(request.model)
    refuses = plan.refuse and body["generation_config"].get(plan.refuse)
    return replace(plan, status=400) if refuses else plan


def _message(json: dict[str, Any]) -> bytes:
    message = GenerateContentResponse.from_json(dumps(json))
    return bytes(GenerateContentResponse.serialize(message))


def _message_of(plan: Plan) -> str:
    return f"made to fail with {plan.status}{plan.refuse and f', {plan.refuse}'}"


def _details(plan: Plan) -> tuple[tuple[str, bytes], ...]:
    if not plan.retry:
        return ()
    packed = Packed()
    packed.Pack(RetryInfo(retry_delay=Duration(seconds=int(plan.retry))))
    status = Status(code=CODES[plan.status].value[0], message=_message_of(plan), details=[packed])
    return (("grpc-status-details-bin", status.SerializeToString()),)


async def serve(port: int, folder: Path) -> None:
    made = certificate.make(folder)
    handler = Predictions()
    server = grpc.aio.server(handlers=(handler,))
    behind = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(made.key, made.chain)]))
    await server.start()
    handler.relay = Relay(behind)
    front = await handler.relay.start(port)
    say("ready", address=f"localhost:{front}", roots=str(made.roots))
    await until_closed(lambda: handler.active > 0, handler.released.release)
    await server.stop(0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=re.split(r"\n\n", __doc__ or "")[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(serve(parser.parse_args().port, Path(folder)))
