"""LangChain's own tests of any chat model, of the scripted one."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any, ClassVar

import httpx2
from langchain_core.messages import AIMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from components.providers.script.reply import Script
from components.providers.script.server import ScriptedServer
from components.providers.wire import ScriptedModel


class Scripted:
    """A model that says two words, or calls a tool where it is offered one."""

    chat_model_class = ScriptedModel
    # It makes up JSON for a call's arguments alone. It sees no image, PDF, sound or film.
    structured_output_kwargs: ClassVar = {"method": "function_calling"}
    supported_usage_metadata_details: ClassVar[Any] = {
        "invoke": ["reasoning_output"],
        "stream": ["reasoning_output"],
    }
    model_override_value = "another"

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return self._params()

    def _params(self, **script: Any) -> dict[str, Any]:
        server = ScriptedServer(Script(delay=0, rate=0, length=2, **script))
        return {
            "model": "scripted",
            "api_key": "none",
            "streaming": True,
            "http_client": httpx2.Client(transport=server),
            "http_async_client": httpx2.AsyncClient(transport=server),
        }


class TestScripted(Scripted, ChatModelIntegrationTests):
    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        model = ScriptedModel(**self._params(thinking="reasoning"))
        return reduce(add, model.stream("Hi")) if stream else model.invoke("Hi")


class TestScriptedUnit(Scripted, ChatModelUnitTests):
    pass
