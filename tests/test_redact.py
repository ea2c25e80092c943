"""Nothing that is a key, or looks like one, is left in what is logged; ordinary words are."""

from __future__ import annotations

import json
import traceback

import pytest

from components.streaming.text import STRUCK_OUT, redact

PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Incorrect API key provided: sk-proj-abc123def456.", "abc123"),
        ("Incorrect API key provided: sk-abcde*********wxyz.", "wxyz"),
        ("Incorrect key: my-token****************9876, sorry", "9876"),
        ("Authorization: Bearer abcdefgh", "abcdefgh"),
        ("b'Authorization', b'Bearer abcdefghijkl'", "abcdefgh"),
        ('{"api_key": "hush-hush", "model": "m"}', "hush-hush"),
        ("{'private_key': 'MIIE', 'x': 1}", "MIIE"),
        ("X-Goog-Api-Key: AIzaSyA1234567890abcdefghijklmnop", "AIza"),
        ("?key=AIzaSyA1234567890abcdefghijklmnop&x=1", "AIza"),
        ("access_token=ya29.a0AfH6SMB", "ya29"),
        ("hf_abcdefghijklmnop", "hf_abc"),
        (f"loaded {PEM} from file", "MIIE"),
        (PEM[:40], "MIIE"),
        ('"client_secret": "a\\"b"', "b"),
    ],
)
def test_what_looks_like_a_key(text: str, secret: str) -> None:
    struck = redact(text)
    assert STRUCK_OUT in struck
    assert secret not in struck.replace("Bearer", "")


@pytest.mark.parametrize("secret", ["correct-horse-battery", "a\"b\\c'd-e", "パスワード-123"])
def test_a_given_secret_in_any_form(secret: str) -> None:
    for form in (secret, json.dumps(secret), repr(secret), repr(secret.encode())):
        assert redact(f"before {form} after", [secret]).count(STRUCK_OUT) == 1
    assert redact(f"{secret} after", [secret]) == f"{STRUCK_OUT} after"


def test_a_secret_within_another() -> None:
    assert redact("abcdefgh-long abcdefgh", ["abcdefgh", "abcdefgh-long"]) == f"{STRUCK_OUT} {STRUCK_OUT}"


@pytest.mark.parametrize(
    "text",
    [
        "The model `gpt-4o` does not exist.",
        "Please ask a task-manager; risk-averse people do. 2 ** 3 and **bold** and *** too",
        "The key is missing.",
        "none of these",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert redact(text, ["none", ""]) == text


def test_a_traceback_with_its_causes() -> None:
    def fail() -> None:
        try:
            int("sk-" + "first-0123456789")
        except ValueError as first:
            raise RuntimeError("second correct" + "-horse") from first

    with pytest.raises(RuntimeError) as caught:
        fail()
    text = redact("".join(traceback.format_exception(caught.value)), ["correct-horse"])
    assert "invalid literal for int" in text
    assert "RuntimeError: second [struck out]" in text
    assert "sk-first" not in text
