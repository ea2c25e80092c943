"""Where Google credentials come from: a visitor's upload, or what the machine has.

Google's libraries are imported only to load them.
"""

import json
import os
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from components.streaming.faults import Failure

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
# What Google itself writes into a service account's file; another address would be asked for a token.
GOOGLES_TOKENS = ("https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token")
GOOGLES = "googleapis.com"
_SECRETS = ("private_key", "private_key_id", "refresh_token", "client_secret")


@dataclass(frozen=True, slots=True)
class Loaded:
    """`project` is the credentials' own, "" when they name none; `secrets` must never reach a log."""

    credentials: "Credentials"
    project: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)


def uploaded(text: str, *, googles_only: bool = False) -> Loaded:
    """Make credentials of a service account's JSON; with `googles_only` they can lead nowhere but to Google.

    Other kinds of credentials are refused: an external account's JSON names files to read and programs
    to run, which a stranger must not have run on this machine.

    Raises Failure: "bad_setting", when the text is no service account's JSON or lacks a part.
    """
    info = read(text)
    googles = info.get("token_uri") in GOOGLES_TOKENS and info.get("universe_domain", GOOGLES) == GOOGLES
    if info.get("type") != "service_account" or (googles_only and not googles):
        raise Failure("bad_setting", field="credentials")
    from google.oauth2.service_account import Credentials as ServiceAccount

    try:
        credentials = ServiceAccount.from_service_account_info(info, scopes=[SCOPE])  # type: ignore[no-untyped-call]
    except (ValueError, TypeError):
        # From None: the parser's own words may quote the key.
        raise Failure("bad_setting", field="credentials") from None
    return Loaded(credentials, info.get("project_id", ""), _secrets(info))


def machine(path: str) -> Loaded:
    """Load the file at `path`, or, when it is "", Google's application default credentials; may block.

    Raises:
        Failure: "missing" when there are none, "bad_setting" when the file can't be used, "unauthorized"
            and "unreachable" where Google had to be asked.
    """
    import google.auth
    from google.auth import exceptions

    try:
        with warnings.catch_warnings():
            # 2026-11: google-auth warns that a stranger's file may be of any type; this is the operator's.
            warnings.filterwarnings("ignore", "The load_credentials_from_file method", DeprecationWarning)
            if path:
                credentials, project = google.auth.load_credentials_from_file(path, scopes=[SCOPE])  # type: ignore[no-untyped-call]
            else:
                credentials, project = google.auth.default(scopes=[SCOPE])
    except exceptions.DefaultCredentialsError:
        if path:
            raise Failure("bad_setting", field="credentials") from None
        raise Failure("missing", fields="credentials") from None
    except exceptions.TransportError as error:  # external accounts are asked for their project at once
        raise Failure("unreachable") from error
    except (exceptions.RefreshError, exceptions.OAuthError) as error:
        raise Failure("unauthorized") from error
    except (exceptions.GoogleAuthError, ValueError, OSError):
        raise Failure("bad_setting", field="credentials") from None
    info = read_file(Path(path) if path else well_known_file())
    return Loaded(credentials, str(project or ""), _secrets(info))


def on_google_cloud() -> bool:
    """Whether a metadata server is likely to give credentials, without asking the network.

    Cloud Run and App Engine set a variable; Compute Engine (and GKE on it) names Google in its DMI table.
    """
    if os.environ.get("K_SERVICE") or os.environ.get("GAE_SERVICE") or os.environ.get("GCE_METADATA_HOST"):
        return True
    try:
        return Path("/sys/class/dmi/id/product_name").read_text().startswith("Google")
    except OSError:
        return False


def well_known_file() -> Path:
    """Where `gcloud auth application-default login` leaves its credentials."""
    if folder := os.environ.get("CLOUDSDK_CONFIG"):
        return Path(folder, "application_default_credentials.json")
    windows = os.environ.get("APPDATA") if os.name == "nt" else None
    parent = Path(windows) if windows else Path.home() / ".config"
    return parent / "gcloud" / "application_default_credentials.json"


def read(text: str) -> dict[str, str]:
    """What the JSON object in `text` has of texts; empty when it holds none."""
    with suppress(ValueError, AttributeError):
        return {name: value for name, value in json.loads(text).items() if isinstance(value, str)}
    return {}


def read_file(path: Path) -> dict[str, str]:
    with suppress(OSError, ValueError):
        return read(path.read_text("utf-8"))
    return {}


def _secrets(info: dict[str, str]) -> tuple[str, ...]:
    return tuple(info[name] for name in _SECRETS if info.get(name))
