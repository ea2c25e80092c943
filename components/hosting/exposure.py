"""What is open to whom, for the one who starts the server."""

from typing import TYPE_CHECKING

from components.settings import Settings

if TYPE_CHECKING:
    from components.runs.lab import Lab


def exposure(lab: "Lab", url: str, link: str | None) -> tuple[str, str, str]:
    """Who reaches it, what they can use, and how much: three lines. `link`: the share link's address."""
    return _who(lab.settings, url, link), _what(lab), _how_much(lab.settings)


def _who(settings: Settings, url: str, link: str | None) -> str:
    who = [f"this machine at {url}"]
    if not settings.on_loopback:
        who.append("everyone who reaches it over the network")
    elif settings.hosts:
        who.append("everyone whom a proxy on it lets through")
    if link:
        who.append(f"everyone who has the link {link}")
    elif settings.gradio_share:
        who.append("no share link, as none could be made")
    by_name = f"by address or as {', '.join(('localhost', *settings.hosts))}"
    names = "by any name" if "*" in settings.hosts else by_name
    return f"Open to {', '.join(who)}; {names}; {'with a' if settings.password else 'no'} password."


def _what(lab: "Lab") -> str:
    whose: dict[str, list[str]] = {}
    for name, provider in lab.providers.items():
        missing = provider.missing(lab.first_choice())
        own = "with a visitor's own key" if missing else "on your account"
        whose.setdefault("on this machine" if provider.keyless else own, []).append(name)
    models = [f"{', '.join(names)} {place}" for place, names in whose.items()]
    if not lab.settings.hosted:
        models.append("any base URL and any file of keys, as HOSTED is off")
    return f"Models: {'; '.join(models)}."


def _how_much(settings: Settings) -> str:
    limits = {
        "runs a minute of one visitor": settings.runs_per_minute,
        "runs at once of one visitor": settings.streams_per_visitor,
        "runs at once in all": settings.streams,
        "tokens a day on your account": settings.tokens_per_day,
        "characters a message": settings.message_characters,
    }
    return f"Limits: {', '.join(f'{most:,} {what}' for what, most in limits.items() if most)}."
