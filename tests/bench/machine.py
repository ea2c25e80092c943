"""What it was measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = (
    "gradio",
    "streamlit",
    "langchain-core",
    "langchain-openai",
    "openai",
    "jiter",
    "xllamacpp",
    "playwright",
)


def machine() -> dict[str, str]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    here = {"processors": f"{usable} × {_processor()}", "system": platform.system()}
    return here | {"Python": platform.python_version()} | {package: version(package) for package in PACKAGES}


def said_of_machine() -> str:
    return ", ".join(f"{name} {value}" for name, value in machine().items())


def _processor() -> str:
    """Its name, where the system tells one."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    named = [text.partition(":")[2].strip() for text in lines if text.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
