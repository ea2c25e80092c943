"""The lessons are found by their files, read without LangChain, and good to copy."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from components.lessons import find, lessons, own_file
from components.lessons.registry import HERE, read
from components.providers.local import Local
from components.providers.openai import OpenAI
from components.providers.vertexai import VertexAI
from components.settings import Settings
from tests.app_process import ROOT, clean_environment
from tests.servers.openai_api import OpenAIServer

# What a reader's own file can import: LangChain, what comes with it, and what requirements.txt names.
ALLOWED = {"langchain_core", "langgraph", "bm25s", "fastapi", "uvicorn", "httpx", "tenacity"}
ALLOWED |= {"langchain", "langchain_openai", "langchain_anthropic", "httpx2", "pydantic"}
# For the page that a lesson shows; the lesson itself runs without it.
ALLOWED |= {"streamlit"}


def test_all_are_there_in_order() -> None:
    files = list(HERE.glob("lesson_*.py"))
    assert [lesson.number for lesson in lessons().values()] == list(range(1, len(files) + 1))


@pytest.mark.parametrize("name", list(lessons()))
def test_a_lesson_is_whole(name: str) -> None:
    lesson = lessons()[name]
    assert lesson.source == lesson.file.read_text("utf-8")
    title, english = lesson.told("en")
    assert title
    assert lesson.prompt
    assert "Look " in english
    assert list(lesson.words) == ["en", "ja", "zh-CN"]
    for title, text in map(lesson.told, ("ja", "zh-CN")):
        assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", title)
        assert ("\n\n" in text) == ("\n\n" in english)
        # They name the same things.
        assert set(re.findall(r"`[^`]+`", text)) == set(re.findall(r"`[^`]+`", english))
        assert re.findall(r"\d+\.\d[\d.]*\d", text) == re.findall(r"\d+\.\d[\d.]*\d", english)
    tree = ast.parse(lesson.source)
    assert len(lesson.source.splitlines()) <= 106
    imported = {
        (name.name if isinstance(node, ast.Import) else node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert imported - set(sys.stdlib_module_names) <= ALLOWED


def test_the_table_names_them_all_and_no_other() -> None:
    rows = [line for line in (HERE / "README.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    named = [found for row in rows for found in re.findall(r"\b(\d+) `(\w+)`", row.rpartition(" | ")[2])]
    assert named == [(str(lesson.number), lesson.name) for lesson in lessons().values()]


@pytest.mark.parametrize(
    "example",
    [
        "ChatOpenAI",
        "ChatAnthropic",
        "ChatVertexAI",
        "AzureChatOpenAI",
        "FAISS",
        "OpenAIEmbeddings",
        "Streamlit",
    ],
)
def test_what_the_tutorials_use_is_in_the_coverage(example: str) -> None:
    assert example in (HERE / "README.md").read_text("utf-8")


def test_they_are_found_by_name_and_by_number() -> None:
    assert find("astream") == find(" 2 ") == lessons()["astream"]
    assert find("") is find("999") is find("../registry") is None


def test_a_model_s_name_is_no_code() -> None:
    lesson = lessons()["json_grows"]
    for name in ('a"b', "a\\", "gpt-4o"):
        tree = ast.parse(own_file(lesson, VertexAI.snippet, name))
        strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        assert name in strings
    assert OpenAI(Settings()).default_model() in own_file(lesson, Local.snippet, "SmolLM2-135M-Instruct")


def test_sync_lessons_use_the_sync_methods() -> None:
    for name in ("stream", "a_step_that_waits", "a_generator_step"):
        assert not lessons()[name].is_async
        assert "in chain.stream(" in lessons()[name].source or "in model.stream(" in lessons()[name].source


MINE = '"""Mine."""\n\n\ndef lesson(model, prompt):\n    print(prompt)\n'
WORDS = """
theme = "json"
prompt = "a b"

[en]
text = "Look here."

[ja]
title = "私の"
text = '''
ここ。

そこ。
'''

[fr-CA]
title = "À moi"
text = "Ici."
"""


def test_adding_one_is_adding_a_file(tmp_path: Path) -> None:
    file = tmp_path / "lesson_26_mine.py"
    file.write_text(MINE)
    file.with_suffix(".toml").write_text(WORDS, "utf-8")
    lesson = read(file)
    told = (lesson.number, lesson.name, lesson.theme, *lesson.told("en"), lesson.prompt)
    assert told == (26, "mine", "json", "Mine", "Look here.", "a b")
    assert lesson.told("ja") == ("私の", "ここ。\n\nそこ。")
    assert lesson.told("fr-CA") == ("À moi", "Ici.")
    assert lesson.told("zh-CN") == lesson.told("en") == ("Mine", "Look here.")
    assert not lesson.is_async
    assert not lesson.json


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (MINE.partition("\n")[2], WORDS),
        (MINE.replace("lesson", "example"), WORDS),
        (MINE, WORDS.replace("prompt", "asked")),
        (MINE, WORDS.replace('"json"', '"none"')),
        (MINE, WORDS.replace("[en]", "[de]")),
    ],
)
def test_a_file_that_is_no_lesson_is_refused(source: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "lesson_99_none.py"
    file.write_text(source)
    file.with_suffix(".toml").write_text(words, "utf-8")
    with pytest.raises(ValueError, match="lesson_99_none"):
        read(file)


def test_they_are_listed_without_langchain() -> None:
    code = "import sys; from components.lessons import lessons; lessons(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not {"langchain_core", "langgraph", "openai", "fastapi", "bm25s", "gradio"} & loaded


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "plan", "said"),
    [
        ("stream", "chunks=5", "'Lorem"),
        ("a_step_that_waits", "text=json,chunks=60", "pieces: 1"),
        ("custom_data", "chunks=5", "asking the model"),
    ],
)
def test_a_file_of_one_s_own(
    name: str, plan: str, said: str, tmp_path: Path, openai_server: OpenAIServer
) -> None:
    """The source with the lines the page gives for it, where nothing of ours can be imported."""
    lesson = lessons()[name]
    file = tmp_path / "mine.py"
    file.write_text(f"{lesson.source}\n\n{own_file(lesson, OpenAI.snippet, plan)}")
    environment = clean_environment() | {
        "OPENAI_BASE_URL": openai_server.base_url,
        "OPENAI_API_KEY": "sk-good-0123456789",
        "NO_PROXY": "127.0.0.1",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, str(file)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
