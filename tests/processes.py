"""The processes that `local` starts, apart from other tests' servers."""

from __future__ import annotations

import psutil


def of_local() -> list[psutil.Process]:
    """This process's children that run llama.cpp or fetch its weights."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if any("components.providers.llama" in word for word in process.cmdline()):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found
