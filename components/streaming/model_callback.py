"""Looks at the model inside a chain, whatever the chain makes of its text."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, LLMResult

from components.streaming.connection import Connection
from components.streaming.faults import Fault
from components.streaming.records import Outcome, reason_in, worst
from components.streaming.stop import Stop, Stopped
from components.streaming.text import text_of

# A model that says more than so many times what it was allowed is stopped: its server ignores the limit.
TOO_LONG = 2


@dataclass(slots=True)
class _Call:
    """One request to a model, by its number in the attempt. `asked`, `said`: UTF-8 bytes of the prompt and of
    the reply, thoughts included; `pieces`: chunks with something in them; `by_token`: told of as tokens;
    `wrote`: there was text in it.
    """

    number: int = 0
    asked: int = 0
    said: int = 0
    pieces: int = 0
    by_token: bool = False
    wrote: bool = False
    reason: str = ""
    usage: UsageMetadata | None = None


class ModelCallback(BaseCallbackHandler):
    """Raises `Stopped` between two tokens of the model, and keeps what it says at its end.

    LangChain lets a handler's exception through only with `raise_error`, and calls a sync handler of
    an async run in a thread unless `run_inline`: one thread hop a token.
    """

    raise_error = True
    run_inline = True

    def __init__(self, stop: Stop, put: Callable[..., None], *, hears: bool, estimates: bool) -> None:
        """`put`: is given what isn't text, as arguments for a `Chunk`; if it `hears`, the text of every
        token, too. `estimates`: count tokens that the model doesn't.
        """
        self._stop = stop
        self._put = put
        self._hears = hears
        self._estimates = estimates
        self._spent = 0
        self._open: dict[Any, _Call] = {}
        self._abandoned: set[Any] = set()
        self._ended: list[_Call] = []
        self._begun = 0
        # Tokens that a reply was allowed; 0 when unknown.
        self.limit = 0
        self.error: BaseException | None = None

    def begin(self, connection: Connection) -> None:
        """A new attempt: what the ones before it said is no part of its outcome."""
        self.limit = connection.limit
        self._ended, self._begun, self.error = [], 0, None

    def abandon(self) -> None:
        """The chain was left, by a failure or by Stop: nobody waits for what its models still say.

        Python closes the chain's generators when it collects them, and LangChain reads a model to its end
        then. Only a GeneratorExit ends that without a word on the console.
        """
        self._abandoned.update(self._open)

    @property
    def outcome(self) -> Outcome | None:
        """Of all calls that have ended; None of a chain without a model."""
        if not self._ended:
            return None
        told = [call.usage for call in self._ended if call.usage is not None]
        whole = len(told) == len(self._ended)
        asked = sum(usage["input_tokens"] for usage in told)
        # Some providers count thoughts in the total only.
        wrote = sum(max(one["output_tokens"], one["total_tokens"] - one["input_tokens"]) for one in told)
        thought = sum(usage.get("output_token_details", {}).get("reasoning") or 0 for usage in told)
        return Outcome(
            finish_reason=worst(call.reason for call in self._ended),
            input_tokens=asked if whole and asked else None,
            output_tokens=wrote if whole else None,
            reasoning_tokens=thought if whole and thought else None,
        )

    @property
    def wrote(self) -> bool:
        """Whether there was text in the last reply."""
        return bool(self._ended) and self._ended[-1].wrote

    @property
    def tokens(self) -> int:
        """Of all requests' prompts and replies, as the model said; else, with `estimates`, a third of their
        UTF-8 bytes.
        """
        return self._spent + sum(map(self._cost, list(self._open.values())))

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], **kwargs: Any
    ) -> None:
        """In a thread, a chain's fallback would ask the next model once Stop has broken the first.

        An async run is cancelled, and LangChain doesn't await what it began when this raises there.
        """
        if self._stop.is_set() and not _in_event_loop():
            raise Stopped
        call = self._open[kwargs.get("run_id")] = _Call(self._begun)
        self._begun += 1
        if self._estimates:
            call.asked = sum(_bytes(text_of(message)) for batch in messages for message in batch)

    def on_llm_new_token(self, token: str | list[str | dict[str, Any]], **kwargs: Any) -> None:
        self._go_on(**kwargs)
        chunk = kwargs.get("chunk")
        # Words in blocks: the chunk has them as one text.
        text = token if isinstance(token, str) else text_of(chunk or "")
        size = _bytes(text)
        call = self._open.get(kwargs.get("run_id")) or _Call()
        call.by_token, call.wrote = True, call.wrote or bool(text.strip())
        if isinstance(chunk, ChatGenerationChunk):
            message = chunk.message
            call.reason = reason_in(chunk.generation_info, message.response_metadata) or call.reason
            if isinstance(message, AIMessage):
                size += self._tell(call, beside_text(message))
        self._count(call, size)
        if self._hears:
            self._put(text, heard=True)

    def on_stream_event(self, event: Any, **kwargs: Any) -> None:
        """The same for `astream_events` v3, where only some models tell of their tokens, too."""
        self._go_on(**kwargs)
        call = self._open.get(kwargs.get("run_id")) or _Call()
        if not call.by_token:
            self._count(call, self._tell(call, pieces_of(event)))

    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        self.error = error
        call = self._open.pop(kwargs.get("run_id"), None)
        if call is not None and call.said:  # else nothing was answered, and nothing is to be paid
            self._spent += self._cost(call)
        if kwargs.get("run_id") in self._abandoned:
            raise GeneratorExit

    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        call = self._open.pop(kwargs.get("run_id"), None) or _Call()
        generation = response.generations[0][0]
        if not isinstance(generation, ChatGeneration) or not isinstance(generation.message, AIMessage):
            return
        message = generation.message
        if not call.pieces:  # `invoke` has no tokens on the way
            call.wrote = bool(text_of(message).strip())
            call.said = _bytes(text_of(message)) + self._tell(call, beside_text(message))
        call.reason = call.reason or reason_in(message.response_metadata)
        if call.reason == "stop" and message.tool_calls:  # some have no word of their own for such an end
            call.reason = "tool_calls"
        # Some of LangChain's models count nothing where they were told nothing, and some servers no reply.
        told = message.usage_metadata
        wrote = told and (told["output_tokens"] or told["total_tokens"] > told["input_tokens"])
        call.usage = told if wrote or (told and told["total_tokens"] and not call.said) else None
        self._spent += self._cost(call)
        self._ended.append(call)

    def _go_on(self, *, run_id: Any = None, **_: Any) -> None:
        if run_id in self._abandoned:
            raise GeneratorExit
        if self._stop.is_set():
            raise Stopped

    def _count(self, call: _Call, size: int) -> None:
        if not size:
            return
        call.said += size
        call.pieces += 1
        # Where somebody else pays. A chunk may be a letter or a page: as long as a count is small, nothing is
        # held against it.
        most = TOO_LONG * self.limit if self._estimates else 0
        if most and max(min(call.pieces, call.said // 3), call.said // 8) > most:
            self._stop.set(Fault("limit_ignored", {"limit": str(self.limit)}))
            raise Stopped

    def _tell(self, call: _Call, parts: Iterable[dict[str, Any]]) -> int:
        """Tell of thoughts and tool calls; the UTF-8 bytes of them, and of text."""
        size = 0
        for part in parts:
            if part["kind"] == "reasoning":
                part["call"] = call.number
            size += _bytes(part["text"]) + _bytes(part.get("name", ""))
            if part["kind"] != "text":
                self._put(**part)
        return size

    def _cost(self, call: _Call) -> int:
        if call.usage is not None:
            return max(call.usage["total_tokens"], call.usage["input_tokens"] + call.usage["output_tokens"])
        return _tokens(call.asked) + _tokens(call.said) if self._estimates else 0


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _tokens(number: int) -> int:
    """English has about four bytes a token, Japanese three; on the high side."""
    return -(-number // 3)


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def beside_text(message: AIMessage) -> Iterator[dict[str, Any]]:
    """What a message or a chunk of one has besides its text, as arguments for a `Chunk`."""
    if thought := message.additional_kwargs.get("reasoning_content"):
        yield {"kind": "reasoning", "text": str(thought)}
    elif not isinstance(message.content, str):
        for block in message.content_blocks:
            if block["type"] == "reasoning" and (text := block.get("reasoning")):
                yield {"kind": "reasoning", "text": text}
    pieces: Any = getattr(message, "tool_call_chunks", None)
    if pieces is None:
        calls = enumerate([*message.tool_calls, *message.invalid_tool_calls])
        pieces = [{**call, "args": _in_json(call["args"]), "index": at} for at, call in calls]
    for piece in pieces:
        name, arguments, index = piece.get("name"), piece.get("args"), piece.get("index")
        call = index if isinstance(index, int) else 0
        yield {"kind": "tool_call", "text": arguments or "", "name": name or "", "call": call}


def pieces_of(event: Any) -> Iterator[dict[str, Any]]:
    """What an event of `astream_events` v3 adds to a message, as arguments for a `Chunk`."""
    delta, call = event.get("delta"), event.get("index", 0)
    block = event["content"] if event["event"] == "content-block-start" else {}
    if block.get("type") in {"tool_call_chunk", "tool_call"}:
        arguments = _in_json(block.get("args") or "")
        yield {"kind": "tool_call", "text": arguments, "name": block.get("name") or "", "call": call}
    for name, kind in (("text", "text"), ("reasoning", "reasoning"), ("args", "tool_call")):
        if isinstance(delta, dict) and (text := delta.get(name)):
            yield {"kind": kind, "text": text, "call": call}


def _in_json(arguments: object) -> str:
    """As the model wrote them, where no JSON could be read of that."""
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False, default=str)
