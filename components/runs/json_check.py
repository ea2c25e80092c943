"""A visitor's schema applied in a process of its own: one made to be slow ends with its process.

`python -m components.runs.json_check` reads `{"schema", "value"}` and writes `{"breaches"}`, or
`{"why", "detail"}` when the schema can't be applied.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from components.runs import own_process
from components.streaming.json import Breach, CutBy, GrowingJson, JsonVerdict, Schema, judge
from components.streaming.json.check import Unchecked

# Starting Python and the library takes half a second of it; on a busy machine, more.
SECONDS = 10.0


class _Told(Schema):
    """What the other process said of the value."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self._said = said

    def breaches(self, value: Any) -> tuple[Breach, ...]:
        if "why" in self._said:
            raise Unchecked(self._said["why"], self._said["detail"])
        return tuple(Breach(**breach) for breach in self._said["breaches"])


async def settle(
    reader: GrowingJson, by: CutBy, schema: Schema | None, *, seconds: float = SECONDS
) -> JsonVerdict:
    """The verdict; with a schema and a whole value it takes up to `seconds` and never holds up the app."""
    verdict = judge(reader, by=by)
    if schema is None or not verdict.whole:
        return verdict
    said = await _ask(schema.schema, reader.snapshot().value, seconds)
    return judge(reader, by=by, schema=_Told(said))


async def _ask(schema: Mapping[str, Any], value: Any, seconds: float) -> dict[str, Any]:
    asked = own_process.ask("components.runs.json_check", {"schema": schema, "value": value})
    try:
        return await asyncio.wait_for(asked, seconds)
    except TimeoutError:
        return {"why": "slow", "detail": ""}


def main() -> None:
    asked = json.load(sys.stdin)
    try:
        breaches = Schema(asked["schema"]).breaches(asked["value"])
    except Unchecked as unchecked:
        json.dump({"why": unchecked.why, "detail": unchecked.detail}, sys.stdout)
    else:
        json.dump({"breaches": [asdict(breach) for breach in breaches]}, sys.stdout)


if __name__ == "__main__":
    main()
