"""A request, and what of it stands as a variable in code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from components.providers.base import Provider
from components.providers.code.api import APIS, Api, ChatApi
from components.providers.code.literals import Expression, python
from components.streaming.request import KEY, Request


@dataclass(frozen=True)
class Call:
    """`method`: LangChain's, as the run was read."""

    provider: Provider
    request: Request
    method: str

    @cached_property
    def api(self) -> Api:
        path = urlsplit(self.request.url).path
        return next((api for end, api in APIS.items() if path.endswith(end)), ChatApi())

    @cached_property
    def streamed(self) -> bool:
        return self.api.streamed(self.request.url, self.request.body)

    @cached_property
    def key(self) -> str:
        """Its variable; "" where the server wants none."""
        keyed = any(KEY in value for value in self.request.headers.values())
        return self.provider.code_variables[0] if keyed else ""

    @cached_property
    def place(self) -> tuple[str, str]:
        """The variable that holds the address, "" for a provider's own, and the rest of the URL."""
        if self._base in self.provider.addresses:
            return "", self.request.url
        return self.provider.code_variables[1], self.request.url.removeprefix(self._base)

    @property
    def _base(self) -> str:
        """What of the address its variable holds."""
        return re.sub(self.provider.path or "$", "", self.request.address)

    def client(self) -> dict[str, Any]:
        """What makes a Python client ask the same server with the same key."""
        variable, rest = self.place
        path = rest.partition("?")[0].removesuffix(self.api.path)
        endpoint = Expression(environ(variable)) if variable else None
        base = Expression(f"{endpoint} + {python(path)}") if endpoint and self.api.path and path else endpoint
        query = dict(parse_qsl(urlsplit(self.request.url).query))
        key = {"api_key": Expression(environ(self.key)) if self.key else "none"}
        return {**key, **self.provider.in_code(endpoint, base, query)}


def environ(variable: str) -> str:
    return f"os.environ[{python(variable)}]"
