"""What we know of Gradio's insides is still there: where it isn't, each name says which file leans on it.

Nothing else of the app leans on any: see the last two tests.
"""

from __future__ import annotations

import asyncio
import inspect
from functools import cache
from operator import attrgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio import http_server, route_utils
from gradio.routes import App
from starlette.routing import Match

from components.gradio_internals.conversation import NEW_CHAT

FRONTEND = Path(gr.__file__).parent / "templates" / "frontend"

# By file: names of the things that `objects` has, and of functions what they are called with.
NAMES = {
    "conversation.py": (
        *("chat._append_message_to_history(message, history, role)", "chat.saved_conversations.secret"),
        *("chat._message_as_message_dict(message, role)", "chat.saved_conversations.storage_key"),
        *("chat._load_chat_history(conversations)", "chat.chat_history_dataset.click"),
        *("chat.new_chat_button.click", "chat.chatbot.undo", "chat.conversation_id"),
        *("chat.chatbot_state", "chat.chatbot_value", "blocks.fns", "event.name", "event.postprocess"),
    ),
    "idle_queue.py": ("queue.sleep_when_free", "queue.progress_update_sleep_when_free"),
    "login.py": ("app.cookie_id", "app.tokens"),
    "page_address.py": ("route_utils.get_root_url(request, route_path, root_path)",),
    "server.py": ("http_server.start_server(app, server_name, server_port)", "http_server.Server.close"),
    "sessions.py": (
        *("app.get_blocks()", "app.state_holder.time_last_used", "app.state_holder.session_data"),
        *("app.state_holder.delete_state(session_id)", "queue.pending_event_ids_session"),
        *("queue.pending_messages_per_session", "queue.event_ids_to_events"),
    ),
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
    dotted, called, parameters = name.partition("(")
    try:
        thing = attrgetter(dotted)(objects)
    except AttributeError:
        pytest.fail(gone(name, file), pytrace=False)
    if called:
        assert ", ".join(inspect.signature(thing).parameters).startswith(parameters[:-1]), gone(name, file)


def test_the_chat_interface(objects: SimpleNamespace) -> None:
    names = {event.name for event in objects.blocks.fns.values()}
    assert "_submit_fn" in names, gone("event _submit_fn", "conversation.py")
    assert NEW_CHAT in str(objects.chat.new_chat_button.value), gone(f"words {NEW_CHAT}", "conversation.py")


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
