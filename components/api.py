"""`POST /run_stream` and `GET /healthz`: routes for Gradio's own FastAPI application."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.routing import BaseRoute

from components.http.front_ends import FORMATS, format_of
from components.http.refusal import PROVIDERS_DOING, STATUSES, Refusal
from components.http.reply import RunStream
from components.http.run_input import run_input_of
from components.locale import words_in
from components.providers import Provider
from components.runs.ask import Ask
from components.runs.lab import Lab

_API = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_ASKED = {
    "parameters": [
        {"name": "message", "in": "query", "schema": _API["body"]["properties"]["message"]},
        {"name": "format", "in": "query", "schema": {"type": "string", "enum": [*FORMATS]}},
    ],
    "requestBody": {"content": {"application/json": {"schema": _API["body"]}}},
}


def routes(lab: Lab) -> list[BaseRoute]:
    """Both routes over the owner's provider, as `/chat` runs it; no request can name another, or a key.

    Where a visitor of the page would wait in line, `/run_stream` refuses: a program can ask again by itself,
    and behind a response that has no head yet it can't be told its place.
    """

    router = APIRouter()
    statuses = sorted({*STATUSES.values(), PROVIDERS_DOING})
    answers: dict[int | str, dict[str, Any]] = {
        200: _API["stream"],
        **dict.fromkeys(statuses, _API["failed"]),
    }

    # With a slash, too: its redirection would lead to where a proxy has this server.
    @router.post("/run_stream/", include_in_schema=False)
    @router.post("/run_stream", response_class=Response, responses=answers, openapi_extra=_ASKED)
    async def run_stream(request: Request) -> Response:
        """Stream the reply to one message; Server-Sent Events for `Accept: text/event-stream`.

        `?format=` chooses another form: `ag-ui`, or `ai-sdk` for its UI message stream.
        """
        try:
            asked = await run_input_of(request)
            form = format_of(request, asked)
        except Refusal as refusal:
            return refusal.response(request)
        visitor = lab.control.visitors.asking(request)
        settings = lab.settings
        ask = Ask(asked.message, asked.history, lab.first_choice(), "", settings.method, visitor, waits=False)
        return RunStream(lab, ask, words_in(request.headers), form)

    not_ready = {"description": "The provider that answers here is not ready, or the server is ending."}

    @router.get("/healthz/", include_in_schema=False)
    @router.get("/healthz", responses={503: not_ready})
    @router.head("/healthz", include_in_schema=False)  # as supervisors ask
    async def healthz(ending: Annotated[int, Query(ge=400, le=599)] = 503) -> Response:
        """Which providers are ready: 200 if the one that answers here is and runs are taken, else 503.

        `ending`: the status while the server ends; some proxies leave a server its visitors on 404 only.
        """
        states = {provider.name: _state(lab, provider) for provider in lab.providers.values()}
        ready = states[lab.settings.provider]["state"] == "ready"
        status = ending if lab.control.ending else 200 if ready else 503
        # That it answers at all is what makes it alive.
        told: dict[str, Any] = {"alive": True, "ready": status == 200, "ending": lab.control.ending}
        told |= {"provider": lab.settings.provider, "providers": states}
        return JSONResponse(told, status, {"Cache-Control": "no-store"})

    return router.routes


def _state(lab: Lab, provider: Provider) -> dict[str, Any]:
    """Its status; `missing`, with the fields' names, where the environment lacks something."""
    if missing := provider.missing(lab.first_choice()):
        return {"state": "missing", "missing": list(missing)}
    status = provider.status()
    if status.fault is not None:
        return {"state": status.state, "kind": status.fault.kind}
    if status.total:
        return {"state": status.state, "done": status.done, "total": status.total}
    return {"state": status.state}
