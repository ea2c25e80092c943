"""What child processes of the app start with: a folder in which our modules are found, and no secret."""

from __future__ import annotations

import os
from pathlib import Path

# Where `python -m components...` finds this package, whatever the app's working directory.
ROOT = Path(__file__).resolve().parents[1]

# A Redis has its password in its URL.
_SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "REDIS")


def environment(keep: str = "\0") -> dict[str, str]:
    """What a child inherits: no variable whose name speaks of a secret, but those that begin with `keep`."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(keep)
        # PIP_INDEX_URL may hold a password.
        or not (name.startswith("PIP_") or any(word in name.upper() for word in _SECRET))
    } | {"PYTHONSAFEPATH": ""}
