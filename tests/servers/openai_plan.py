"""What the OpenAI stand-in does with a request: the plan its model name spells out.

`gpt-anything` answers with 20 chunks; `chunks=300,rate=100,first=0.2,text=json` is paced;
`hold_after=10` waits there for the test's `release`; `status=429,retry_after=1`, `404`, `drop_after=5`,
`stall_first` go wrong on purpose. The model `as-told` is told its plan by the last message, `as-set` by the
test, for all requests from then on; that may be `as-told`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import cycle, islice
from typing import Any, Literal, get_args

Text = Literal["lorem", "markdown", "json", "rtl", "emoji"]


AS_TOLD = "as-told"
AS_SET = "as-set"
# To be stopped: some seconds of chunks, of which the app asks for no more than 160 at a time, and no end.
ENDLESS = "chunks=160,rate=20,stall_after=150,pings=1"


class PlanError(ValueError):
    """A model name with `=` in it that spells no plan; the message names the part."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Counts (`*_after`) are content chunks sent before it happens, -1 for never; times are seconds."""

    chunks: int = 20
    rate: float = 0  # chunks a second, 0 for all at once
    first: float = 0
    think: int = 0  # chunks of thought before the text, in `reasoning_content`
    text: str = "lorem"
    size: int = 4  # characters a chunk, about
    finish: str = "stop"
    status: int = 0
    retry_after: str = ""
    fail_times: int = 0  # `status` only for so many requests that carry the same `id`
    hold_after: tuple[int, ...] = ()  # "5+9": there, until the test lets those that carry this `id` go on
    id: str = ""
    auth: bool = False  # 401 unless the key starts with sk-good
    context_overflow: bool = False
    stall_first: bool = False  # not even headers
    drop_first: bool = False  # RST instead of headers
    stall_headers: bool = False  # headers, then nothing
    stall_after: int = -1
    pings: float = 0  # while stalled, an SSE comment so often
    drop_after: int = -1  # RST
    close_after: int = -1  # FIN, with `Connection: close` and no length: a legal end of the body
    truncate_after: int = -1  # FIN inside a chunked body: an illegal one
    malformed_after: int = -1
    error_after: int = -1
    no_finish: bool = False  # [DONE], but no finish reason
    bytewise: bool = False
    tool_call: str = ""  # streamed only: a word with which the first tool is called, until it has answered
    echo: bool = False
    recite: bool = (
        False  # the chunks that the last message lists, a JSON array of texts and deltas, all of them
    )
    echo_usage: bool = False  # usage though the request didn't ask for it

    def stop_after(self) -> tuple[str, int]:
        """The mid-stream failure and its chunk; ("", -1) when there is none."""
        for name in ("stall", "drop", "close", "truncate", "malformed", "error"):
            after = getattr(self, f"{name}_after")
            if after >= 0:
                return name, after
        return ("stall", 0) if self.stall_headers else ("", -1)


_PARSE: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": lambda text: text in {"1", "true"},
    "tuple[int, ...]": lambda text: tuple(map(int, text.split("+"))),
}
_TYPES = {field.name: str(field.type) for field in fields(Plan)}


def parse(model: str) -> Plan:
    """Read a model name.

    Raises:
        PlanError: an unknown name before `=`, or a value that isn't of its type.
    """
    given: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in model.split(","))):
        name, equals, value = part.partition("=")
        if not equals and part.isdigit():
            name, value = "status", part
        elif not equals:
            if name not in _TYPES:
                continue  # a plain model name such as gpt-4o-mini
            value = "0.25" if name == "pings" else "1"
        if name not in _TYPES:
            raise PlanError(f"no plan has {name!r}")
        try:
            given[name] = _PARSE[_TYPES[name]](value)
        except ValueError:
            raise PlanError(f"{part!r} is no {_TYPES[name]}") from None
    plan = Plan(**given)
    if plan.text not in get_args(Text):
        raise PlanError(f"no text is called {plan.text!r}")
    return plan


_LOREM = tuple(re.findall(r"\S+", "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod."))
_PASSAGES = {
    "markdown": "## A heading\n\nSome *words*, a [link](https://example.com) and\n\n```python\n"
    'for chunk in model.stream("hi"):\n    print(chunk.text)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n'
    "- one\n- two\n\n",
    "rtl": "مرحبا بالعالم، هذا نص من اليمين إلى اليسار مع English وأرقام 123. שלום עולם, טקסט מימין לשמאל. ",
    "emoji": "Family 👩‍👩‍👧‍👦, flag 🇯🇵, thumbs 👍🏽, cafe\u0301, ﷽, 𝒜, 日本語。 ",
}


def pieces(text: str, count: int, size: int = 4) -> list[str]:
    """Exactly `count` pieces that add up to a text of about `size` characters a piece; "lorem" has words."""
    if text == "lorem":
        return [f"{' ' if i else ''}{word}" for i, word in enumerate(islice(cycle(_LOREM), count))]
    whole = _countries(size * count) if text == "json" else _repeat(_PASSAGES[text], size * count)
    return cut(whole, count)


def cut(whole: str, count: int) -> list[str]:
    """`whole` in `count` pieces of equal length, give or take one character."""
    return [whole[i * len(whole) // count : (i + 1) * len(whole) // count] for i in range(count)]


def _repeat(passage: str, length: int) -> str:
    return passage * max(1, length // len(passage))


def _countries(length: int) -> str:
    rows: list[dict[str, object]] = []
    size = 0
    while not rows or size < length:
        rows.append({"name": f"Country {len(rows) + 1}", "population": 1_000_003 * (len(rows) + 1)})
        size += len(json.dumps(rows[-1])) + 2
    return json.dumps({"countries": rows}, ensure_ascii=False)
