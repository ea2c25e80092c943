"""The loop everyone writes first, with nothing around it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bare:
    """Seconds: to the first text, to the end, and of CPU."""

    first: float
    whole: float
    cpu: float


def chain(base_url: str, model: str) -> Any:
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    chat = ChatOpenAI(model=model, base_url=base_url, api_key=SecretStr("none"), stream_usage=True)
    return ChatPromptTemplate([("human", "{message}")]) | chat | StrOutputParser()


def read(chain: Any, message: str = "Hi") -> Bare:
    first = 0.0
    cpu, began = time.process_time(), time.perf_counter()
    for chunk in chain.stream({"message": message}):
        if chunk and not first:
            first = time.perf_counter() - began
    return Bare(first, time.perf_counter() - began, time.process_time() - cpu)


async def aread(chain: Any, message: str = "Hi") -> Bare:
    first = 0.0
    cpu, began = time.process_time(), time.perf_counter()
    async for chunk in chain.astream({"message": message}):
        if chunk and not first:
            first = time.perf_counter() - began
    return Bare(first, time.perf_counter() - began, time.process_time() - cpu)
