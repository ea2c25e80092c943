"""A certificate for localhost and the authority behind it, made anew each time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM. `roots` is the authority's file: what a client has to trust."""

    chain: bytes
    key: bytes
    roots: Path


def make(folder: Path) -> Certificate:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    roots = folder / "roots.pem"
    authority.cert_pem.write_to_path(str(roots))
    chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
    return Certificate(chain, issued.private_key_pem.bytes(), roots)
