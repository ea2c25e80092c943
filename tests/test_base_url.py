"""A base URL as people paste it, and as it is used."""

from __future__ import annotations

import pytest

from components.providers.base_url import normalised
from components.streaming.faults import Failure

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
        ("http://h:11434/api/chat", "http://h:11434", {}),
        ("http://h:11434/api/tags/", "http://h:11434", {}),
        ("http://h/api/v1/chat", "http://h/api/v1", {}),
        ("http://h/v1beta/models/gemini-3:streamGenerateContent?alt=sse", "http://h/v1beta", {"alt": "sse"}),
        ("http://h/v1?api-version=2024-02-15-preview", "http://h/v1", VERSION),
        ("http://bücher.example/v1", "http://xn--bcher-kva.example/v1", {}),
        ("localhost:1234/v1", "http://localhost:1234/v1", {}),
        ("//h:1/v1", "http://h:1/v1", {}),
        ("192.168.1.5:1/v1", "http://192.168.1.5:1/v1", {}),
        ("[::1]:1/v1", "http://[::1]:1/v1", {}),
        ("api.h.example/v1", "https://api.h.example/v1", {}),
        ('"http://h/v1"', "http://h/v1", {}),
        ("<http://h/v1>\n", "http://h/v1", {}),
        ("\ufeffhttp://h/v1\u200b", "http://h/v1", {}),
        ("http://h/a b/é/v1", "http://h/a%20b/%C3%A9/v1", {}),
        ("http://h/a%20b/v1", "http://h/a%20b/v1", {}),
    ],
)
def test_put_right(pasted: str, base_url: str, query: dict[str, str]) -> None:
    assert normalised(pasted) == (base_url, query)
    assert normalised(base_url) == (base_url, {})


@pytest.mark.parametrize(
    "pasted",
    [
        *("", "http://", "ftp://h/v1", "http:/h/v1", "mailto:h", "javascript:alert(1)", "https:h"),
        *("not a url", "nowhere", "http://a b/v1"),
        *("http://h/\udc93", "http://h:99999", "http://user:word@h/v1", "user:word@h/v1", "http://h/v1#a"),
    ],
)
def test_no_url_to_ask(pasted: str) -> None:
    with pytest.raises(Failure) as raised:
        normalised(pasted, "somewhere")
    assert raised.value.fault.params == {"field": "somewhere"}
