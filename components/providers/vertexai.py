"""Gemini on Vertex AI, by gRPC, with a service account's JSON or the machine's own credentials."""

import re
from collections.abc import Mapping
from functools import cached_property
from os.path import isfile
from pathlib import Path
from typing import Any

from components.providers.base import Provider
from components.providers.field import Choice, Field, Snippet
from components.providers.gemini import Gemini
from components.providers.profiles import models
from components.providers.vertex import credentials
from components.streaming.connection import Connection
from components.streaming.faults import Failure

PACKAGE = "langchain_google_vertexai"
_NAMES = {
    "project": re.compile(r"[a-z0-9.:-]+"),
    "location": re.compile(r"[a-z0-9-]+"),
    "api_endpoint": re.compile(r"(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\])(:\d+)?"),
}
_OWN_HOST = re.compile(r"([\w-]+\.)*googleapis\.com|localhost|127\.0\.0\.1|\[::1\]")


class VertexAI(Provider):
    """Each run has credentials of its own when they were uploaded; the machine's are loaded once and shared,
    so that a run doesn't wait for a new token.
    """

    name = "vertexai"
    slow_modules = ("components.providers.vertex.model",)
    models = models(PACKAGE, "gemini-")
    small = Gemini.small
    fields = (
        Field("project", "text", variable="GOOGLE_CLOUD_PROJECT"),
        Field("location", "text", "us-central1", variable="GOOGLE_CLOUD_LOCATION", public=True),
        Field("credentials", "file", variable="GOOGLE_APPLICATION_CREDENTIALS"),
        Field("api_endpoint", "address"),
    )
    snippet = Snippet(
        *(PACKAGE, "ChatVertexAI", 'response_mime_type="application/json"'),
        in_async={"api_transport": "grpc_asyncio"},  # 3.2 awaits a sync client otherwise
    )
    packages = (PACKAGE.replace("_", "-"),)
    code_variables = ("GOOGLE_ACCESS_TOKEN", "VERTEXAI_BASE_URL")
    code_note = """\
The app asked this by gRPC. Over HTTP, VERTEXAI_BASE_URL is
https://LOCATION-aiplatform.googleapis.com/v1beta1/projects/PROJECT/locations/LOCATION
and GOOGLE_ACCESS_TOKEN what `gcloud auth print-access-token` prints; Python finds credentials by itself."""

    def missing(self, choice: Choice) -> tuple[str, ...]:
        """Look at files and variables only; a few milliseconds.

        A metadata server can't be asked so quickly. Where the machine looks like Google's own, nothing is
        missing, and `open` tells when the server has no credentials after all. Elsewhere they are missing.
        """
        text, path = choice.get("credentials"), self.own["credentials"]
        # Of one that isn't open the machine's own are not for visitors either.
        own = self.opened and not text
        googles = own and not path and credentials.on_google_cloud()
        file = Path(path) if path else credentials.well_known_file()
        info = credentials.read_file(file) if own else credentials.read(text)
        project = info.get("project_id") or info.get("quota_project_id")
        named = self.value(choice, "project") or project or googles
        found = text or googles or (own and isfile(file))  # of `Path` a pasted key fails, and is shown
        return (*(() if named else ("project",)), *(() if found else ("credentials",)))

    def connect(self, choice: Choice) -> Connection:
        """The first call imports the SDK, which takes 3-6 s."""
        location = self._checked("location", self.value(choice, "location"))
        endpoint = self._endpoint(choice, location)
        from components.providers.vertex.model import connect

        text = choice.get("credentials")
        loaded = credentials.uploaded(text, googles_only=self.hosted) if text else self._machines_own
        # A stranger may not choose which of the owner's projects pays.
        chosen = "" if self.hosted and not text else choice.get("project")
        project = chosen or (loaded.project if text else "")
        project = self._checked("project", project or self.own["project"] or loaded.project)
        return connect(loaded, endpoint, **self.asked(choice), project=project, location=location)

    def in_code(self, endpoint: Any, base_url: Any, query: Mapping[str, str]) -> dict[str, Any]:
        """Credentials are found where there is no key; a project and a location name the rest."""
        from components.providers.code import environ

        named = {name: environ(self._declared[name].variable) for name in ("project", "location")}
        return {"api_key": None, **named}

    def _endpoint(self, choice: Choice, location: str) -> str:
        endpoint = choice.get("api_endpoint")
        if not endpoint:
            return f"{'' if location == 'global' else location + '-'}aiplatform.googleapis.com"
        match = _NAMES["api_endpoint"].fullmatch(endpoint)
        # Whoever opens the page may type a host here, and the machine's token would be sent to it.
        safe = bool(choice.get("credentials")) or (match and _OWN_HOST.fullmatch(match["host"]))
        if match is None or not safe:
            raise Failure("bad_setting", field="api_endpoint")
        return endpoint

    def _checked(self, name: str, value: str) -> str:
        """`value`, which becomes a part of a host's name or a path."""
        if not value:
            raise Failure("missing", fields=name)
        if not _NAMES[name].fullmatch(value):
            raise Failure("bad_setting", field=name)
        return value

    @cached_property
    def _machines_own(self) -> credentials.Loaded:
        return credentials.machine(self.own["credentials"])
