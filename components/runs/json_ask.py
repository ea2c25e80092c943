"""What one run of JSON is asked: a prompt, a schema, and by whom the object is to be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from components.runs.ask import Ask, messages
from components.streaming import Connection
from components.streaming.json.check import BadSchema, Schema

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from components.chains.json_beside import Passed
    from components.runs.ask import Prepare

# Characters of a visitor's schema.
LONGEST_SCHEMA = 20_000
# Who fills the object: this app's reader, once a frame, or LangChain's, with every chunk.
Parser = Literal["frames", "chunks"]


@dataclass(frozen=True, slots=True)
class JsonAsk:
    ask: Ask
    schema: Schema | None
    constrain: bool
    parser: Parser = "frames"

    @property
    def rules(self) -> Mapping[str, Any] | None:
        return self.schema.schema if self.schema else None

    @property
    def schema_characters(self) -> int:
        """Without the white space in it."""
        return len(json.dumps(self.rules, ensure_ascii=False, separators=(",", ":"))) if self.schema else 0


def read_schema(text: str) -> Schema | None:
    """None for blank text.

    Raises:
        BadSchema: it can't be used.
    """
    if len(text) > LONGEST_SCHEMA:
        raise BadSchema(f"It is longer than {LONGEST_SCHEMA} characters.")
    return Schema.read(text)


def any_object(ask: Ask) -> Prepare:
    """Makes the chain that asks for one, whatever is in it."""
    from components.chains.schemas import ANY_OBJECT

    asked = JsonAsk(ask, Schema(ANY_OBJECT), constrain=True)
    return lambda connection: (chain_for(connection, asked, None), {"prompt": ask.message})


def chain_for(connection: Connection, asked: JsonAsk, passed: Passed | None) -> Runnable[dict[str, str], str]:
    """The chain that will ask; `passed` is shown what comes, where JsonOutputParser was chosen.

    Raises:
        Failure: "too_long", when the model's window has no room for the prompt and what it is told first.
    """
    from components.chains import json
    from components.chains.json_beside import Beside

    rules = asked.rules
    messages(connection, asked.ask, system=json.in_words(connection, rules, constrain=asked.constrain))
    parser = Beside(passed=passed) if passed is not None else None
    return json.build(connection, rules, constrain=asked.constrain, parser=parser)
