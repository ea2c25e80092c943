"""`python -m tests.bench [--quick | --short] [--only NAME] [--out FOLDER] [--readme]`: all in one run."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import (
    console,
    conversation,
    events,
    instrument,
    json_page,
    json_parsers,
    limits,
    loop,
    page,
    race,
    readers,
    readme,
    recorded,
    run_stream,
    start,
    stop,
)
from tests.bench.place import Place
from tests.bench.report import Row, Size, as_json, as_markdown

BENCHES: dict[str, Callable[[Size, Place], Iterator[Row]]] = {
    "start": start.measure,
    "page": page.measure,
    "this run": instrument.measure,
    "readers": readers.measure,
    "conversation": conversation.measure,
    "json": lambda size, _: json_parsers.measure(size),
    "json page": json_page.measure,
    "race": race.measure,
    "stop": stop.measure,
    "loop": loop.measure,
    "events": events.measure,
    "recorded": recorded.measure,
    "http": run_stream.measure,
    "console": console.measure,
    "limits": limits.measure,
}


def main() -> int | str:
    """The exit status, or which ones failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    less = parser.add_mutually_exclusive_group()
    less.add_argument("--quick", action="store_true", help="everything once, with shorter replies")
    less.add_argument("--short", action="store_true", help="what README.md here shows, and less often")
    parser.add_argument("--only", choices=BENCHES, metavar="NAME", help=f"one of {', '.join(BENCHES)}")
    parser.add_argument(
        "--readme", action="store_true", help="put the figures that matter into README.md here"
    )
    parser.add_argument("--out", type=Path, help="a folder for bench.md and bench.json")
    arguments = parser.parse_args()
    size = Size(quick=arguments.quick, short=arguments.short)
    rows: list[Row] = []
    failed = []
    with Place(size) as place:
        for name in [arguments.only] if arguments.only else BENCHES:
            began = time.monotonic()
            try:
                for row in BENCHES[name](size, place):
                    rows.append(row)
                    print(f"{row.bench}: {row.case}: {row.measure}", file=sys.stderr, flush=True)
            except Exception:  # noqa: BLE001  # the others' figures are not to be lost; it is told, and the status says it
                traceback.print_exc()
                failed.append(name)
            print(f"{name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
            if arguments.out:
                _write(arguments.out, rows, size)
    print(as_markdown(rows))
    if arguments.readme:
        readme.write(rows)
    return f"failed: {', '.join(failed)}" if failed else 0


def _write(folder: Path, rows: list[Row], size: Size) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.md").write_text(as_markdown(rows), "utf-8")
    (folder / "bench.json").write_text(as_json(rows, size), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
