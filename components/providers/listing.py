"""The models that a server of OpenAI's protocol lists."""

from __future__ import annotations

import logging

import httpx2

log = logging.getLogger(__name__)

SECONDS = 5.0
# Of names that are offered, and of characters in one; a stranger's server may send anything.
MOST, LONGEST = 500, 200


def served(base_url: str, query: dict[str, str], key: str) -> tuple[str, ...]:
    """In its order, from /models or /v1/models; () where there is no list."""
    headers = {"Authorization": f"Bearer {key}"}
    for path in ("/models", "/v1/models"):
        try:
            answer = httpx2.get(f"{base_url}{path}", params=query, headers=headers, timeout=SECONDS)
            listed = answer.json()["data"] if answer.is_success else []
            names = [name for one in listed[:MOST] if isinstance(name := one["id"], str)]
        except (httpx2.HTTPError, ValueError, TypeError, LookupError) as error:
            log.info("no list of models at %s%s: %s", base_url, path, type(error).__name__)
            continue
        if names:
            return tuple(dict.fromkeys(name for name in names if 0 < len(name) <= LONGEST))
    return ()
