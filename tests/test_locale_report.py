"""How sentences, lines and figures are put together from the words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from components.locale import LANGUAGES, Words
from components.locale.report import (
    SEPARATOR,
    bad_run_file,
    details,
    duration,
    line,
    receipt,
    sentences,
    wait,
)
from components.streaming import Fault, Outcome, Report, Verdict
from components.streaming.error_kind import Kind
from components.streaming.trace import BadFileKind, BadRunFile

ENGLISH = Words("en")
KINDS: tuple[Kind, ...] = get_args(Kind)

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


def behind(words: Words, report: Report) -> str:
    return SEPARATOR.join(details(words, report))


STOPPED = replace(WHOLE, verdict=Verdict.STOPPED, closed_after=0.004)


@pytest.mark.parametrize("language", LANGUAGES)
class TestNeverRaises:
    @pytest.mark.parametrize("verdict", Verdict)
    def test_report(self, language: str, verdict: Verdict) -> None:
        words = Words(language)
        long = replace(WHOLE, outcome=Outcome("length", 0, 0), attempts=3, closed_after=0.004)
        for report in (WHOLE, NOTHING, long, replace(WHOLE, chunks=1, outcome=Outcome(input_tokens=1))):
            report = replace(report, verdict=verdict)
            end = receipt(words, report) if verdict == "stopped" else words(f"verdict_{verdict}")
            assert line(words, report).endswith(end)
            assert bool(details(words, report)) == (report.attempts > 0)
            for said in (line(words, report), *details(words, report), receipt(words, report)):
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
        "link_too_large": {"limit": "1000"},
        "capture_too_large": {"megabytes": "30", "limit": "20"},
        "capture_too_long": {"count": "30000", "limit": "20000"},
        "capture_foreign": {"dialects": "Gemini"},
        "long_line": {"line": "3", "limit": "8"},
        "damaged": {"line": "3"},
        "several": {"line": "322"},
        "wrong_types": {"line": "3", "field": "{at}"},
    }
    kind: BadFileKind
    for kind in get_args(BadFileKind):
        bad = BadRunFile(kind, **params.get(kind, {}))
        said = bad_run_file(words, bad)
        assert all(value in said for value in bad.params.values())
        assert bad_run_file(words, bad, events=17).startswith(said)
        assert "17" in bad_run_file(words, bad, events=17)
    assert words("unrecorded_disk_full") != words("unrecorded_unwritable")


@pytest.mark.parametrize(
    ("said_by", "report", "said"),
    [
        (line, WHOLE, "stream · first token 82 ms · 110 tokens/s · 42 chunks · finish: stop · streamed"),
        (
            line,
            replace(WHOLE, method="invoke", verdict=Verdict.ONE_PIECE, chunks=1, tokens_per_second=None),
            "invoke · first token 82 ms · 1 chunk · finish: stop · arrived in one piece",
        ),
        (
            line,
            replace(NOTHING, verdict=Verdict.FAILED, attempts=3),
            "stream · 0 chunks · 3 attempts · failed",
        ),
        (behind, WHOLE, "total 1.42 s · longest gap 120 ms · setup 500 ms · 12 tokens in, 43 out"),
        (
            behind,
            replace(NOTHING, outcome=Outcome("length"), attempts=1, seconds=0.3),
            "total 300 ms · The reply hit the max-tokens limit.",
        ),
        (behind, NOTHING, ""),
        (receipt, STOPPED, "kept 42 chunks; the model's connection was closed 4 ms after Stop"),
        (
            receipt,
            replace(STOPPED, closed_after=None),
            "kept 42 chunks; the model's connection could not be closed",
        ),
        (receipt, NOTHING, "stopped before anything was sent"),
    ],
)
def test_a_report_in_english(said_by: Callable[[Words, Report], str], report: Report, said: str) -> None:
    assert said_by(ENGLISH, report) == said


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            Fault("unauthorized", {"status": "400"}),
            "openai refused the key or the credentials (400). "
            "Check them on the Provider tab, then try again.",
        ),
        (
            Fault("rate_limited", retry_after=7.4),
            "openai is getting too many requests. Wait 8 s, then try again.",
        ),
        (
            Fault("missing", {"fields": "project, credentials"}),
            "openai still needs: Google Cloud project, Service account file (JSON). "
            "Fill it in on the Provider tab, or choose another provider.",
        ),
        (
            Fault("bad_setting", {"field": "base_url"}),
            "Base URL is not valid. Correct it on the Provider tab or in the chat's settings.",
        ),
    ],
)
def test_a_fault_in_english(fault: Fault, said: str) -> None:
    assert " ".join(sentences(ENGLISH, fault, provider="openai")) == said


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
