"""What the server does for those who have left goes on, whatever fails."""

from __future__ import annotations

import asyncio
import logging

import gradio as gr
import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from components.hosting.session_gc import SessionGC
from tests.app_process import free_port


def breaks(value: object) -> None:
    raise RuntimeError("PLANTED")


async def test_a_session_that_cannot_be_closed_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """Its State's own callback fails."""
    session_gc = SessionGC(0.1, lambda session: False)
    with gr.Blocks(analytics_enabled=False) as blocks:
        state, number = gr.State(0, delete_callback=breaks), gr.Number()
        number.submit(lambda kept, given: (given, given), [state, number], [state, number], api_name="keep")
    with caplog.at_level(logging.ERROR):
        app, url, _ = blocks.launch(
            prevent_thread_lock=True,
            quiet=True,
            server_port=free_port(),
            app_kwargs={"lifespan": session_gc.forgetting},
        )

        async def forgotten(times: int) -> None:
            async with asyncio.timeout(60):
                while app.state_holder.session_data or len(caplog.records) < times:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

        try:
            async with httpx.AsyncClient(base_url=f"{url}gradio_api") as http:

                async def comes(session: str) -> None:
                    body = {"data": [None, 1], "session_hash": session}
                    (await http.post("/run/keep", json=body)).raise_for_status()

                await comes("one")
                await comes("other")
                await forgotten(2)
                await comes("later")
                await forgotten(3)
        finally:
            blocks.close(verbose=False)
    assert all("could not be forgotten" in record.message for record in caplog.records)
    assert all("PLANTED" in str(record.exc_info) for record in caplog.records)


async def test_half_a_request_is_not_waited_for() -> None:
    session_gc, answer = SessionGC(1, lambda session: False), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            pass
        await answer.wait()

    async def sends(_: Message) -> None:
        raise AssertionError("nothing is answered")

    sent = asyncio.Queue[Message]()
    scope = {"type": "http", "path": "/run_stream", "headers": [(b"content-length", b"2")]}
    answering = asyncio.ensure_future(session_gc.watched(app)(scope, sent.get, sends))
    for body, more, in_flight in ((b"a", True, 0), (b"b", False, 1)):
        sent.put_nowait({"type": "http.request", "body": body, "more_body": more})
        while not sent.empty():  # noqa: ASYNC110
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert session_gc.in_flight == in_flight
    answer.set()
    await answering
    assert session_gc.in_flight == 0
