"""The kinds of fault, and which an error's body tells of: by its codes, by its words, by HTTP's status."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from components.streaming.error_body import ErrorBody

Kind = Literal[
    "missing",  # a key, project or credentials: params["fields"]
    "bad_setting",  # a value that can't be used, such as a base URL that is no URL: params["field"]
    "unauthorized",  # 401: the key or the credentials were refused
    "forbidden",  # 403
    "not_found",  # 404, or by words of any status: the model, or the path under the base URL
    "bad_request",  # 400: params["detail"], the provider's own words
    "too_long",  # the conversation is larger than the window: params["tokens"], params["window"]
    "rate_limited",  # 429
    "quota",  # 402, or what was paid for is used up: no wait helps
    "overloaded",  # 529, or by its own words
    "server_error",  # 5xx: params["status"]
    "redirected",  # 3xx: params["location"], as a base URL
    "no_chat_api",  # something answers there, but no chat API
    "provider_error",  # an error object inside the stream: params["detail"]
    "unreachable",  # refused connection, unknown host: params["host"] of one that has no address
    "certificate",  # not trusted: params["detail"]
    "wrong_scheme",  # TLS spoken to a server without, or the other way: params["scheme"], the right one with "://"
    "proxy",  # it can't be used: params["variable"] where known, params["detail"] of one that answers
    "timeout",
    "dropped",  # the connection broke in mid-reply
    "cut_off",  # the stream ended cleanly, but without a finish reason
    "malformed",  # a chunk that can't be read
    "nothing_sent",  # a stream without anything in it
    "unreadable",  # a step of the chain could not read what the model wrote: params["detail"]
    "content_filter",
    "refused",  # by the model: params["detail"], its own words
    "provider_ended",  # abnormally: params["detail"], the finish reason
    "empty",  # a finished reply with no text: params["parts"], what else it had
    "thought_only",  # a finished reply with thoughts and no text: params["tokens"] where known
    "spent",  # the longest reply was, and nobody knows on what
    "spent_on_thinking",  # the longest reply was: params["tokens"] where known
    "limit_ignored",  # params["limit"], tokens, of which twice as many came
    "empty_message",  # nothing was asked
    "unsupported",  # this provider can't do this method: params["method"]
    "weights_missing",  # the embedded model's weights can't be had: params["detail"]
    "endless",  # an agent that calls its tools again and again
    "unanswered",  # a question of a chain to the reader of its run
    "weights_damaged",  # they failed their checksum
    "disk_full",
    "local_failed",  # llama.cpp would not start: params["detail"]
    "local_died",  # llama.cpp ended in mid-reply; it is being restarted
    # This server's own, about its visitors:
    "too_many_runs",  # in the last minute
    "too_many_streams",  # of one visitor at the same time: params["limit"]
    "tokens_spent",  # what the owner gives in a day
    "message_too_long",  # params["limit"], characters
    "closed",  # this provider only with a key of one's own
    "limits_down",  # the limits store is unreachable
    "busy",  # no place is free, and the line is full or can't be waited in
    "ending",  # this server is: it begins nothing, or could not wait for the reply's end
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Rule:
    """An error is of this `kind` if its words match, or its codes do. `only`, `but`: with such a status, or
    not, 0 being none. `no_wait`: where no wait is told.
    """

    kind: Kind
    words: re.Pattern[str] | None = None
    codes: re.Pattern[str] | None = None
    only: Sequence[int] = ()
    but: Sequence[int] = ()
    no_wait: bool = False

    @classmethod
    def of(cls, kind: Kind, words: Sequence[str] = (), codes: Sequence[str] = (), **told: Any) -> Self:
        """As the file has it. Codes are in small letters without punctuation."""
        any_code = re.compile(f" (?:{'|'.join(codes)}) ") if codes else None
        any_words = re.compile(f"(?i){'|'.join(words)}") if words else None
        return cls(kind, any_words, any_code, **told)

    def holds(self, read: ErrorBody, status: int) -> bool:
        if status in self.but or (self.only and status not in self.only):
            return False
        if self.no_wait and read.delay is not None:
            return False
        pairs = ((self.words, read.words), (self.codes, read.codes))
        return any(pattern and pattern.search(told) for pattern, told in pairs)


_FILE: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
RULES: Final = tuple(Rule.of(**rule) for rule in _FILE["rules"])
BY_STATUS: Final[Mapping[int, Kind]] = {one: kind for kind, of in _FILE["statuses"].items() for one in of}
BAD_REQUEST: Final = re.compile(_FILE["bad_request"])

# A number that isn't part of a name such as gpt-4-0613.
NUMBER = r"(?<![\w.-])(\d[\d,]{2,11})(?![\w-]|[.,]\d)"
WINDOW = tuple(
    re.compile(rf"(?i)(?:{before})(?:(?! by )\D){{0,40}}?{NUMBER}")  # what it exceeds, not by how much
    for before in (
        r"n_ctx|\s>|must be <=|less than|too large for model",
        r"(?:context|prompt|model|allowed) (?:length|size|window|limit|len)|maximum number of tokens"
        r"|supports|limit",
    )
)


def kind_of(read: ErrorBody, status: int | None) -> tuple[Kind, dict[str, str]]:
    """The kind, and of a conversation that is too long the numbers that were told: `tokens`, `window`."""
    if status is not None and 300 <= status < 400:
        return "redirected", {}
    kind = next((rule.kind for rule in RULES if rule.holds(read, status or 0)), None)
    kind = kind or _by_status(read, status)
    return kind, _sizes(read) if kind == "too_long" else {}


def _by_status(read: ErrorBody, status: int | None) -> Kind:
    status = status or read.status
    if status is None:
        return "bad_request" if BAD_REQUEST.search(read.codes) else "provider_error"
    return BY_STATUS.get(status, "server_error" if status >= 500 else "bad_request")


def _sizes(read: ErrorBody) -> dict[str, str]:
    tokens, window = read.numbers.get("nprompttokens"), read.numbers.get("nctx")
    found = next(filter(None, (pattern.search(read.words) for pattern in WINDOW)), None)
    if window is None and found:
        window = int(found[1].replace(",", ""))
        numbers = (int(text.replace(",", "")) for text in re.findall(NUMBER, read.words))
        rest = [number for number in numbers if number != window]
        # Some tell the message and the reply apart.
        tokens = next((number for number in rest if number > window), None) or sum(rest[:2])
    if window is None:
        return {}
    return {"window": str(window), **({"tokens": str(tokens)} if tokens and tokens > window else {})}
