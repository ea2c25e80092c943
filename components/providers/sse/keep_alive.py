"""What a server sends only so that a connection isn't given up."""

from __future__ import annotations

import re

NAMES = frozenset({"ping", "keepalive", "keep-alive", "keep_alive", "heartbeat", "comment"})
# `OPENROUTER PROCESSING`, `ping - 12:01`, `[keep-alive]`: no JSON, and no words of an error.
WORDS = re.compile(r"\W*(ping|pong|keep[-_ ]?alive|heart[-_ ]?beat|waiting|(\w+ )?processing)\b[^{]*", re.I)
EMPTY = frozenset({"", "{}", "null", "[]", '""'})


def is_keep_alive(name: str, data: str) -> bool:
    """Whether an event of this name and data says nothing."""
    data = data.strip()
    return (
        data in EMPTY
        or data.startswith(":")
        or name.lower() in NAMES
        or WORDS.fullmatch(data) is not None
        or re.fullmatch(r'\{\s*"type"\s*:\s*"(ping|keepalive|keep-alive|heartbeat)"\s*\}', data) is not None
    )
