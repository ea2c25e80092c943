"""OpenAI's Responses.

https://developers.openai.com/api/reference/resources/responses/streaming-events
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from components.providers.sse.dialect import Dialect, Json
from components.providers.sse.thoughts import words_of
from components.providers.sse.tool_calls import arguments_of
from components.streaming.faults import Failure, fault_of_body

LAST = frozenset({"response.completed", "response.incomplete", "response.cancelled", "response.failed"})
ADDED, CALLED = "response.output_item.added", "response.function_call_arguments.delta"
TEXT = "response.output_text.delta"
# Those that are told as text, as thoughts and as calls.
ITEMS = frozenset({None, "message", "reasoning", "function_call"})
# Thoughts as they are, and summed up, which is what LangChain reads; a server may send both.
THOUGHT, SUMMARY = "response.reasoning_text.delta", "response.reasoning_summary_text.delta"


class Responses(Dialect):
    WHOLE = frozenset({"output"})
    TYPES = ("response.",)

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._last: Json | None = None
        self._items: list[Any] = []
        self._thoughts = ""
        # What came in pieces, by their kind and their place, and which calls have begun.
        self._said: dict[tuple[str, object], list[str]] = {}

    def take(self, event: Json) -> Iterator[Json]:
        kind = str(event.get("type", ""))
        if kind == "response.done":  # OpenRouter's last
            status = (event.get("response") or {}).get("status")
            kind = event["type"] = f"response.{status or 'completed'}"
        self._arguments_as_text(event)
        if kind in LAST:
            yield from self._finish(event)
            return
        if not self.knows(event) or (kind == "response.created" and not event.get("response")):
            return
        self._number(event)
        item, place = event.get("item") or {}, event.get("output_index")
        if kind == ADDED and item.get("type") not in ITEMS:
            self._wire.note("not_shown", str(item.get("type")))
        if kind == ADDED and item.get("type") == "function_call":
            self._said |= {(ADDED, item.get("call_id")): [], (CALLED, place): [item.get("arguments") or ""]}
        if kind.endswith(".done"):
            text = next((event[name] for name in ("text", "arguments", "refusal") if event.get(name)), "")
            alone = {**event, "type": f"{kind.removesuffix('done')}delta", "delta": text}
            for piece in self._pieces(place, item) if item else [alone]:
                yield from self._missing(piece)
        if kind.endswith(".delta"):
            told = arguments_of if kind == CALLED else words_of
            event["delta"] = self._characters(told(event.get("delta")))
            self._said.setdefault((kind, _place(event)), []).append(event["delta"])
        if kind == "response.refusal.delta":
            self._wire.refusal += event["delta"]
        if kind in {THOUGHT, SUMMARY}:
            self._thoughts = self._thoughts or kind
            if kind != self._thoughts:
                return
            event = {"summary_index": event.get("content_index", 0), **event, "type": SUMMARY}
        if kind == TEXT:
            yield from self._parted(self._tags.take(event["delta"]), event)
        else:
            yield event

    @staticmethod
    def _parted(told: tuple[str, str], event: Json) -> Iterator[Json]:
        """What the tags in an event's text have parted."""
        thought, text = told
        if thought:
            yield {"type": SUMMARY, "item_id": "", "output_index": -1, "summary_index": 0, "delta": thought}
        if text:
            yield {**event, "delta": text}

    def end(self) -> Iterator[Json]:
        place = {"item_id": "", "output_index": 0, "content_index": 0}
        yield from self._parted(self._tags.end(), {"type": TEXT, **place})
        if self._last is not None:
            yield self._last

    def events(self, body: Json) -> Iterator[Json]:
        for index, item in enumerate(body.get("output") or ()):
            yield from self._pieces(index, item)
        yield {"type": f"response.{body.get('status') or 'completed'}", "response": body}

    @staticmethod
    def _pieces(index: object, item: Json) -> Iterator[Json]:
        """A whole item's."""
        place = {"item_id": item.get("id"), "output_index": index}
        begun = {**item, "summary": [], "content": [], "arguments": ""}
        yield {"type": ADDED, "output_index": index, "item": begun}
        contents = (*(item.get("summary") or ()), *(item.get("content") or ()), item)
        for part, content in enumerate(contents):
            kinds = {"refusal": "refusal", "arguments": "function_call_arguments"}
            for name, kind in (kinds | {"text": TEXTS.get(content.get("type"), "")}).items():
                if kind and content.get(name):
                    delta = {"content_index": part, "delta": content[name]}
                    yield {"type": f"response.{kind}.delta", **place, **delta}

    def _missing(self, piece: Json) -> Iterator[Json]:
        """A piece of what is told as a whole, as far as it hasn't come before."""
        kind = piece["type"]
        if kind == ADDED:
            call = piece["item"]
            new = call.get("type") == "function_call" and (ADDED, call.get("call_id")) not in self._said
            yield from self.take(piece) if new else ()
            return
        text, own = words_of(piece["delta"]), "".join(self._said.get((kind, _place(piece)), ()))
        if kind == CALLED:  # arguments may be written otherwise the second time
            yield from self.take(piece) if text and not own else ()
            return
        # Some servers have another place for the whole than for its pieces.
        every = "".join(chain(*(pieces for (of, _), pieces in self._said.items() if of == kind)))
        said = every if text.startswith(every) else own
        if text not in every and text.startswith(said):
            yield from self.take({**piece, "delta": text[len(said) :]})

    def _finish(self, event: Json) -> Iterator[Json]:
        self.done = True
        if not isinstance(response := event.get("response"), dict):
            return
        if response.get("error") or event["type"] == "response.failed":
            raise Failure(fault_of_body(response.get("error")))
        alone = not self._said  # some tell all of it here, and nothing before
        response["output"] = response.get("output") or []
        for index, item in enumerate(response["output"]):
            if (ADDED, item.get("call_id")) not in self._said:
                for one in self._pieces(index, item):
                    yield from self.take(one) if alone else self._missing(one)
        self._usage.take(response.get("usage"))
        wrote, most = 0, self._asked.get("max_output_tokens")
        if told := self._usage.told:
            asked, wrote, total = (told[f"{name}_tokens"] for name in ("prompt", "completion", "total"))
            response["usage"] |= {"input_tokens": asked, "output_tokens": wrote, "total_tokens": total}
        # llama.cpp says that it is complete when it is cut off, too.
        if isinstance(most, int) and wrote >= most:
            event = {**event, "type": "response.incomplete"}
            response |= {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
        # LangChain reads two of the four.
        kind = "response.completed" if event["type"] == "response.completed" else "response.incomplete"
        self._last = {**event, "response": response, "type": kind}
        self.finished = True

    def _arguments_as_text(self, event: Json) -> None:
        """In place, and in the last event, too, which has all of it."""
        response = event.get("response")
        output = response.get("output") if isinstance(response, dict) else None
        for item in (event, event.get("item") or {}, *(output or ())):
            if "arguments" in item:
                item["arguments"] = arguments_of(item["arguments"])

    def _number(self, event: Json) -> None:
        """Give the item the place that llama.cpp leaves out."""
        item = event.get("item_id") or (event.get("item") or {}).get("id")
        if item is not None and "output_index" not in event:
            if item not in self._items:
                self._items.append(item)
            event["output_index"] = self._items.index(item)
        if item is not None:
            event.setdefault("content_index", 0)


def _place(event: Json) -> object:
    """Where a piece belongs: of a call its item, else what of its item."""
    place = event.get("output_index")
    part = event.get("content_index"), event.get("summary_index")
    return place if event["type"] == CALLED else (place, part)


# What is said, by the type of the content that it stands in.
TEXTS = {
    "output_text": "output_text",
    "summary_text": "reasoning_summary_text",
    "reasoning_text": "reasoning_text",
}
