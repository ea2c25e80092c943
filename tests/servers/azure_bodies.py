"""Azure OpenAI: chat completions at a deployment's path, with a version and a key of its own.

https://learn.microsoft.com/azure/ai-foundry/openai/reference
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from tests.servers import openai_bodies

PATH = re.compile(r"/openai/deployments/([^/]+)/chat/completions")
ERRORS = {
    401: (
        "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a "
        "valid key for an active subscription and use a correct regional API endpoint for your resource.",
    ),
    404: (
        "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within the last "
        "5 minutes, please wait a moment and try again.",
    ),
    429: (
        "429",
        "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have "
        "exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 1 second.",
    ),
}
SAFE = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}


class Chunks(openai_bodies.Chunks):
    def head(self, prompt: int) -> bytes:
        """What the prompt's filter found comes first, in a chunk without choices."""
        found = [{"prompt_index": 0, "content_filter_results": SAFE}]
        frame = {"choices": [], "created": 0, "id": "", "model": "", "object": ""}
        data = json.dumps({**frame, "prompt_filter_results": found})
        return f"data: {data}\n\n".encode() + super().head(prompt)


class Dialect(openai_bodies.Dialect):
    chunks = Chunks

    def model(self, method: str, path: str, body: Any) -> str | None:
        match = PATH.fullmatch(unquote(path))
        return match[1] if match and method == "POST" else None

    def key(self, headers: dict[str, str]) -> str:
        return headers.get("api-key", "")

    def status_error(self, status: int, model: str, key: str) -> bytes:
        if status not in ERRORS:
            return super().status_error(status, model, key)
        code, message = ERRORS[status]
        return json.dumps({"error": {"code": code, "message": message}}).encode()
