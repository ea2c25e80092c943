"""The environment over `.env`, empty as unset, and one sentence for each value that can't be used."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from components.providers import PROVIDERS, registry
from components.providers.local import DIALECTS
from components.settings import METHODS, BadSetting, Settings


def test_nothing_set_gives_the_defaults() -> None:
    settings = Settings.load(dotenv=None, environ={})

    assert settings == Settings()
    assert (settings.provider, settings.method) == ("local", "stream")


def test_every_variable() -> None:
    given = {
        "PROVIDER": "openai",
        "MODEL": "m",
        "METHOD": "astream",
        "TEMPERATURE": "1.5",
        "MAX_TOKENS": "64",
        "DRAIN_SECONDS": "3",
        "FORGET_SECONDS": "60",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SERVER_PORT": "7861",
        "GRADIO_SHARE": "True",
    }
    settings = Settings.load(dotenv=None, environ=given)

    typed = {
        "TEMPERATURE": 1.5,
        "MAX_TOKENS": 64,
        "DRAIN_SECONDS": 3,
        "FORGET_SECONDS": 60,
        "GRADIO_SERVER_PORT": 7861,
        "GRADIO_SHARE": True,
    }
    assert {name: getattr(settings, name.lower()) for name in given} == {**given, **typed}
    assert settings.variables == given


def test_the_environment_stands_over_dotenv(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "# a comment\nMODEL=from-file\nexport MAX_TOKENS=9\nPROVIDER='scripted'\n", encoding="utf-8"
    )
    settings = Settings.load(dotenv, {"MODEL": "from-environment"})

    assert (settings.model, settings.max_tokens, settings.provider) == ("from-environment", 9, "scripted")


def test_dotenv_is_not_copied_into_the_environment(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("OPENAI_API_KEY=sk-from-the-file\nMODEL=m\nLEFT_ALONE=1\n", encoding="utf-8")
    before = dict(os.environ)
    settings = Settings.load(dotenv)

    assert settings.variables["OPENAI_API_KEY"] == (os.environ.get("OPENAI_API_KEY") or "sk-from-the-file")
    assert dict(os.environ) == before


def test_no_dotenv_is_no_error(tmp_path: Path) -> None:
    assert Settings.load(tmp_path / ".env", {}) == Settings()


def test_empty_is_unset(tmp_path: Path) -> None:
    names = ["PROVIDER", "METHOD", "TEMPERATURE", "MAX_TOKENS", "GRADIO_SHARE", "GRADIO_SERVER_PORT"]
    dotenv = tmp_path / ".env"
    dotenv.write_text("".join(f"{name}=\n" for name in names), encoding="utf-8")

    assert Settings.load(dotenv, dict.fromkeys(names, "  ")) == Settings()


@pytest.mark.parametrize("yes", ["1", "true", "True", "YES", "on"])
def test_yes(yes: str) -> None:
    assert Settings.load(None, {"GRADIO_SHARE": yes}).gradio_share


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("METHOD", "batch"),
        ("TEMPERATURE", "hot"),
        ("TEMPERATURE", "2.1"),
        ("TEMPERATURE", "-1"),
        ("TEMPERATURE", "nan"),
        ("MAX_TOKENS", "0"),
        ("MAX_TOKENS", "many"),
        ("MAX_TOKENS", "1.5"),
        ("DRAIN_SECONDS", "-1"),
        ("FORGET_SECONDS", "-1"),
        ("GRADIO_SERVER_PORT", "http"),
        ("GRADIO_SERVER_PORT", "99999"),
        ("GRADIO_SHARE", "maybe"),
        # What timers and pools can't take.
        ("FORGET_SECONDS", "9" * 20),
        ("STREAMS", "9" * 21),
    ],
)
def test_a_bad_value_is_told_by_its_variable(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings.load(None, {name: value})

    sentence = str(caught.value)
    assert sentence.startswith(f"{name} is ")
    assert value in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, [kind.name for kind in PROVIDERS]) for name in ("PROVIDER", "PUBLIC_PROVIDERS")),
        ("LOCAL_DIALECT", DIALECTS),
        ("METHOD", METHODS),
    ],
)
def test_a_choice_names_what_there_is(name: str, options: Sequence[str]) -> None:
    with pytest.raises(BadSetting, match=rf"^{name} (is|has) 'x'; it can (be|have) {', '.join(options)}\.$"):
        registry(Settings.load(None, {name: "x"}))


def test_the_key_is_not_shown() -> None:
    settings = Settings.load(None, {"OPENAI_API_KEY": "sk-SECRET", "MODEL": "shown"})

    assert "shown" in repr(settings)
    assert "SECRET" not in repr(settings)
    assert "SECRET" not in str(settings)


def test_a_dotenv_that_is_no_text(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(b"MODEL=\xff\xfe")
    with pytest.raises(BadSetting, match="is not UTF-8 text"):
        Settings.load(dotenv, {})


def test_a_dotenv_that_is_a_pipe(tmp_path: Path) -> None:
    """As keepers of passwords give it."""
    dotenv = tmp_path / ".env"
    os.mkfifo(dotenv)
    writer = threading.Thread(target=dotenv.write_text, args=("MODEL=m\n",))
    writer.start()
    assert Settings.load(dotenv, {}).model == "m"
    writer.join()


def test_a_dotenv_that_cannot_be_opened(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.symlink_to("/proc/self/mem")  # by its owner neither
    with pytest.raises(BadSetting, match="can't be read: "):
        Settings.load(dotenv, {})


@pytest.mark.parametrize(
    ("given", "path"),
    [("", ""), ("/", ""), ("lab", "/lab"), ("/a/lab/", "/a/lab"), ("https://a/lab/", "https://a/lab")],
)
def test_the_path_it_is_served_below(given: str, path: str) -> None:
    assert Settings.load(None, {"GRADIO_ROOT_PATH": given}).root_path == path
