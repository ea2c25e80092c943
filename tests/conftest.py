"""What the tests of several modules share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests import app_process, lesson_versions, recipes, terminal
from tests.servers.openai_api import OpenAIServer

# The same examples every day, so that what fails is a change; a busy machine may take its time, and nothing
# is left in the working copy. Others are tried by `--hypothesis-profile search --timeout 0`.
SLOW_OR_SHARED = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
settings.register_profile(
    "same", deadline=None, database=None, derandomize=True, suppress_health_check=SLOW_OR_SHARED
)
settings.register_profile("search", settings.get_profile("same"), derandomize=False, max_examples=2_000)
settings.load_profile("same")

pytest_runtest_logreport = lesson_versions.pytest_runtest_logreport
pytest_sessionfinish = lesson_versions.pytest_sessionfinish
# Whoever imports one of these, or asks for the fixture `app`, starts the app or a console, and so is slow.
# What is slow for another reason says so itself.
STARTERS = (app_process.running, terminal.piped, terminal.terminal, recipes.in_shell)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")
        elif isinstance(item, pytest.Function):
            imported = vars(item.module).values()
            if {"app", "laptop"} & {*item.fixturenames} or any(
                one in STARTERS for one in imported if callable(one)
            ):
                item.add_marker("slow")


@pytest.fixture(scope="session")
def openai_server() -> Iterator[OpenAIServer]:
    """One for the session; a test that reads its log gives its model a name of its own."""
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="session")
def laptop() -> Iterator[app_process.App]:
    """The app as it is started on a laptop, on loopback and with nothing set; its model says two words."""
    with app_process.running(PROVIDER="scripted", MAX_TOKENS="2") as app:
        yield app
