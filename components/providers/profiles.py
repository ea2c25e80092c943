"""What LangChain's packages know of their models: data in a file, read without the package and its SDK."""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

Profile = Mapping[str, Any]


@cache
def profiles(package: str) -> Mapping[str, Profile]:
    """By the model's name, newest first; {} where the package isn't installed or has none."""
    found = find_spec(package)
    file = Path(found.origin).parent / "data" / "_profiles.py" if found and found.origin else None
    spec = spec_from_file_location(f"{package}_profiles", file) if file and file.is_file() else None
    if spec is None or spec.loader is None:
        return {}
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    known: dict[str, Profile] = module._PROFILES
    return dict(sorted(known.items(), key=lambda one: one[1].get("release_date", ""), reverse=True))


def models(package: str, name: str = "") -> tuple[str, ...]:
    """The chat models that answer in text alone, newest first; `name`: what theirs begin with.

    Those that are deprecated or in beta are left out.
    """
    return tuple(
        model
        for model, profile in profiles(package).items()
        if model.startswith(name)
        and not profile.get("status")
        and profile.get("text_outputs")
        and profile.get("tool_calling")
        and not any(profile.get(f"{kind}_outputs") for kind in ("image", "audio", "video"))
    )


def small_one(models: tuple[str, ...], small: str) -> str:
    """The first whose name says so, else the first."""
    return next((model for model in models if small in model), next(iter(models), ""))
