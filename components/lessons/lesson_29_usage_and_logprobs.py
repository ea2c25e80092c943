"""Usage in a stream, and how sure the model was of each token."""

import math
from typing import Any

from langchain_core.language_models import BaseChatModel


def lesson(model: BaseChatModel, prompt: str) -> None:
    takes = "logprobs" in type(model).model_fields and not getattr(model, "use_responses_api", False)
    asks: dict[str, Any] = {"logprobs": True, "top_logprobs": 2} if takes else {}
    whole, told = None, 0
    for chunk in model.stream(prompt, **asks):
        whole = whole + chunk if whole else chunk
        for token in (chunk.response_metadata.get("logprobs") or {}).get("content") or []:
            told += 1
            sure = math.exp(token["logprob"])
            others = [one["token"] for one in token["top_logprobs"] if one["token"] != token["token"]]
            print(f"{'#' * round(sure * 10):10} {sure:4.0%} {token['token']!r:14} or {others}")
    if not told:
        print("no logprobs: this server sends none")
    if whole:
        print(f"usage: {whole.usage_metadata}")
