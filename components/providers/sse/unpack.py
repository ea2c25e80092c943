"""A body's bytes as they were before they were compressed, whatever its head says of that."""

from __future__ import annotations

import re
import zlib
from typing import Any, Final

from components.streaming.faults import Failure

_PLAIN: Final = re.compile(rb"\s*(data|event|id|retry|:|\{|\[|<)")
_GZIP: Final = b"\x1f"
# Nobody here reads these, and nobody asked for them.
_FOREIGN: Final = re.compile(r"\b(br|zstd|compress|dcb|dcz)\b")


class Unpacker:
    """Fed with what came: some servers compress what they were asked not to, some only say that they do."""

    def __init__(self, encoding: str) -> None:
        """`encoding`: the head's Content-Encoding."""
        self._encoding = encoding.lower()
        self._bits: int | None = None
        self._inflate: Any = None

    def feed(self, data: bytes) -> bytes:
        """
        Raises:
            Failure: it can't be read.
        """
        if self._bits is None and data:
            self._bits = self._bits_of(data)
        if not self._bits:
            return data
        unpacked = b""
        try:
            while data:
                if self._inflate is None or self._inflate.eof:  # one piece after the other, each whole
                    self._inflate = zlib.decompressobj(self._bits)
                unpacked += self._inflate.decompress(data)
                data = self._inflate.unused_data
        except zlib.error:
            raise self._failure from None
        return unpacked

    def _bits_of(self, data: bytes) -> int:
        """zlib's window bits, which tell its formats apart; 0 for what isn't compressed."""
        if data.startswith(_GZIP):
            return 16 + zlib.MAX_WBITS
        if _PLAIN.match(data):
            return 0
        if _FOREIGN.search(self._encoding):
            raise self._failure
        if "deflate" not in self._encoding:
            return 0
        return zlib.MAX_WBITS if data[0] & 15 == zlib.DEFLATED else -zlib.MAX_WBITS

    @property
    def _failure(self) -> Failure:
        return Failure("malformed", detail=f"Content-Encoding: {self._encoding}")
