"""A base URL as people paste it, and as it is used."""

from __future__ import annotations

import pytest

from components.providers.base_url import normalised

VERSION = {"api-version": "2024-02-15-preview"}


@pytest.mark.parametrize(
    ("pasted", "base_url", "query"),
    [
        (" http://h:1/v1 ", "http://h:1/v1", {}),
        ("http://h:1/v1/", "http://h:1/v1", {}),
        ("http://h:1//v1", "http://h:1/v1", {}),
        ("http://h:1", "http://h:1", {}),
        ("HTTP://H:1/v1", "http://h:1/v1", {}),
        ("http://[::1]:1/v1", "http://[::1]:1/v1", {}),
        ("http://h/v1/chat/completions", "http://h/v1", {}),
        ("http://h/v1/chat/completions/?", "http://h/v1", {}),
        ("http://h/v1/completions", "http://h/v1", {}),
        ("http://h/v1/responses", "http://h/v1", {}),
        ("http://h/v1/models?a=", "http://h/v1", {"a": ""}),
        (
            "http://h/openai/deployments/d/chat/completions?api-version=2024-02-15-preview",
            "http://h/openai/deployments/d",
            VERSION,
        ),
        ("http://h/v1?api-version=2024-02-15-preview", "http://h/v1", VERSION),
        ("http://bücher.example/v1", "http://xn--bcher-kva.example/v1", {}),
    ],
)
def test_put_right(pasted: str, base_url: str, query: dict[str, str]) -> None:
    assert normalised(pasted) == (base_url, query)
    assert normalised(base_url) == (base_url, {})
