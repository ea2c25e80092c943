"""What the process was started with: the environment, and `.env` beneath it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, get_type_hints

METHODS = ("stream", "astream", "astream_events", "invoke")
# Set by Hugging Face in every Space: the page is open to everyone.
SPACE = "SPACE_ID"
# What counts in hosted mode where the variable is not set; elsewhere there are no limits.
HOSTED_LIMITS = {
    "runs_per_minute": 20,
    "streams_per_visitor": 4,
    "tokens_per_day": 200_000,
    "message_characters": 8_000,
}
# Of what no one counts to: timers and pools take no more.
MOST = 1_000_000_000
# The least and the most; 0 for no limit, where it may be.
RANGES = {
    "temperature": (0, 2),
    "max_tokens": (1, MOST),
    "streams": (1, MOST),
    "gradio_server_port": (0, 65535),
    **dict.fromkeys(("drain_seconds", "forget_seconds", *HOSTED_LIMITS), (0, MOST)),
}
# A Space is reached through Hugging Face's proxies only, whose addresses are private ones.
SPACES_PROXIES = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,127.0.0.0/8,fc00::/7,::1/128"
# Where the tunnel of a share link ends: its client says whose requests these are.
TUNNEL = "127.0.0.1,::1"
# A name, all below one, or an address; no port, which says nothing.
ALLOWED_HOST = re.compile(r"\*|(\*\.)?[\w-]+(\.[\w-]+)*\.?|[\da-f:]+:[\da-f:.]*", re.ASCII)


class BadSetting(ValueError):
    """A variable whose value can't be used; the message is one sentence for the person who set it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One attribute a variable; the variable is the attribute's name in capitals. A provider's own variables
    stand in its file, and their values in `variables`, beside all others.

    An empty variable counts as unset, so a line of `.env.example` left as it is changes nothing.
    """

    provider: str = "local"
    model: str = ""
    method: str = "stream"
    # None: the model's own.
    temperature: float | None = None
    max_tokens: int = 512
    drain_seconds: int = 10
    forget_seconds: int = 900
    gradio_server_name: str = ""
    gradio_server_port: int = 0
    gradio_share: bool = False
    gradio_root_path: str = ""
    # The page is open to strangers: what could be used against the machine or its owner is not offered.
    hosted: bool = False
    # Those whose keys, credentials or processor visitors may use; "": all, or, hosted, those without keys.
    public_providers: str = ""
    # 0 for no limit. Runs and live runs of one visitor; live runs of the process; tokens on the owner's keys.
    runs_per_minute: int = 0
    streams_per_visitor: int = 0
    streams: int = 100
    tokens_per_day: int = 0
    message_characters: int = 0
    redis_url: str = field(default="", repr=False)
    trusted_proxies: str = ""
    allowed_hosts: str = ""
    password: str = field(default="", repr=False)
    log_text: bool = False
    variables: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @property
    def on_loopback(self) -> bool:
        """Whether it listens to this machine only."""
        name = self.gradio_server_name.strip("[]").lower()
        return name in {"", "localhost", "::1"} or name.startswith("127.")

    @property
    def root_path(self) -> str:
        """The path that the page is served below: "" or as "/lab"; or an address that ends so."""
        path = self.gradio_root_path.strip("/")
        return f"/{path}" if path and "://" not in path else path

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names it answers to besides addresses, localhost and its share link's; `*` for any.

        A page that others open has a name that only its owner knows.
        """
        if self.allowed_hosts:
            return tuple(map(_host, listed(self.allowed_hosts)))
        return ("*",) if not self.on_loopback or (self.hosted and not self.gradio_share) else ()

    def __post_init__(self) -> None:
        """Raise BadSetting for a value outside its range."""
        for name, (least, most) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise BadSetting(f"{name.upper()} is {value}; it goes from {least} to {most}.")
        for name in listed(self.allowed_hosts):
            _host(name)
        for proxy in listed(self.trusted_proxies):
            try:
                ip_network(proxy)
            except ValueError:
                raise BadSetting(
                    f"TRUSTED_PROXIES has {proxy!r}; it can have addresses and networks, as 10.0.0.0/8."
                ) from None
        if self.method not in METHODS:
            raise BadSetting(f"METHOD is {self.method!r}; it can be {', '.join(METHODS)}.")

    @classmethod
    def load(cls, dotenv: Path | None = Path(".env"), environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the variables; the environment wins over `dotenv`, which is never copied into it."""
        values: dict[str, str | None] = {}
        if dotenv is not None:
            from dotenv import dotenv_values

            try:
                values.update(dotenv_values(dotenv))
            except UnicodeDecodeError:
                raise BadSetting(f"{dotenv} is not UTF-8 text.") from None
            except OSError as exc:
                raise BadSetting(f"{dotenv} can't be read: {exc.strerror}.") from None
        values.update(os.environ if environ is None else environ)
        variables = {name: text for name, value in values.items() if (text := (value or "").strip())}
        space = {"hosted": True, "trusted_proxies": SPACES_PROXIES}
        given: dict[str, Any] = space if SPACE in variables else {}
        for name, kind in get_type_hints(cls).items():
            if name.upper() in variables and name != "variables":
                given[name] = _parse(name.upper(), variables[name.upper()], kind)
        if given.get("gradio_share"):
            given.setdefault("hosted", True)  # strangers open it
            given["trusted_proxies"] = ",".join((TUNNEL, *listed(given.get("trusted_proxies", ""))))
        if given.get("hosted"):
            given = {**HOSTED_LIMITS, **given}
        if opened := listed(given.get("public_providers", "")):
            given.setdefault("provider", opened[0])
        return cls(**given, variables=variables)


def listed(text: str) -> list[str]:
    return [part for part in map(str.strip, text.split(",")) if part]


def _host(name: str) -> str:
    """As browsers write it."""
    try:
        host = name.strip("[]").lower().encode("idna").decode()
    except UnicodeError:
        host = ""
    if not ALLOWED_HOST.fullmatch(host):
        raise BadSetting(
            f"ALLOWED_HOSTS has {name!r}; it can have names, as lab.example.org or *.example.org, and *."
        )
    return host.rstrip(".")


def _parse(name: str, text: str, wanted: Any) -> Any:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(wanted).validate_python(text)
    except ValidationError:
        kind = {bool: "1 or 0", int: "a whole number"}.get(wanted, "a number")
        raise BadSetting(f"{name} is {text!r}; it must be {kind}.") from None
