"""Streaming Lab: see how LangChain streams."""

import sys

# Before any other module of ours is read: an older Python can't. This file and app.py stay readable for it.
if sys.version_info < (3, 11):  # noqa: UP036  # those who have an older one come by here, too
    major, minor = sys.version_info[:2]
    print(f"Streaming Lab needs Python 3.11 or newer; this is {major}.{minor}.", file=sys.stderr)
    sys.exit(2)
