"""A visitor's schema applied in a process of its own: one made to be slow ends with its process.

`python -m components.runs.json_check` reads `{"schema", "value"}` and writes what was `Checked`.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from components.chains.schemas import OURS
from components.children import ROOT, environment
from components.streaming import Stop
from components.streaming.json.check import Breach, Checked, Schema, Why
from components.streaming.json.growing import GrowingJson
from components.streaming.json.verdict import CutBy, JsonVerdict, judge
from components.streaming.stop import Stopped

# Starting Python and the library takes half a second of it; on a busy machine, more.
SECONDS = 10.0
# Seconds until a turn comes; each of those before it may take SECONDS.
PATIENCE = 30.0
# Bytes of memory; what asks for more than that is made to.
MEMORY = 2**30


async def settle(
    reader: GrowingJson,
    by: CutBy,
    schema: Schema | None,
    turns: asyncio.Semaphore,
    stop: Stop,
    *,
    seconds: float = SECONDS,
) -> JsonVerdict:
    """The verdict, always: a check that takes longer than `seconds`, or fails, is said to have."""
    verdict = judge(reader, by=by)
    if schema is None or not verdict.whole:
        return verdict
    if schema.schema in OURS:
        return await asyncio.to_thread(judge, reader, by=by, check=schema.check)
    asking = asyncio.create_task(_ask(schema.schema, reader.snapshot().value, turns, seconds))
    try:
        checked = await stop.unless(asking)
    except Stopped:
        checked = Checked(why="stopped")
    finally:
        asking.cancel()
    return judge(reader, by=by, check=lambda _: checked)


async def _ask(schema: Mapping[str, Any], value: Any, turns: asyncio.Semaphore, seconds: float) -> Checked:
    why: Why = "busy"
    try:
        async with asyncio.timeout(PATIENCE) as waiting, turns:
            why = "slow"
            waiting.reschedule(asyncio.get_running_loop().time() + seconds)
            told = await ask_process("components.runs.json_check", {"schema": schema, "value": value})
    except TimeoutError:
        return Checked(why=why)
    except (OSError, RuntimeError) as error:  # it could not be started, or was killed
        return Checked(why="failed", detail=str(error))
    return Checked(tuple(Breach(**breach) for breach in told.pop("breaches")), **told)


async def ask_process(module: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object that `python -m module` prints, given `asked` on stdin; cancelling kills the process.

    Raises RuntimeError: it ended with another status than 0.
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe
    )
    try:
        answer, _ = await process.communicate(json.dumps(asked).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"{module} ended with {process.returncode}")
    said: dict[str, Any] = json.loads(answer)
    return said


def main() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked = json.load(sys.stdin)
    json.dump(asdict(Schema(asked["schema"]).check(asked["value"])), sys.stdout)


if __name__ == "__main__":
    main()
