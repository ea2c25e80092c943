"""`python -m components.providers.llama.held MODULE ARGUMENTS`: `python -m MODULE ARGUMENTS`, on a tether."""

from __future__ import annotations

import runpy
import sys

from components.providers.llama.tether import hold

if __name__ == "__main__":
    hold()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
