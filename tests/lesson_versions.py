"""Which versions each lesson's tests passed with, as they are run: written beside the lessons, for the page.

A lesson's tests are called by its number and name. The file changes only when a version or a result does.
"""

from __future__ import annotations

import ast
import json
import re
from importlib.metadata import packages_distributions, version

import pytest

from components.lessons import Lesson, lessons
from components.lessons.registry import HERE

FILE = HERE / "versions.json"
TEST = re.compile(r"tests/\S*test_lesson\w*\.py::test_\d\d_(\w+)")
# What every lesson stands on, and what its model is asked by.
ALWAYS = {"langchain_core", "langchain_openai"}

_passed: dict[str, bool] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if found := TEST.match(report.nodeid):
        _passed[found[1]] = _passed.get(found[1], True) and report.passed


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not _passed or hasattr(session.config, "workerinput"):
        return
    before = FILE.read_text("utf-8")
    known = json.loads(before)
    for name, passed in _passed.items():
        known[name] = installed(lessons()[name]) if passed else {}
    told = {name: known[name] for name in lessons() if known.get(name)}
    after = json.dumps(told, indent=1) + "\n"
    if after != before:
        FILE.write_text(after, "utf-8")


def installed(lesson: Lesson) -> dict[str, str]:
    """The packages it imports, with their versions."""
    modules = set(ALWAYS)
    for node in ast.walk(ast.parse(lesson.source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add((node.module or "").split(".")[0])
    packages = packages_distributions()
    names = {packages[module][0] for module in modules if module in packages}
    return {name: version(name) for name in sorted(names)}
