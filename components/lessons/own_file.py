"""What makes a file of one's own of a lesson's source: a line that builds the model, and one that runs it."""

from __future__ import annotations

import json

from components.lessons.registry import Lesson

# By provider: what is imported from where, and how a chat model is told to answer in JSON.
CLASSES = {
    "openai": ("langchain_openai", "ChatOpenAI", 'response_format={"type": "json_object"}'),
    "vertexai": ("langchain_google_vertexai", "ChatVertexAI", 'response_mime_type="application/json"'),
}
# For those who have tried a lesson with a model that lives in this app only.
MODEL = "gpt-4o-mini"


def own_file(lesson: Lesson, provider: str = "openai", model: str = MODEL) -> str:
    """Python to be put under the source, for a provider and a model of it. No key is in it."""
    if provider not in CLASSES:
        provider, model = "openai", MODEL
    package, name, in_json = CLASSES[provider]
    built = f"{name}(model={json.dumps(model)})" + (f".bind({in_json})" if lesson.json else "")
    lines = [f"from {package} import {name}", "", f"model = {built}"]
    call = "lesson(model, PROMPT, print)"
    if lesson.is_async:
        return "\n".join(["import asyncio", "", *lines, f"asyncio.run({call})", ""])
    return "\n".join([*lines, call, ""])
