"""What child processes of the app start with: a folder in which our modules are found, and no secret."""

import os
from pathlib import Path

# Where `python -m components...` finds this package, whatever the app's working directory.
ROOT = Path(__file__).resolve().parents[1]

# A Redis and a package index may have their password in their URL.
_SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "REDIS", "PIP_", "UV_")


def environment() -> dict[str, str]:
    """What a child inherits: no variable whose name speaks of a secret."""
    return {
        name: value for name, value in os.environ.items() if not any(word in name.upper() for word in _SECRET)
    } | {"PYTHONSAFEPATH": ""}
