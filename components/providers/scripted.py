"""No model: a text said at a set rate, and a failure of one's choice, for teaching and for tests."""

from dataclasses import replace
from typing import get_args

from pydantic import ValidationError

from components.providers.base import Provider
from components.providers.field import Choice, Field
from components.providers.local import Local
from components.providers.openai import NO_KEY
from components.providers.script.reply import Script
from components.streaming.connection import Connection
from components.streaming.faults import Failure


class Scripted(Provider):
    """Streams and fails the way the OpenAI provider does: by the same bytes, at the same moments."""

    name = "scripted"
    keyless = True
    snippet = Local.snippet
    in_json = {"language": "json"}  # noqa: RUF012
    packages = Local.packages
    slow_modules = Local.slow_modules
    code_note = """\
The app's own `scripted` said this: there is no such model on any server. This asks the same of a server at
OPENAI_BASE_URL that speaks OpenAI's protocol; name a model of its, and give it a key if it wants one."""
    models = ("scripted",)
    fields = tuple(
        Field(name, "choice" if options else "number", str(of_it.default), options)
        for name, of_it in Script.model_fields.items()
        for options in [get_args(of_it.annotation)]
    )

    def connect(self, choice: Choice) -> Connection:
        """Make a model that says the chosen script. Raises Failure: `bad_setting`, with the field."""
        given = {field.name: self.value(choice, field.name) for field in self.fields}
        try:
            script = Script.model_validate(given)
        except ValidationError as error:
            raise Failure("bad_setting", field=str(error.errors()[0]["loc"][0])) from None
        # First: by this way the app imports the SDK in the background.
        from components.providers.wire import ScriptedModel, open_chat  # isort: split
        from components.providers.clients import Clients, bearer
        from components.providers.script.server import ScriptedServer

        server = ScriptedServer(script)
        clients = Clients("http://scripted.invalid/v1", bearer(NO_KEY), transport=server)
        # A script is a stream.
        connection = open_chat(clients, NO_KEY, **self.asked(choice), streaming=True, chat=ScriptedModel)
        return replace(connection, abort=server.abort, held_to=lambda schema: None)
