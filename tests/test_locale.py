"""The words people read: whole in every language."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import get_args

import pytest

from components.locale import LANGUAGES, language_of
from components.providers import registry
from components.settings import Settings
from components.streaming import Verdict
from components.streaming.error_kind import Kind
from components.streaming.trace import BadFileKind
from tests.app_process import ROOT

ENGLISH = LANGUAGES["en"]
TRANSLATED = [language for language in LANGUAGES if language != "en"]
FULL_WIDTH = [language for language in TRANSLATED if language.startswith(("ja", "zh"))]
KINDS: tuple[Kind, ...] = get_args(Kind)

HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
KANA = re.compile(r"[\u3040-\u30ff]")
# Names are one or two words long ("Google Cloud", "API"); three in a row are English left as it was.
ENGLISH_PHRASE = re.compile(r"[A-Za-z']{2,}(?: [A-Za-z']{2,}){2,}")
HALF_WIDTH = re.compile(r"""[,;:!?()"']|\.(?=\s|$)""")

PUNCTUATION = {"list_separator", "full_stop"}


@pytest.mark.parametrize("language", TRANSLATED)
class TestTranslation:
    def test_is_translated(self, language: str) -> None:
        words = LANGUAGES[language]
        assert all(text == text.strip() for key, text in words.items() if key not in PUNCTUATION)
        assert sum(words[key] == ENGLISH[key] for key in words) < len(words) / 10


@pytest.mark.parametrize("language", FULL_WIDTH)
class TestFullWidth:
    def test_no_english_is_left(self, language: str) -> None:
        for key, text in LANGUAGES[language].items():
            assert HAN_OR_KANA.search(text) or key in PUNCTUATION, f"{key}: {text}"
            assert not ENGLISH_PHRASE.search(re.sub(r"{\w+}", "", text)), f"{key}: {text}"

    def test_punctuation_is_full_width(self, language: str) -> None:
        for key, text in LANGUAGES[language].items():
            assert not HALF_WIDTH.search(text), f"{key}: {text}"


def test_only_japanese_has_kana() -> None:
    assert [key for key, text in LANGUAGES["zh-CN"].items() if KANA.search(text)] == []
    assert any(KANA.search(text) for text in LANGUAGES["ja"].values())


# What they do about these says how long to wait, where that is known.
AFTER = (
    "rate_limited_after",
    "overloaded_after",
    "server_error_after",
    "too_many_runs_after",
    "tokens_spent_after",
)
# Of figures and names that some servers tell and others don't.
FULLER = (
    *("too_long_with_tokens", "too_long_with_window", "too_long_do_with_tokens"),
    *("thought_only_with_tokens", "spent_on_thinking_with_tokens", "redirected_with_location"),
    *("empty_with_parts", "empty_do_with_parts"),
    *("unreachable_with_host", "proxy_with_variable", "proxy_do_with_variable"),
    *(f"{kind}_with_status" for kind in ("unauthorized", "forbidden", "not_found", "rate_limited")),
)


def test_every_family_is_whole() -> None:
    providers = registry(Settings())
    fields = {field.name for provider in providers.values() for field in provider.fields}
    families = {
        "fault_": {*KINDS, *(f"{kind}_do" for kind in KINDS), *AFTER, *FULLER},
        "verdict_": {verdict.value for verdict in Verdict},
        "provider_hint_": set(providers),
        "run_file_": {*get_args(BadFileKind), "good_before"},
        "unrecorded_": {"disk_full", "unwritable"},
    }
    for prefix, members in families.items():
        assert {key for key in ENGLISH if key.startswith(prefix)} == {prefix + name for name in members}
    assert {f"field_{name}" for name in fields} <= set(ENGLISH)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ja", "ja"),
        ("ja-JP", "ja"),
        ("JA-jp", "ja"),
        ("xx,ja;q=0.8", "ja"),
        ("xx-CH, xx;q=0.9, ja;q=0.8, en;q=0.7, *;q=0.5", "ja"),
        ("en-US,en;q=0.9,ja;q=0.8", "en"),
        ("ja,en-US;q=0.9,en;q=0.8,zh-CN;q=0.7", "ja"),
        ("zh", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("zh-Hans-CN,ja;q=0.9", "zh-CN"),
        (" zh-CN ; q=0.9 , xx", "zh-CN"),
        (" zh-CN ; q=0.9 , en", "en"),
        ("en;q=0.1, ja;Q=0.9", "ja"),
        ("ja;level=1;q=0.2, zh;q=0.300", "zh-CN"),
        ("ja;q=0, zh;q=0.0", "en"),
        ("ja;q=1.0, zh;q=1, en;q=x", "ja"),
        ("xx", "en"),
        ("*", "en"),
        ("jam,zhx", "en"),
        ("", "en"),
        (None, "en"),
        (";;,=", "en"),
        (",-,;q=ja,,", "en"),
    ],
)
def test_language_of(accepted: str | None, language: str) -> None:
    assert language_of(accepted) == language


def test_needs_no_gradio() -> None:
    code = (
        "import sys, components.locale, components.locale.report\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'gradio', 'langchain_core', 'openai'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
