"""What we know of LangChain's insides, and of the SDKs' under it, is still there.

Each name stands beside what it serves; where one is gone it says which file leans on it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from operator import attrgetter
from typing import Any

import pytest

from components.streaming.faults import BY_NAME, NO_CHUNKS, OVERFLOW

# By file: `module:name`, and of functions what they are called with.
NAMES = {
    "chains/text_parser.py": ("langchain_core.output_parsers:StrOutputParser._atransform(self, input)",),
    "lessons/reading.py": (
        *("langchain_core.runnables:RunnableBinding.bound", "langchain_openai:ChatOpenAI.callbacks"),
    ),
    "providers/invoke.py": (
        *("langchain_core.language_models:BaseChatModel._stream(self, messages, stop, run_manager)",),
        "langchain_core.language_models.chat_models:generate_from_stream(stream)",
        "langchain_core.language_models.chat_models:agenerate_from_stream(stream)",
    ),
    "providers/profiles.py": ("langchain_openai.data._profiles:_PROFILES",),
    "providers/wire.py": (
        "langchain_openai:ChatOpenAI._convert_chunk_to_generation_chunk"
        "(self, chunk, default_chunk_class, base_generation_info)",
    ),
    "providers/vertex/model.py": (
        "langchain_google_vertexai:ChatVertexAI._stream(self, messages, stop, run_manager)",
    ),
    "streaming/trace/encoder.py": (
        *(
            "langchain_core.messages.ai:AIMessageChunk.lc_id()",
            "langchain_core.messages.ai:AIMessageChunk.to_json",
        ),
        "langchain_core.messages.ai:AIMessageChunk.is_lc_serializable",
    ),
    "streaming/model_callback.py": (
        "langchain_core.callbacks:BaseCallbackHandler.raise_error",
        "langchain_core.callbacks:BaseCallbackHandler.run_inline",
    ),
}
# Where the exceptions are that faults.py knows by their classes' names, so that it need not import them.
EXCEPTIONS = {
    "builtins": ("TimeoutError", "ConnectionError", "ConnectionRefusedError", "NotImplementedError"),
    "google.auth.exceptions": ("RefreshError", "DefaultCredentialsError"),
    "google.protobuf.message": ("DecodeError",),
    "httpx2": (
        *("ConnectError", "InvalidURL", "ProxyError", "ReadError", "RemoteProtocolError", "TimeoutException"),
        *("UnsupportedProtocol", "WriteError"),
    ),
    "json": ("JSONDecodeError",),
    "langchain_core.exceptions": (
        *("ModelAuthenticationError", "ModelConnectionError", "ModelTimeoutError", "OutputParserException"),
        *("ModelRefusalError", OVERFLOW),
    ),
    "langchain_openai": ("StreamChunkTimeoutError",),
    "langgraph.errors": ("GraphRecursionError",),
    "pydantic": ("ValidationError",),
    "requests.exceptions": ("ChunkedEncodingError", "Timeout"),
    "socket": ("gaierror",),
}


def gone(what: str, file: str) -> str:
    module = what.partition(":")[0]
    try:
        found = f"{module} {version(module.partition('.')[0].replace('_', '-'))}"
    except ModuleNotFoundError:
        found = module
    return f"{found} has no {what.partition(':')[2]}; see components/{file}"


def rows() -> Iterator[Any]:
    for file, names in NAMES.items():
        yield from (pytest.param(file, name, id=f"{file} {name}") for name in names)
    for module, names in EXCEPTIONS.items():
        yield from (pytest.param("streaming/faults.py", f"{module}:{name}", id=name) for name in names)


def found(name: str) -> Any:
    """
    Raises:
        AttributeError: it is gone; ImportError: so is its module.
    """
    module, _, dotted = name.partition(":")
    thing = import_module(module)
    *owner, last = dotted.split(".")
    for part in owner:
        thing = getattr(thing, part)
    # Fields of pydantic's models are no attributes of their classes.
    return getattr(thing, "model_fields", {}).get(last) or attrgetter(last)(thing)


@pytest.mark.parametrize(("file", "name"), list(rows()))
def test_names(file: str, name: str) -> None:
    dotted, called, parameters = name.partition("(")
    try:
        thing = found(dotted)
    except (AttributeError, ImportError):
        pytest.fail(gone(name, file), pytrace=False)
    if called:
        assert ", ".join(inspect.signature(thing).parameters).startswith(parameters[:-1]), gone(name, file)


def test_every_exception_that_is_known_by_name_has_its_place_here() -> None:
    known = {name for _, row in BY_NAME for name in row}
    assert known <= {name for names in EXCEPTIONS.values() for name in names}


def test_how_langchain_says_that_no_chunk_came() -> None:
    from langchain_core.language_models import chat_models

    assert f'ValueError("{NO_CHUNKS}' in inspect.getsource(chat_models), gone(
        f"langchain_core:{NO_CHUNKS}", "streaming/faults.py"
    )
