"""What we know of Gradio's insides is still there: where it isn't, each name says which file leans on it.

Nothing else of the app leans on any: see the last two tests.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio import http_server, route_utils
from gradio.routes import App
from gradio.state_holder import StateHolder
from starlette.routing import Match

from tests.app_process import ROOT

ROOM = ROOT / "components" / "gradio_internals"
FRONTEND = Path(gr.__file__).parent / "templates" / "frontend"
STATIC = ROOT / "components" / "static"

# By file: names of the things that `objects` has.
NAMES = {
    "idle_queue.py": ("queue.sleep_when_free", "queue.progress_update_sleep_when_free"),
    "login.py": ("app.cookie_id", "app.tokens"),
    "sessions.py": (
        *("app.get_blocks", "app.state_holder.time_last_used", "app.state_holder.session_data"),
        *("app.state_holder.delete_state", "queue.pending_event_ids_session"),
        *("queue.pending_messages_per_session", "queue.event_ids_to_events"),
    ),
    "server.py": ("http_server.start_server", "http_server.Server.close"),
    "page_address.py": ("route_utils.get_root_url",),
}
# By file: functions, and what they are to be called with.
SIGNATURES: dict[str, dict[str, tuple[Callable[..., Any], tuple[str, ...]]]] = {
    "server.py": {"start_server": (http_server.start_server, ("app", "server_name", "server_port"))},
    "page_address.py": {
        "get_root_url": (route_utils.get_root_url, ("request", "route_path", "root_path")),
    },
    "sessions.py": {"delete_state": (StateHolder.delete_state, ("self", "session_id"))},
}
# By file: requests that routes of Gradio's answer.
ROUTES = {
    "routes.py": (
        *("GET /gradio_api/heartbeat/a", "POST /gradio_api/upload", "POST /login"),
        *("GET /gradio_api/file=https://a", "GET /gradio_api/file/https://a", "GET /gradio_api/proxy=a"),
        *("GET /assets/a", "GET /static/a", "GET /svelte/a", "GET /theme.css", "GET /manifest.json"),
    ),
    "../static/connection.js": (
        *("POST /gradio_api/queue/join", "GET /gradio_api/queue/data", "POST /gradio_api/run/predict"),
        *("GET /gradio_api/app_id", "GET /gradio_api/heartbeat/a", "GET /config"),
    ),
}
# By file: what stands in the scripts of Gradio's page.
WORDS = {
    "connection.js": (
        *("queue/join", "queue/data", "app_id", "heartbeat", "gradio_config", "dependencies", "fn_index"),
        *("process_completed", "close_stream", "unexpected_error", "__type__", "event_id"),
    ),
}


async def made() -> SimpleNamespace:
    with gr.Blocks(analytics_enabled=False) as blocks:
        chat = gr.ChatInterface(lambda message, history: "", save_history=True, api_visibility="private")
    return SimpleNamespace(
        app=App.create_app(blocks),
        blocks=blocks,
        chat=chat,
        event=next(iter(blocks.fns.values())),
        http_server=http_server,
        queue=blocks._queue,
        route_utils=route_utils,
    )


@pytest.fixture(scope="module")
def objects() -> SimpleNamespace:
    # On a loop: Gradio would make one, and never close it.
    return asyncio.run(made())


def gone(what: str, file: str) -> str:
    return f"Gradio {gr.__version__} has no {what}; see components/gradio_internals/{file}"


def rows(table: dict[str, Any]) -> list[Any]:
    """Each name with its file."""
    return [pytest.param(file, name, id=f"{file} {name}") for file, names in table.items() for name in names]


@pytest.mark.parametrize(("file", "name"), rows(NAMES))
def test_names(objects: SimpleNamespace, file: str, name: str) -> None:
    try:
        attrgetter(name)(objects)
    except AttributeError:
        pytest.fail(gone(name, file), pytrace=False)


@pytest.mark.parametrize(("file", "name"), rows(SIGNATURES))
def test_what_is_called_with_what(file: str, name: str) -> None:
    function, parameters = SIGNATURES[file][name]
    assert tuple(inspect.signature(function).parameters)[: len(parameters)] == parameters, gone(
        f"{name}({', '.join(parameters)})", file
    )


@pytest.mark.parametrize(("file", "request_line"), rows(ROUTES))
def test_routes(objects: SimpleNamespace, file: str, request_line: str) -> None:
    method, path = request_line.split()
    scope = {"type": "http", "method": method, "path": path, "root_path": ""}
    matches = [route.matches(scope)[0] for route in objects.app.routes]
    assert Match.FULL in matches, gone(f"route for {request_line}", file)


@cache
def scripts() -> str:
    return "\n".join(path.read_text("utf-8") for path in FRONTEND.rglob("*.js"))


@pytest.mark.parametrize(("file", "word"), rows(WORDS))
def test_the_page_s_scripts(file: str, word: str) -> None:
    assert word in scripts(), gone(f"{word!r} in its page's scripts", f"../static/{file}")
