"""One llama.cpp in a child process, and how it is talked to."""

import json
import logging
import re
import secrets
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from typing import Any, Self
from urllib.request import ProxyHandler, Request, build_opener

from components.children import ROOT, environment
from components.streaming.connection import approximate_tokens
from components.streaming.faults import Failure

log = logging.getLogger(__name__)

_ASK_SECONDS = 5.0
# A machine's HTTP_PROXY is not meant for loopback.
DIRECTLY = build_opener(ProxyHandler({}))
# llama.cpp has it for chat completions alone.
CONTROL = "/v1/chat/completions/control"
# What ChatML writes around each message. (A conversation without a system message gets one of 20 tokens.)
_AROUND_MESSAGE = 5
# What a chat template writes between messages: <|im_end|>, <end_of_turn>, </s>, [INST].
_CONTROL_TOKEN = re.compile(r"<[|/]?[A-Za-z_]+\|?>|\[/?[A-Z_]+\]")
# Others that a model may know, and its template doesn't write: ends of texts, and what code models learned.
_OTHERS = Path(__file__).with_name("control_tokens.txt").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class LlamaServer:
    """A llama.cpp that answers. `window`: tokens in each of its slots. `control_tokens`: the texts that its
    model reads as more than text, as those are where a message ends.
    """

    address: str
    key: str = field(repr=False)
    window: int
    control_tokens: tuple[str, ...] = ()
    pid: int = 0

    @classmethod
    def at(cls, address: str, key: str, pid: int) -> Self:
        """Raises OSError when it doesn't answer."""
        slots, props = _ask(address, key, "/slots"), _ask(address, key, "/props")
        found = {props["bos_token"], props["eos_token"], *_CONTROL_TOKEN.findall(props["chat_template"])}
        asked = {"content": _OTHERS, "parse_special": True, "with_pieces": True}
        others = set(_OTHERS.split())
        found |= {
            one["piece"] for one in _ask(address, key, "/tokenize", asked)["tokens"] if one["piece"] in others
        }
        return cls(address, key, slots[0]["n_ctx"], tuple(sorted(found - {""})), pid)

    def count_tokens(self, text: str) -> int:
        """Tokens of one message, with what the chat template writes around it; an estimate if it is gone."""
        with suppress(OSError, HTTPException):
            answer = _ask(self.address, self.key, "/tokenize", {"content": text})
            return len(answer["tokens"]) + _AROUND_MESSAGE
        return approximate_tokens(text) + _AROUND_MESSAGE

    def cpu(self) -> float | None:
        """Seconds of a processor that it has used so far; None when it is gone."""
        import psutil

        with suppress(psutil.Error):
            times = psutil.Process(self.pid).cpu_times()
            return float(times.user + times.system)
        return None

    def end_thinking(self, reply: str) -> bool:
        """Have the reply of this id begin with its text; whether it was still thinking."""
        with suppress(OSError, HTTPException):
            asked = {"id": reply, "action": "reasoning_end"}
            return bool(_ask(self.address, self.key, CONTROL, asked)["success"])
        return False


def _ask(address: str, key: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with DIRECTLY.open(Request(address + path, data, headers), timeout=_ASK_SECONDS) as response:  # noqa: S310 - on loopback
        return json.load(response)


class Llama:
    """A child process with a model in it. `ready` and `wait` are for one thread, `kill` for any."""

    def __init__(self, model: Path, name: str) -> None:
        self._key = secrets.token_urlsafe(32)
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [sys.executable, "-m", "components.providers.llama.child"],
            cwd=ROOT,
            env=environment(),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            encoding="utf-8",
            errors="replace",
            # Ctrl-C in the app's terminal doesn't reach it.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        # Through stdin, because argv and the environment can be read by others on the machine.
        request = {"model": str(model), "name": name, "key": self._key}
        with suppress(BrokenPipeError):  # it has died already, which `ready` will see
            print(json.dumps(request), file=self._process.stdin, flush=True)
        self._logger = Thread(target=self._log, name="llama-log", daemon=True)
        self._logger.start()

    def ready(self) -> LlamaServer | None:
        """Block until it answers; None when it has died instead.

        Raises Failure: local_failed, when llama.cpp says that it can't use the model.
        """
        line = next(iter(self._process.stdout or ()), "")
        if not line:
            return None
        answer = json.loads(line)
        if "error" in answer:
            raise Failure("local_failed", detail=answer["error"])
        with suppress(OSError, HTTPException):
            return LlamaServer.at(answer["address"], self._key, self._process.pid)
        return None

    def wait(self) -> int:
        """Block until it has ended, and leave nothing of it; its exit code, negative for a signal."""
        with suppress(BrokenPipeError), self._process:  # which closes its pipes
            self._process.wait()
            self._logger.join()
        return self._process.wait()

    def kill(self) -> None:
        self._process.kill()

    def _log(self) -> None:
        for line in self._process.stderr or ():
            log.debug("%s", line.rstrip())
