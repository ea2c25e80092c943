"""The words people read: whole in every language, and put together so that they read right."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from components.locale import LANGUAGES, Words, language_of
from components.locale.report import (
    bad_run_file,
    details,
    duration,
    line,
    receipt,
    sentences,
    unrecorded,
    wait,
)
from components.providers import registry
from components.settings import Settings
from components.streaming import Fault, Outcome, Report, Verdict
from components.streaming.events import BadFileKind, BadRunFile
from components.streaming.faults import Kind

ROOT = Path(__file__).parent.parent
ENGLISH = LANGUAGES["en"]
TRANSLATED = [language for language in LANGUAGES if language != "en"]
FULL_WIDTH = [language for language in TRANSLATED if language.startswith(("ja", "zh"))]
KINDS: tuple[Kind, ...] = get_args(Kind)

HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
KANA = re.compile(r"[\u3040-\u30ff]")
# Names are one or two words long ("Google Cloud", "API"); three in a row are English left as it was.
ENGLISH_PHRASE = re.compile(r"[A-Za-z']{2,}(?: [A-Za-z']{2,}){2,}")
HALF_WIDTH = re.compile(r"""[,;:!?()"']|\.(?=\s|$)""")

WHOLE = Report(
    method="stream",
    verdict=Verdict.STREAMED,
    outcome=Outcome("stop", 12, 43),
    fault=None,
    chunks=42,
    characters=180,
    setup=0.5,
    first_token=0.0824,
    longest_gap=0.12,
    seconds=1.4249,
    tokens_per_second=110.4,
    attempts=1,
    closed_after=None,
)
NOTHING = replace(
    WHOLE,
    verdict=Verdict.STOPPED,
    outcome=Outcome(),
    chunks=0,
    characters=0,
    setup=0.0,
    first_token=None,
    longest_gap=0.0,
    seconds=0.0,
    tokens_per_second=None,
    attempts=0,
)


def placeholders(text: str) -> list[str]:
    """Names in braces, sorted; each with the format it is given, which should be none."""
    parts = Formatter().parse(text)
    return sorted(
        f"{name}{spec}{conversion or ''}" for _, name, spec, conversion in parts if name is not None
    )


PUNCTUATION = {"list_separator", "full_stop"}


@pytest.mark.parametrize("language", TRANSLATED)
class TestTranslation:
    def test_has_english_keys(self, language: str) -> None:
        assert list(LANGUAGES[language]) == list(ENGLISH)

    def test_has_english_placeholders(self, language: str) -> None:
        for key, text in LANGUAGES[language].items():
            assert placeholders(text) == placeholders(ENGLISH[key]), key

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
AFTER = ("rate_limited_after", "overloaded_after", "too_many_runs_after", "tokens_spent_after")
# Of figures and names that some servers tell and others don't.
FULLER = (
    *("too_long_with_tokens", "too_long_with_window", "too_long_do_with_tokens"),
    *("thought_only_with_tokens", "spent_on_thinking_with_tokens", "redirected_with_location"),
    *("unreachable_with_host", "proxy_with_variable", "proxy_do_with_variable"),
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
        (" zh-CN ; q=0.9 , en", "zh-CN"),
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


@pytest.mark.parametrize("language", LANGUAGES)
class TestNeverRaises:
    @pytest.mark.parametrize("verdict", Verdict)
    def test_report(self, language: str, verdict: Verdict) -> None:
        words = Words(language)
        long = replace(WHOLE, outcome=Outcome("length", 0, 0), attempts=3, closed_after=0.004)
        for report in (WHOLE, NOTHING, long, replace(WHOLE, chunks=1, outcome=Outcome(input_tokens=1))):
            report = replace(report, verdict=verdict)
            assert line(words, report).endswith(words(f"verdict_{verdict}"))
            assert bool(details(words, report)) == (report.attempts > 0)
            for said in (line(words, report), details(words, report), receipt(words, report)):
                assert "{" not in said

    @pytest.mark.parametrize("kind", KINDS)
    def test_fault(self, language: str, kind: Kind) -> None:
        for retry_after in (None, 0.0, 7.4):
            for said in sentences(Words(language), Fault(kind, retry_after=retry_after)):
                assert said
                assert "{" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_run_files(language: str) -> None:
    words = Words(language)
    params = {
        "newer": {"version": "2", "known": "1"},
        "too_large": {"megabytes": "500", "limit": "100"},
        "long_line": {"line": "3", "limit": "8"},
        "damaged": {"line": "3"},
        "wrong_types": {"line": "3", "field": "{at}"},
    }
    kind: BadFileKind
    for kind in get_args(BadFileKind):
        bad = BadRunFile(kind, **params.get(kind, {}))
        said = bad_run_file(words, bad)
        assert all(value in said for value in bad.params.values())
        assert bad_run_file(words, bad, events=17).startswith(said)
        assert "17" in bad_run_file(words, bad, events=17)
    assert unrecorded(words, "") == ""
    assert unrecorded(words, "disk_full") != unrecorded(words, "unwritable")


def test_line_in_english() -> None:
    words = Words("en")
    assert line(words, WHOLE) == (
        "stream · first token 82 ms · 110 tokens/s · 42 chunks · finish: stop · streamed"
    )
    once = replace(WHOLE, method="invoke", verdict=Verdict.ONE_PIECE, chunks=1, tokens_per_second=None)
    assert line(words, once) == ("invoke · first token 82 ms · 1 chunk · finish: stop · arrived in one piece")
    failed = replace(NOTHING, verdict=Verdict.FAILED, attempts=3)
    assert line(words, failed) == "stream · 0 chunks · 3 attempts · failed"


def test_details_in_english() -> None:
    words = Words("en")
    assert details(words, WHOLE) == (
        "total 1.42 s · longest gap 120 ms · setup 500 ms · 12 tokens in, 43 out"
    )
    cut = replace(NOTHING, outcome=Outcome("length"), attempts=1, seconds=0.3)
    assert details(words, cut) == "total 300 ms · The reply hit the max-tokens limit."
    assert details(words, NOTHING) == ""


def test_receipt_in_english() -> None:
    words = Words("en")
    stopped = replace(WHOLE, verdict=Verdict.STOPPED, closed_after=0.004)
    assert receipt(words, stopped) == "kept 42 chunks; the model's connection was closed 4 ms after Stop"
    still_open = replace(stopped, closed_after=None)
    assert receipt(words, still_open) == "kept 42 chunks; the model's connection could not be closed"
    assert receipt(words, NOTHING) == "stopped before anything was sent"


def test_sentences_in_english() -> None:
    words = Words("en")
    assert sentences(words, Fault("unauthorized"), provider="openai") == (
        "openai refused the key or the credentials (401).",
        "Check them on the Provider tab, then try again.",
    )
    limited = Fault("rate_limited", retry_after=7.4)
    assert sentences(words, limited)[1] == "Wait 8 s, then try again."
    missing = Fault("missing", {"fields": "project, credentials"})
    assert sentences(words, missing, provider="vertexai")[0] == (
        "vertexai still needs: Google Cloud project, Service account file (JSON)."
    )
    assert sentences(words, Fault("bad_setting", {"field": "base_url"}))[0] == "Base URL is not valid."


def test_a_provider_s_own_words_are_no_template() -> None:
    fault = Fault("bad_request", {"detail": '{"error": {0} {provider} {key!r}}'})
    for language in LANGUAGES:
        said, _ = sentences(Words(language), fault, provider="openai")
        assert '{"error": {0} {provider} {key!r}}' in said


def test_what_the_fault_knows_goes_before_what_the_page_knows() -> None:
    fault = Fault("not_found", {"model": "gpt-x"})
    assert "no model gpt-x," in sentences(Words("en"), fault, provider="openai", model="other")[0]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0 ms"), (0.0824, "82 ms"), (0.9994, "999 ms"), (0.9996, "1.00 s"), (61.239, "61.24 s")],
)
def test_duration(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (7.4, "8 s"),
        (100.0, "2 min"),
        (80_000.0, "23 h"),
        (float("inf"), "8760 h"),
        (1e300, "8760 h"),
        (float("nan"), "1 s"),
        (-float("inf"), "1 s"),
    ],
)
def test_any_wait_has_words(seconds: float, said: str) -> None:
    assert wait(Words("en"), seconds) == said


def test_needs_no_gradio() -> None:
    code = (
        "import sys, components.locale, components.locale.report\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'gradio', 'langchain_core', 'openai'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- The keys as the code uses them: words("key"), i18n("key"), words(f"family_{member}"). ---


WORDS = {"__init__", *(tag.replace("-", "_").lower() for tag in LANGUAGES)}


@cache
def modules() -> list[ast.Module]:
    files = (ROOT / "app.py", *sorted((ROOT / "components").rglob("*.py")))
    words = {ROOT / "components" / "locale" / f"{name}.py" for name in WORDS}
    return [ast.parse(file.read_text("utf-8"), str(file)) for file in files if file not in words]


@cache
def nodes() -> list[ast.AST]:
    return [node for module in modules() for node in ast.walk(module)]


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call that asks for words, with the name of what is called."""
    for node in nodes():
        if isinstance(node, ast.Call) and node.args:
            # words("key"), or words_for(request)("key") and Words(language)("key")
            made = isinstance(node.func, ast.Call)
            called = node.func.func if isinstance(node.func, ast.Call) else node.func
            if isinstance(called, ast.Name) and (
                called.id in ("Words", "words_for") if made else called.id in ("words", "i18n")
            ):
                yield called.id, node


def literals(node: ast.expr) -> list[str]:
    """The keys an argument can be: one for a string, two for `"a" if ... else "b"`."""
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def family(node: ast.expr) -> str:
    """What an f-string begins with."""
    return "".join(literals(node.values[0])) if isinstance(node, ast.JoinedStr) else ""


def constants() -> set[str]:
    """Strings in constants of modules, such as `EXAMPLES = ("example_1", ...)`."""
    values = [
        node.value
        for module in modules()
        for node in module.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id.isupper()
    ]
    return {
        node.value
        for value in values
        for node in ast.walk(value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def looked_up() -> set[str]:
    """The keys of words["key"]."""
    return {key for node in nodes() if isinstance(node, ast.Subscript) for key in literals(node.slice)}


def test_every_key_asked_for_has_words() -> None:
    asked = {key for _, call in calls() for key in literals(call.args[0])}
    assert asked - set(ENGLISH) == set()
    for prefix in {family(call.args[0]) for _, call in calls()} - {""}:
        assert any(key.startswith(prefix) for key in ENGLISH), prefix


def test_no_key_is_left_over() -> None:
    used = {key for _, call in calls() for key in literals(call.args[0])} | constants() | looked_up()
    families = tuple({family(call.args[0]) for _, call in calls()} - {""})
    assert [key for key in ENGLISH if key not in used and not key.startswith(families)] == []


def test_every_key_is_asked_for_with_its_placeholders() -> None:
    for called, call in calls():
        given = sorted(keyword.arg or "**" for keyword in call.keywords)
        for key in literals(call.args[0]):
            # The browser puts in an i18n key's words as they are, so there is nothing to fill in.
            assert placeholders(ENGLISH[key]) == ([] if called == "i18n" else given), key
