"""What `LOCAL_MODEL` can mean: a path, a file on the Hugging Face hub, and what goes wrong with either."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from components.providers import Choice, Status
from components.providers.llama.weights import SMOLLM2, cache_folder, fetch
from components.providers.local import Local, find
from components.settings import Settings
from components.streaming.faults import Failure
from tests.servers.files import Files

ROOT = Path(__file__).parents[1]
NAME = "someone/some-model-GGUF/quantized/some-model.Q4_1.gguf"
PATH = "/someone/some-model-GGUF/resolve/main/quantized/some-model.Q4_1.gguf"
CONTENT = random.Random(2).randbytes(30_000_000)
# A process of its own, because the hub's library reads HF_ENDPOINT when it is imported. It says every
# progress and how it ended; given bytes to stop at, it stops there.
FIND = """
import json, sys
from components.streaming.stop import Stopped
from components.providers.local import find
from components.streaming.faults import Failure
def progress(done, total):
    print(json.dumps({"done": done, "total": total}))
    if len(sys.argv) > 2 and done > int(sys.argv[2]):
        raise Stopped
try:
    print(json.dumps({"path": str(find(sys.argv[1], progress))}))
except Stopped:
    print(json.dumps({"stopped": True}))
except Failure as failure:
    print(json.dumps({"kind": failure.fault.kind, "detail": failure.fault.params["detail"]}))
"""

pytestmark = pytest.mark.slow


def ignore(done: int, total: int) -> None:
    """A progress nobody looks at."""


@pytest.fixture(scope="module")
def weights() -> Path:
    return fetch(SMOLLM2, cache_folder(), ignore)


@pytest.fixture
def hub(tmp_path: Path) -> Callable[..., list[dict[str, object]]]:
    def run(address: str, *arguments: str) -> list[dict[str, object]]:
        environ = os.environ | {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "hub")}
        command = [sys.executable, "-c", FIND, *arguments]
        began = monotonic()
        done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, timeout=60, check=True)
        print(f"{monotonic() - began:.1f} s", done.stdout.decode()[-200:])
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def test_a_path_is_used_as_it_is(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.gguf").symlink_to(weights)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for told in (str(weights), "~/mine.gguf", "mine.gguf"):
        assert find(told, ignore) == weights.resolve()


def test_another_model_answers_under_its_own_name(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.Q4.gguf").symlink_to(weights)
    local = Local(Settings.load(None, {"LOCAL_MODEL": str(tmp_path / "mine.Q4.gguf")}))
    assert local.models == ("mine.Q4",)
    connection = local.open(Choice("local", max_tokens=4))
    try:
        message = connection.model.invoke("Say hello")
        assert message.text
        assert message.response_metadata["model_name"] == "mine.Q4"
    finally:
        connection.close()
        local.stop()


@pytest.mark.parametrize("told", ["/no/such.gguf", "~/no-such.gguf", "no-such.gguf", "./no/such/one.gguf"])
def test_a_path_with_nothing_there(told: str) -> None:
    with pytest.raises(Failure) as caught:
        find(told, ignore)
    assert caught.value.fault.kind == "weights_missing"
    assert told in caught.value.fault.params["detail"]


def test_retry_works_once_the_file_is_there(weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "late.gguf"
    local = Local(Settings.load(None, {"LOCAL_MODEL": str(path)}))
    try:
        with pytest.raises(Failure) as caught:
            local.open(Choice("local"))
        assert local.status() == Status("failed", fault=caught.value.fault)
        path.symlink_to(weights)
        assert local.open(Choice("local")).window == 2048
        assert local.status() == Status("ready")
    finally:
        local.stop()


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "noise.gguf").write_bytes(CONTENT)
    local = Local(Settings.load(None, {"LOCAL_MODEL": str(tmp_path / "noise.gguf")}))
    try:
        with pytest.raises(Failure) as caught:
            local.open(Choice("local"))
    finally:
        local.stop()
    assert caught.value.fault.kind == "local_failed"
    assert "noise.gguf" in caught.value.fault.params["detail"]


def test_the_hub_s_file_comes_once(hub: Callable[..., list[dict[str, object]]]) -> None:
    with Files({PATH: CONTENT}).serve() as files:
        *progress, last = hub(files.address, NAME)
        assert Path(str(last["path"])).read_bytes() == CONTENT
        assert progress[0] == {"done": 0, "total": 0}
        assert {told["total"] for told in progress[1:]} == {len(CONTENT)}
        assert progress[-1]["done"] == len(CONTENT)
        assert hub(files.address, NAME)[1:] == [last]
        assert files.asked.count(f"GET {PATH}") == 1


def test_the_hub_s_download_can_be_stopped(hub: Callable[..., list[dict[str, object]]]) -> None:
    with Files({PATH: CONTENT}).serve() as files:
        *progress, last = hub(files.address, NAME, "1000000")
    assert last == {"stopped": True}
    assert int(str(progress[-1]["done"])) < len(CONTENT)


def test_the_hub_has_no_such_file(hub: Callable[..., list[dict[str, object]]]) -> None:
    with Files({}).serve() as files:
        answer = hub(files.address, NAME)[-1]
    assert answer["kind"] == "weights_missing"
    assert "has no" in str(answer["detail"])
    assert NAME in str(answer["detail"])


def test_the_hub_refuses(hub: Callable[..., list[dict[str, object]]]) -> None:
    with Files({}, status=418).serve() as files:
        answer = hub(files.address, NAME)[-1]
    assert answer == {"kind": "weights_missing", "detail": "The hub answered 418."}


def test_the_hub_cannot_be_reached(
    hub: Callable[..., list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # without it the library tries for 23 s
    answer = hub("http://127.0.0.1:9", NAME)[-1]
    assert answer["kind"] == "weights_missing"
    assert "can't be reached" in str(answer["detail"])
