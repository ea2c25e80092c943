"""What left for a server, as far as it may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# What stands in a header in the key's place.
KEY: Final = "{key}"


@dataclass(frozen=True, slots=True)
class Request:
    """It stays in memory: its address may be nobody's business, and no key is in it.

    `address`: the part of the URL to which the client's own paths are added.
    """

    method: str
    address: str
    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
