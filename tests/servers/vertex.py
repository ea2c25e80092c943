"""What a test of the Vertex provider holds: the stand-ins, a service account, and connections to them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from components.providers import Choice
from components.providers.vertexai import VertexAI
from components.settings import Settings
from components.streaming import Connection
from tests.servers.stand_in import StandIn


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """PEM texts, made anew for each test session."""

    private: str = field(repr=False)
    public: str

    def json(self, **instead: Any) -> str:
        info = {
            "type": "service_account",
            "project_id": "from-the-json",
            "private_key_id": "key-1",
            "private_key": self.private,
            "client_email": "lab@from-the-json.iam.gserviceaccount.com",
            "token_uri": "http://127.0.0.1:1/token",
        }
        return json.dumps({key: value for key, value in {**info, **instead}.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Vertex:
    server: StandIn
    account: ServiceAccount
    refused: str  # "localhost:port" where nobody listens
    provider: VertexAI = field(default_factory=lambda: VertexAI(Settings()))

    def choice(self, plan: str = "gemini-x", **values: str) -> Choice:
        given = {"api_endpoint": self.server.address, **values}
        given.setdefault("credentials", self.account.json())
        return Choice("vertexai", plan, values=given)

    def open(self, plan: str = "gemini-x", **values: str) -> Connection:
        """A connection to the stand-in, which answers as `plan` says; its events start anew."""
        self.server.forget()
        return self.provider.open(self.choice(plan, **values))
