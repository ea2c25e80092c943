"""What can be wrong with a run file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

BadFileKind = Literal[
    "unreadable",  # there is no such file, or it can't be read
    "empty",
    "foreign",  # its first line is not a run file's header: another kind of file, or binary
    "newer",  # a later version of the format: params["version"], params["known"]
    "too_large",  # refused before reading: params["megabytes"], params["limit"]
    "long_line",  # params["line"], params["limit"] in megabytes
    "damaged",  # a line that isn't JSON: params["line"]
    "link_damaged",  # a piece is missing, or was changed
    "link_newer",  # of a later form
    "link_too_large",  # params["limit"], kilobytes
    "capture_too_large",  # of a stream that was captured: params["megabytes"], params["limit"]
    "capture_too_long",  # params["count"] and params["limit"], events
    "har_damaged",  # no JSON, or no HAR
    "har_without",  # a HAR without a stream
    "wrong_types",  # a line that is JSON, but no event of ours: params["line"], params["field"]
]


class BadRunFile(Exception):
    """`kind` with what the sentence about it needs; the words are the page's."""

    def __init__(self, kind: BadFileKind, **params: str) -> None:
        super().__init__(kind, params)
        self.kind: BadFileKind = kind
        self.params: Mapping[str, str] = params
