"""A run or a race in an address's fragment: `1.` and its files, compressed, without what is nobody else's."""

import binascii
import re
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson

from components.streaming.text import STRUCK_OUT
from components.streaming.trace.run_file import BadRunFile, RunFile, open_run_file

# Of the form in which a link holds a run.
VERSION: Final = 1
# Bytes: of a run as a link holds it, and before it was compressed. An honest one shrinks to a tenth.
LARGEST: Final = 30_000
LARGEST_TEXT: Final = 1_000_000
# Characters of a fragment that is looked at.
LONGEST: Final = 60_000
_FRAGMENT: Final = re.compile(r"(\d{1,9})\.([\w-]*)", re.ASCII)
_GZIP: Final = 31
# What names a server: an address, a host by its number, with its port, or with two points in its name.
_ADDRESS: Final = re.compile(
    r"\w+://[^\s\"'<>()]+|\b\d{1,3}(?:\.\d{1,3}){3}\b|\[[\da-f:]+\]|\b[\w.-]+:\d{2,5}\b"
    r"|\b(?:[a-z\d-]{1,63}\.){2,9}[a-z]{2,63}\b",
    re.I,
)
# On the way to what was asked, and how far it may be.
_ASKED: Final = ("messages", "kwargs", "prompt", "content", "text", "input")
_DEEPEST: Final = 12
_PLACES: Final = frozenset({"host", "location"})


@dataclass(frozen=True, slots=True)
class Link:
    """`text`: what is to be compressed, "" of what is too large; `size`: bytes, compressed."""

    text: str
    size: int


def link_to(paths: Sequence[Path]) -> Link:
    """Of a run's file, or of those of a race, with every read of the wire where there is room. Takes up to
    seconds.

    Raises BadRunFile: one can't be used, or there is none.
    """
    run_files = [open_run_file(path) for path in paths or [Path()]]
    whole = _pack(line for one in run_files for line in _lines(one, reads=True))
    return whole if whole.text else _pack(line for one in run_files for line in _lines(one, reads=False))


def text_in(fragment: str) -> bytes:
    """The run files in a fragment that may be anybody's, one behind the other.

    Raises BadRunFile: it holds none.
    """
    if len(fragment) > LONGEST:
        raise _too_large()
    found = _FRAGMENT.match(fragment)  # what is sent by hand has a full stop behind it
    if found is None:
        raise BadRunFile("link_damaged")
    if int(found[1]) > VERSION:
        raise BadRunFile("link_newer")
    packed, unpacker = found[2], zlib.decompressobj(wbits=_GZIP)
    try:
        text = unpacker.decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), LARGEST_TEXT)
    except (binascii.Error, zlib.error):
        raise BadRunFile("link_damaged") from None
    if unpacker.unconsumed_tail:
        raise _too_large()
    if not unpacker.eof:
        raise BadRunFile("link_damaged")
    return text


def _too_large() -> BadRunFile:
    return BadRunFile("link_too_large", limit=f"{LARGEST / 1000:.0f}")


def _pack(lines: Iterator[bytes]) -> Link:
    packer, kept, size, length = zlib.compressobj(wbits=_GZIP), list[bytes](), 0, 0
    for line in lines:
        size, length = size + len(packer.compress(line)), length + len(line)
        if length <= LARGEST_TEXT:
            kept.append(line)
    size += len(packer.flush())
    fits = size <= LARGEST and length <= LARGEST_TEXT
    return Link(b"".join(kept).decode() if fits else "", size)


def _lines(run_file: RunFile, *, reads: bool) -> Iterator[bytes]:
    with run_file.path.open("rb") as file:
        header = orjson.loads(file.readline())
        yield orjson.dumps({**header, "input": asked_in(header["input"])}) + b"\n"
        for line in islice(file, run_file.count):
            record = orjson.loads(line)
            if record.get("lane", "event") != "event" and (reads or "size" not in record):
                yield orjson.dumps(_discreet(record)) + b"\n"
    if run_file.report is not None:
        yield orjson.dumps(_discreet(orjson.loads(orjson.dumps({"report": run_file.report})))) + b"\n"


def _discreet(told: Any) -> Any:
    """Without the names of servers, and times no finer than anybody can tell."""
    match told:
        case float():
            return round(told, 4)
        case list():
            return [_discreet(one) for one in told if not (isinstance(one, list) and one[:1] == ["base_url"])]
        case {"params": dict() as params}:
            hidden = {
                name: STRUCK_OUT if name in _PLACES else _ADDRESS.sub(STRUCK_OUT, value)
                for name, value in params.items()
            }
            return {**told, "params": hidden}
        case dict():
            return {name: _discreet(member) for name, member in told.items()}
    return told


def asked_in(value: Any) -> str:
    """What was asked, of a chain's input as JSON data; nothing of what was said before it."""
    for _ in range(_DEEPEST):
        match value:
            case str():
                return value
            case [*_, last]:
                value = last
            case dict():
                value = next((value[name] for name in _ASKED if name in value), None)
            case _:
                break
    return ""
