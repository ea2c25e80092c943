"""Gradio's own routes, of which what stands before them treats some apart, and who has logged in at one.

Without them the limits of uploads and passwords, the guard against fetching for strangers, and the count
of open pages would pass every request by; and /run_stream, which is ours, would want HTTP Basic of a page
whose own form has had the password: Gradio asks for it at its own routes only.
"""

from typing import Any, Final, NoReturn

import gradio as gr
from gradio import processing_utils, route_utils, routes
from gradio.block_function import BlockFunction
from gradio.data_classes import PredictBody
from python_multipart.exceptions import FormParserError
from starlette.exceptions import HTTPException
from starlette.requests import Request

# Open as long as the page is, whether anything happens or not; the session's hash follows.
HEARTBEAT: Final = "/gradio_api/heartbeat/"
# How their paths end.
UPLOAD: Final = "/upload"
LOGIN: Final = "/login"
NOT_OFFERED: Final = "This page does not offer that."
# Gradio would fetch any public address for anyone, and write what a visitor has typed into a file that anyone
# can open who knows its name; nothing on the page asks for either, nor for a component's own functions.
CLOSED: Final = (
    *("/gradio_api/file=http:", "/gradio_api/file=https:", "/gradio_api/file/http"),
    *("/gradio_api/proxy=", "/gradio_api/deep_link", "/gradio_api/component_server"),
)
# Browsers tell the origin with some of these, and everyone may have them: a page without them is blank.
ASSETS: Final = ("/assets/", "/static/", "/svelte/", "/theme.css", "/manifest.json")


def logged_in(request: Request) -> bool:
    app = request.app
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return any(request.cookies.get(name) in app.tokens for name in names)


def answer_in_words() -> None:
    """Have Gradio say that there is no such event, or no file in an upload, where it would fail."""
    found, taken = route_utils.get_fn, routes.upload_fn  # type: ignore[attr-defined]

    def get_fn(blocks: gr.Blocks, api_name: str | None, body: PredictBody) -> BlockFunction:
        try:
            return found(blocks, api_name, body)
        except (KeyError, route_utils.FnIndexInferError):
            raise HTTPException(404, NOT_OFFERED) from None

    async def upload_fn(*given: Any, **more: Any) -> Any:
        try:
            return await taken(*given, **more)
        except (TypeError, FormParserError):
            raise HTTPException(400, "That is no upload of files.") from None

    route_utils.get_fn = get_fn
    routes.upload_fn = upload_fn  # type: ignore[attr-defined]


def fetch_nothing() -> None:
    """Have Gradio refuse also an address in the place of a file, in what a program sends to an event."""

    async def get(url: str) -> NoReturn:
        raise gr.Error(NOT_OFFERED, print_exception=False)

    processing_utils.async_ssrf_protected_get = get
