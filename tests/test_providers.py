"""What holds for every provider there is, and that one more is a file and a line, as CONTRIBUTING.md says."""

from __future__ import annotations

import gc
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from components import children
from components.providers import PROVIDERS, Choice, Provider, registry
from components.providers.field import SECRET
from components.settings import Settings
from tests.app_process import ROOT
from tests.servers.openai_api import OpenAIServer
from tests.terminal import environment

PLANTED = "PLANTED"
Kind = type[Provider]
every = pytest.mark.parametrize("kind", PROVIDERS, ids=[kind.name for kind in PROVIDERS])


def owners(kind: Kind) -> dict[str, str]:
    """Every variable of the owner's."""
    return {
        field.variable: f"{PLANTED}-{field.name}"
        for field in kind.fields
        if field.variable and not field.public
    }


def reachable(value: Any) -> Iterator[Any]:
    """All that an object holds, without the modules that it comes from."""
    seen, left = set(), [value]
    while left:
        one = left.pop()
        if id(one) in seen or isinstance(one, ModuleType | type):
            continue
        seen.add(id(one))
        yield one
        left += [one.__closure__] if isinstance(one, FunctionType) else gc.get_referents(one)


def planted_in(value: Any) -> list[str]:
    return [one for one in reachable(value) if isinstance(one, str) and PLANTED in one]


@every
def test_one_that_is_not_opened_has_nothing_of_the_owner_s(kind: Kind) -> None:
    other = next(one.name for one in PROVIDERS if one is not kind)
    settings = Settings.load(None, {**owners(kind), "HOSTED": "1", "PUBLIC_PROVIDERS": other})
    assert planted_in(kind(settings)) == []
    opened = kind(Settings.load(None, {**owners(kind), "HOSTED": "1", "PUBLIC_PROVIDERS": kind.name}))
    assert bool(planted_in(opened)) == bool(owners(kind)), "it is found where it is"
    assert planted_in(opened.fields) == [], "strangers see none of it"


@every
def test_a_key_is_shown_to_nobody(kind: Kind) -> None:
    provider = kind(Settings.load(None, owners(kind)))
    assert [field.name for field in provider.fields if field.kind in SECRET and field.default] == []


@every
def test_strangers_give_no_address(kind: Kind) -> None:
    settings = Settings.load(None, {"HOSTED": "1"})
    provider = kind(settings)
    assert {field.kind for field in provider.fields} & {"address", "owner"} == set()
    if kind.name in registry(settings):
        given = dict.fromkeys((field.name for field in provider.fields), "x")
        assert provider.missing(Choice(kind.name, values=given)) in ((), ("credentials",)), "it can be used"


@every
def test_the_app_s_children_get_no_key(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    for field in kind.fields:
        if field.variable and field.kind in SECRET:
            monkeypatch.setenv(field.variable, PLANTED)
            assert field.variable not in children.environment()


@every
def test_it_says_all_of_itself(kind: Kind) -> None:
    told = (ROOT / ".env.example").read_text("utf-8"), (ROOT / "README.md").read_text("utf-8")
    assert [name for name in owners(kind) for text in told if name not in text] == []
    provider = kind(Settings())
    small = [model for model in kind.models if kind.small in model] or provider.models
    assert provider.default_model() == small[0]
    assert kind.snippet.package
    assert all(map(version, kind.packages))


@pytest.fixture
def with_toy(tmp_path: Path) -> Path:
    """The app with the recipe's provider, made by the recipe's steps."""
    shutil.copytree(
        ROOT / "components", tmp_path / "components", ignore=shutil.ignore_patterns("__pycache__")
    )
    recipe = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8").partition("## Add a provider")[2]
    block = re.search(r"^ *```python\n(.*?)^ *```", recipe, re.MULTILINE | re.DOTALL)
    assert block is not None
    providers = tmp_path / "components" / "providers"
    (providers / "toy.py").write_text(textwrap.dedent(block[1]))
    change(providers / "__init__.py", ", Scripted)", ", Scripted, Toy)")
    change(providers / "__init__.py", "\nfrom comp", "\nfrom components.providers.toy import Toy\nfrom comp")
    for language in ("en", "ja", "zh-CN"):
        words = tmp_path / "components" / "locale" / f"{language}.toml"
        change(
            words,
            "provider_hint_local",
            'provider_hint_toy = "玩具。"\nprovider_hint_local',
        )
    return tmp_path


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")


@pytest.mark.slow
def test_one_more_is_a_file_and_a_line(with_toy: Path, openai_server: OpenAIServer) -> None:
    def console(**variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "components.console", "hello"]
        here = environment(with_toy, PROVIDER="toy", **variables) | {"PYTHONPATH": str(with_toy)}
        return subprocess.run(command, cwd=with_toy, env=here, capture_output=True, text=True, check=False)

    without = console()
    assert (without.returncode, without.stderr) == (
        2, "toy needs TOY_API_KEY, in the environment or in .env.\n",
    )  # fmt: skip
    own = {
        "TOY_API_KEY": "sk-good-0123456789",
        "TOY_BASE_URL": openai_server.base_url,
        "MODEL": "chunks=3,id=toy",
    }
    done = console(**own)
    assert (done.returncode, done.stdout.split()[:1]) == (0, ["Lorem"]), done.stderr
    assert "finish: stop · " in done.stderr
    (entry,) = openai_server.requests("chunks=3,id=toy")
    assert entry.headers["authorization"] == "Bearer sk-good-0123456789"


def test_an_unopened_one_is_closed_by_construction() -> None:
    """Also to those who ask without the page."""
    own = {name: value for kind in PROVIDERS for name, value in owners(kind).items()}
    for name, provider in registry(Settings.load(None, {**own, "HOSTED": "1"})).items():
        if not provider.keyless:
            assert provider.missing(Choice(name)), name
