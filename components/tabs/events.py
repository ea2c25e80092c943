"""How events that only move things on the page are wired: at once, unlisted, without a progress animation."""

from __future__ import annotations

from typing import Any

QUIETLY: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
