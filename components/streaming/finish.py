"""Why a model ended, in OpenAI's words, and what is wrong with such an end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from components.streaming.faults import Fault

if TYPE_CHECKING:
    from components.streaming.connection import Wire
    from components.streaming.pacing import ChunkBuffer
    from components.streaming.records import Outcome

# Ends that are no end of a reply, by what their words hold.
_ABNORMAL: Final = re.compile(
    r"error|abort|cancel|fail|insufficient|time|malformed|missing|unexpected|too_many|interrupt|preempt|kill|overload"
    r"|unavail|reject|denied|unload|repeti|network|rate_?limit|exhaust|(^|_)(other|language)$|^no_"
)
# The providers' words for the same ends, by what they hold; the first row counts.
_WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    "content_filter": re.compile(
        r"filter|safety|recitation|block|prohibited|spii|sensitive|refus|armor|guardrail|moderat|harm|toxic|flag"
    ),
    "": _ABNORMAL,
    "length": re.compile(r"length|max_|limit|context|incomplete|truncat|budget"),
    "tool_calls": re.compile(r"tool|function"),
    "stop": re.compile(r"^(stop|eos|eot|(im_)?end|complete|done|finish)"),
}
_NONE: Final = frozenset({"", "null", "none", "nil", "unspecified", "unknown", "undefined", "in_progress"})


def is_abnormal(reason: str) -> bool:
    """Whether it says that something went wrong."""
    return _ABNORMAL.search(reason) is not None


def reason_in(*told: Mapping[str, Any] | None) -> str:
    """The finish reason in a chunk's or a message's metadata; "" for none."""
    for metadata in filter(None, told):
        # Responses say that a reply is incomplete, and elsewhere why.
        for name in ("incomplete_details", "finish_reason", "stop_reason", "status"):
            if given := metadata.get(name):
                reason = given.get("reason", given.get("type")) if isinstance(given, Mapping) else given
                if word := _word(reason):
                    return word
    return ""


def worst(reasons: Iterable[str]) -> str:
    """Of several calls' reasons the one that a reader has to know of, else the last."""
    given = list(reasons)
    for bad in (is_abnormal, "content_filter".__eq__, "".__eq__, "length".__eq__):
        if found := [reason for reason in given if bad(reason)]:
            return found[-1]
    return given[-1] if given else ""


def fault_of_end(outcome: Outcome, buffer: ChunkBuffer, wire: Wire) -> Fault | None:
    """Of a stream that ended without an exception; None where the reply is what the model wanted to say."""
    reason = outcome.finish_reason
    if wire.refusal:
        return Fault("refused", {"detail": wire.refusal})
    if reason == "content_filter":
        return Fault("content_filter")
    if is_abnormal(reason):
        return Fault("provider_ended", {"detail": ": ".join(filter(None, (reason, wire.ending)))})
    # A server that says that it is done, but never why, has sent all it had.
    if not reason and not wire.done:
        return Fault("cut_off", retryable=True)
    if buffer.has_text or buffer.called:
        return None
    if buffer.thought or outcome.reasoning_tokens:
        tokens = outcome.reasoning_tokens or outcome.output_tokens
        kind = "spent_on_thinking" if reason == "length" else "thought_only"
        return Fault(kind, {} if tokens is None else {"tokens": str(tokens)})  # type: ignore[arg-type]
    return Fault("empty", retryable=True)


def _word(given: object) -> str:
    word = re.sub(r"\W+", "_", str(getattr(given, "name", given) or "").lower()).strip("_")
    word = re.sub(r"^finish_?reason_", "", word)
    if word in _NONE:
        return ""
    return next((ours for ours, words in _WORDS.items() if words.search(word)), word) or word
