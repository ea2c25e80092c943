"""What makes a file of one's own of a lesson's source: a line that builds the model, and one that runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.lessons.registry import Lesson
    from components.providers import Snippet


def own_file(lesson: Lesson, snippet: Snippet, model: str) -> str:
    """Python to be put under the source, for a provider and a model of it. No key is in it."""
    built = f"{snippet.name}(model={json.dumps(snippet.model or model)})"
    if lesson.json:
        built += f".bind({snippet.in_json})"
    lines = [f"from {snippet.package} import {snippet.name}", "", f"model = {built}"]
    call = "lesson(model, PROMPT, print)"
    if lesson.is_async:
        return "\n".join(["import asyncio", "", *lines, f"asyncio.run({call})", ""])
    return "\n".join([*lines, call, ""])
