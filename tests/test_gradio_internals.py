"""What we know of Gradio's insides is still there: where it isn't, each name says which file leans on it.

Nothing else of the app leans on any: see the last two tests.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Iterator
from functools import cache
from operator import attrgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio import component_meta, http_server, processing_utils, route_utils, routes, utils
from gradio.routes import App
from starlette.routing import Match

from components.gradio_internals.conversation import Conversation
from components.gradio_internals.server import UNASKED
from components.gradio_internals.sessions import without_descriptions
from tests.app_process import ROOT

ROOM = ROOT / "components" / "gradio_internals"
STATIC = ROOT / "components" / "static"
FRONTEND = Path(gr.__file__).parent / "templates" / "frontend"

# By file: names of the things that `objects` has, and of functions what they are called with.
NAMES = {
    "conversation.py": (
        "chat._append_message_to_history(message, history, role)",
        *("chat._message_as_message_dict(message, role)", "chat._clear_and_save_textbox(message)"),
        *("chat._setup_events()", "chat._stream_fn(message, history, args)", "chat.textbox"),
        *("chat.saved_conversations.unrender()", "chat.chatbot_state.unrender()", "chat.chatbot_value"),
        *("blocks.fns", "event.name", "event.postprocess"),
        *("event.fn", "event.js", "event.inputs", "event.outputs", "event.trigger_after"),
        "chat._pop_last_user_message(history)",
    ),
    "overhead.py": (
        *("queue.sleep_when_free", "queue.progress_update_sleep_when_free"),
        *("queue.ANALYTICS_MAX_EVENTS", "queue.ANAYLTICS_CACHE_FREQUENCY"),
        "utils.MatplotlibBackendMananger",
    ),
    "page_address.py": ("route_utils.get_root_url(request, route_path, root_path)",),
    "quick_import.py": ("component_meta.create_or_modify_pyi(component_class)",),
    "routes.py": (
        *("app.cookie_id", "app.tokens", "processing_utils.async_ssrf_protected_get(url)"),
        *(
            "route_utils.get_fn(blocks, api_name, body)",
            "route_utils.FnIndexInferError",
            "gradio_routes.upload_fn",
        ),
    ),
    "server.py": ("http_server.start_server(app, server_name, server_port)", "http_server.Server.close"),
    "sessions.py": (
        *("app.get_blocks()", "app.state_holder.time_last_used", "app.state_holder.session_data"),
        *("app.state_holder.delete_state(session_id)", "queue.pending_event_ids_session"),
        *("queue.pending_messages_per_session", "queue.event_ids_to_events", "blocks.state_holder.blocks"),
    ),
}
# By file: requests that routes of Gradio's answer.
ROUTES = {
    "routes.py": (
        *("GET /gradio_api/heartbeat/a", "POST /gradio_api/upload", "POST /login"),
        *("GET /gradio_api/file=https://a", "GET /gradio_api/file/https://a", "GET /gradio_api/proxy=a"),
        "POST /gradio_api/component_server",
        *("GET /assets/a", "GET /static/a", "GET /svelte/a", "GET /theme.css", "GET /manifest.json"),
    ),
    "../static/connection.js": (
        *("POST /gradio_api/queue/join", "GET /gradio_api/queue/data", "POST /gradio_api/run/predict"),
        *("GET /gradio_api/app_id", "GET /gradio_api/heartbeat/a", "GET /config"),
    ),
}
# By file: what stands in the scripts and styles of Gradio's page.
WORDS = {
    "clipboard.js": ("message-buttons-left", "message-buttons-right", "message-row"),
    "connection.js": (
        *("queue/join", "queue/data", "app_id", "heartbeat", "gradio_config", "dependencies", "fn_index"),
        *("process_completed", "close_stream", "unexpected_error", "__type__", "event_id"),
    ),
    "conversations.js": ("__type__",),
    "element.js": ("gradio_config", "i18n_translations"),
    "page.css": (
        *("gradio-container", "thought-group", "message-content", "copy_code_button", "html-container"),
        *("tab-wrapper", "tab-container", "info-text", "cm-editor", ".bot", ".message", ".placeholder"),
    ),
    "page.js": (
        *("thought-group", "user-row", "aria-live", "submit-button", "edit-textarea", ".examples", ".title"),
        "cm-editor",
    ),
    "lessons.css": (".selected", ".wrap", ".form", ".block", "block-info"),
    "run.css": ("gr-group", "gr-accordion", ".column", ".row", ".placeholder", "html-container"),
    "run.js": (".placeholder", "submit-button", ".bot", ".message", ".title"),
    "run_text.js": ("thought-group", "copy_code_button", ".title"),
}


async def made() -> SimpleNamespace:
    with gr.Blocks(analytics_enabled=False) as blocks:
        chat = gr.ChatInterface(lambda message, history: "", api_visibility="private")
    return SimpleNamespace(
        app=App.create_app(blocks),
        blocks=blocks,
        chat=chat,
        component_meta=component_meta,
        event=next(iter(blocks.fns.values())),
        http_server=http_server,
        processing_utils=processing_utils,
        queue=blocks._queue,
        route_utils=route_utils,
        gradio_routes=routes,
        utils=utils,
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
    chat, events = objects.chat, list(objects.blocks.fns.values())
    for name in ("_submit_fn", "_clear_and_save_textbox"):
        assert name in {event.name for event in events}, gone(f"event {name}", "conversation.py")
    for outputs in ([chat.textbox], [chat.chatbot_state, chat.chatbot_value]):
        assert outputs in [event.outputs for event in events], gone(f"event for {outputs}", "conversation.py")
    assert [chat.chatbot_value] in [event.inputs for event in events], gone("event of it", "conversation.py")


async def test_what_a_message_asks_the_server_for() -> None:
    async def reply(message: str, history: list[Any]) -> AsyncIterator[str]:
        yield ""

    with gr.Blocks() as page:
        chat = Conversation(reply, chatbot=gr.Chatbot(), editable=True, api_visibility="private")
        chat.leave_to_the_page(page)
    asked = {
        (event.name, *(type(one).__name__ for one in event.outputs))
        for event in page.fns.values()
        if event.fn
    }
    assert asked == {
        ("_clear_and_save_textbox", "Textbox", "State"),
        ("_append_message_to_history", "Chatbot"),
        ("_submit_fn", "State", "Chatbot"),
        ("_pop_last_user_message", "State"),
        ("_edit_message", "Chatbot", "Chatbot", "State"),
        # Nothing of the page asks for these.
        *(("option_clicked", "Chatbot", "State"), ("reply", "JSON", "Chatbot")),
    }
    ended = [event.trigger_after for event in page.fns.values() if event.js == "conversations.ended"]
    assert {one for one, event in page.fns.items() if event.name == "_submit_fn"} <= {*ended}


def test_a_session_s_descriptions(objects: SimpleNamespace) -> None:
    without_descriptions(objects.blocks)
    made = objects.app.state_holder["a visitor"].config_values
    assert made == {}, gone("state_holder.SessionState that describes blocks.blocks alone", "sessions.py")


def test_a_launch_that_does_not_ask_for_the_page() -> None:
    assert UNASKED.keys() <= inspect.signature(gr.Blocks.launch).parameters.keys(), gone(
        f"launch({', '.join(UNASKED)})", "server.py"
    )


@pytest.mark.parametrize(("file", "request_line"), rows(ROUTES))
def test_routes(objects: SimpleNamespace, file: str, request_line: str) -> None:
    method, path = request_line.split()
    scope = {"type": "http", "method": method, "path": path, "root_path": ""}
    matches = [route.matches(scope)[0] for route in objects.app.routes]
    assert Match.FULL in matches, gone(f"route for {request_line}", file)


@cache
def page() -> str:
    return "\n".join(
        path.read_text("utf-8") for kind in ("js", "css") for path in FRONTEND.rglob(f"*.{kind}")
    )


@pytest.mark.parametrize(("file", "word"), rows(WORDS))
def test_the_page(file: str, word: str) -> None:
    assert word in page(), gone(f"{word!r} in its page", f"../static/{file}")


# What documents and examples of Gradio's import from its modules; of any other, types alone.
DOCUMENTED = {"gradio", "gradio.components", "gradio.events"}
# Attributes that only the room reads: those of the names above that aren't words of everyone's.
THEIRS = {part for names in NAMES.values() for name in names for part in name.partition("(")[0].split(".")}
THEIRS -= {"app", "blocks", "chat", "close", "event", "name", "queue", "tokens", "Server"}
# Of every component, or of the public ones of the chat interface.
THEIRS -= {"postprocess", "fn", "js", "inputs", "outputs", "textbox", "chatbot_state"}
# In the browser: who may know Gradio's page and its wire.
KNOWING = {
    "connection.js",
    "conversations.js",
    "element.js",
    "clipboard.js",
    "page.js",
    "page.css",
    "lessons.css",
}
KNOWING |= {"run.js", "run_story.js", "run_text.js", "run.css"}


def outside() -> Iterator[tuple[str, ast.Module]]:
    for path in (ROOT / "app.py", *sorted((ROOT / "components").rglob("*.py"))):
        if ROOM not in path.parents:
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def leans(tree: ast.Module) -> Iterator[str]:
    """On what of Gradio's a module leans."""
    types = {id(inner) for node in ast.walk(tree) if is_types(node) for inner in ast.walk(node)}
    knows_gradio = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in types:
            names = (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
            )
            theirs = {name for name in names if name.partition(".")[0] == "gradio"}
            knows_gradio |= bool(theirs)
            yield from theirs - DOCUMENTED
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and str(node.value).startswith("/gradio_api"):
            yield str(node.value)
        if isinstance(node, ast.Attribute):
            own = ast.unparse(node.value) in {"self", "cls", "super()"}
            private = knows_gradio and re.match("_[^_]", node.attr) and not own
            if private or node.attr in THEIRS:
                yield ast.unparse(node)


def is_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def test_every_file_of_the_room_has_its_names_here() -> None:
    assert {path.name for path in ROOM.glob("*.py")} - {"__init__.py"} == NAMES.keys()


def test_nothing_else_leans_on_what_is_not_documented() -> None:
    assert {where: found for where, tree in outside() if (found := sorted(leans(tree)))} == {}


def test_a_module_that_does_is_found() -> None:
    tree = ast.parse(
        "from gradio import utils\nimport gradio.routes\npage._queue.x\nself._y\nrequest.app.cookie_id"
    )
    assert sorted(leans(tree)) == ["gradio.routes", "page._queue", "request.app.cookie_id"]


def test_no_other_script_knows_gradio_s_page() -> None:
    words = re.compile(r"gradio_(api|config)|#chat|thought-group|__type__")
    others = [path for path in STATIC.iterdir() if path.name not in KNOWING]
    assert others
    assert {path.name: found for path in others if (found := words.findall(path.read_text("utf-8")))} == {}
