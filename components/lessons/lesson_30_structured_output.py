"""Structured output: which schema streams, and which waits."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel


class Country(BaseModel):
    name: str
    population: int


class Countries(BaseModel):
    """Countries with their populations."""

    countries: list[Country]


def lesson(model: BaseChatModel, prompt: str) -> None:
    schemas: dict[str, Any] = {"class": Countries, "schema": Countries.model_json_schema()}
    for method in ("json_schema", "json_mode", "function_calling"):
        for kind, schema in schemas.items():
            pieces, why = 0, ""
            try:
                for piece in model.with_structured_output(schema, method=method).stream(prompt):
                    pieces += 1
                    print(f"{method} {kind}: {str(piece)[:90]}")
            except Exception as error:  # noqa: BLE001  # each provider has its own
                why = f", then {type(error).__name__}"
            print(f"{method} {kind} gave {pieces} pieces{why}")
