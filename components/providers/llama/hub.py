"""`LOCAL_MODEL=owner/repo/file.gguf`: a file from the Hugging Face hub, kept in the hub's own cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.providers.llama import Progress, StoppedLoading
from components.providers.llama.download import FULL
from components.streaming.faults import Failure


def fetch(name: str, progress: Progress) -> Path:
    """`name` is owner/repo/file, where the file may stand in folders.

    The library reads HF_ENDPOINT, HF_HOME and HF_TOKEN by itself.

    Raises:
        Failure: weights_missing, disk_full.
        StoppedLoading: from `progress`.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    progress(0, 0)
    owner, repo, file = name.split("/", 2)
    try:
        return Path(hf_hub_download(f"{owner}/{repo}", file, tqdm_class=_bar(progress)))
    except StoppedLoading:
        raise
    except LocalEntryNotFoundError as error:  # an OSError and an EntryNotFoundError, so it comes first
        if isinstance(error.__cause__, HfHubHTTPError):
            raise _missing(f"The hub answered {error.__cause__.response.status_code}.") from error
        raise _missing(f"The hub can't be reached, and {name} is not in its cache.") from error
    except (RepositoryNotFoundError, EntryNotFoundError, HFValidationError) as error:
        raise _missing(f"The hub has no {name}, or wants a token (HF_TOKEN) for it.") from error
    except HfHubHTTPError as error:
        raise _missing(f"The hub answered {error.response.status_code}.") from error
    except OSError as error:
        if error.errno in FULL:
            raise Failure("disk_full") from error
        raise _missing(f"{name} could not be downloaded: {type(error).__name__}.") from error


def _missing(detail: str) -> Failure:
    return Failure("weights_missing", detail=detail)


def _bar(progress: Progress) -> Any:
    """A tqdm that draws nothing and tells us the bytes."""
    from tqdm.std import tqdm  # type: ignore[import-untyped]

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            self._done = int(options.get("initial") or 0)
            self._whole = int(options.get("total") or 0)
            super().__init__(*arguments, **(options | {"disable": True}))

        def update(self, n: float | None = 1) -> None:
            self._done += int(n or 0)
            progress(self._done, max(self._whole, self._done))

    return Bar
