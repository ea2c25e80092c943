"""The default provider: a small model inside the app, no key, no network once its weights are there."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from components.providers.base import Provider
from components.providers.field import Choice, Field, Status
from components.providers.llama import Progress
from components.providers.llama.process import LlamaServer
from components.providers.llama.supervisor import Supervisor
from components.providers.openai import OpenAI
from components.providers.profiles import small_one
from components.settings import Settings
from components.streaming.connection import Connection
from components.streaming.faults import Failure, Fault

MODEL = "SmolLM2-135M-Instruct"
WEIGHTS = f"{MODEL}.Q4_1.gguf"
# The same weights and prompt; another wire, read by ChatOpenAI or by ChatAnthropic.
DIALECTS = ("chat", "responses", "messages")
# Its own server's port and key are new with every start, and gone with the app.
CODE_NOTE = """\
The app's own llama.cpp answered this, and ends with the app. A llama.cpp of yours answers the same:
  llama-server --model {file} --port 8080
LLAMA_BASE_URL is then http://localhost:8080, and LLAMA_API_KEY its --api-key, or any word without one."""
NOT_STARTED = LlamaServer("http://127.0.0.1", "unknown", window=0)
_BROKEN = {"dropped", "unreachable", "cut_off"}


class Local(Provider):
    """llama.cpp in a child process on loopback; `LOCAL_MODEL` replaces the model."""

    name = "local"
    keyless = True
    fields = (
        Field("local_model", "owner", variable="LOCAL_MODEL"),
        Field("dialect", "choice", DIALECTS[0], DIALECTS, variable="LOCAL_DIALECT", public=True),
    )
    snippet = replace(OpenAI.snippet, model=small_one(OpenAI.models, OpenAI.small))
    packages = (*OpenAI.packages, "xllamacpp")
    slow_modules = OpenAI.slow_modules
    path = "/v1$"
    # llama.cpp reads the first of them itself.
    code_variables = ("LLAMA_API_KEY", "LLAMA_BASE_URL")

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        local_model = self.own["local_model"]
        self.models = (Path(local_model).stem if local_model else MODEL,)
        self.code_note = CODE_NOTE.format(file=Path(local_model or WEIGHTS).name)
        self._supervisor = Supervisor(lambda progress: find(local_model, progress), self.default_model())

    def start(self) -> None:
        self._supervisor.start()

    def status(self) -> Status:
        return self._supervisor.status()

    def stop(self) -> None:
        self._supervisor.stop()

    def connect(self, choice: Choice) -> Connection:
        """Block until llama.cpp answers, through download and loading; a failed one is tried again.

        Raises Failure: weights_missing, weights_damaged, disk_full, local_failed.
        """
        from components.providers.clients import Clients, bearer

        server = NOT_STARTED if choice.dry else self._supervisor.server()
        dialect = self.value(choice, "dialect")
        skips = bool(self.own["local_model"]) and dialect == "chat"
        clients = Clients(
            server.address + ("" if dialect == "messages" else "/v1"),
            bearer(server.key),
            control_tokens=server.control_tokens,
            trust_env=False,  # a proxy is not for loopback
        )
        # With `streaming`, a stopped `invoke` frees its slot too.
        given = {**self.asked(choice), "streaming": True}
        if dialect == "messages":
            from components.providers.anthropic import open_messages

            connection = open_messages(clients, server.key, **given)
        else:
            from components.providers.wire import held_by_format, open_chat

            given["use_responses_api"] = dialect == "responses"
            if skips:
                given["extra_body"] = {"reasoning_control": True}
            connection = open_chat(clients, server.key, **given)
            # llama.cpp takes a schema in Responses too, by chat completions' name, and none in messages.
            connection = replace(connection, held_to=partial(held_by_format, connection.model))

        if not self.own["local_model"]:
            # Its chat template has no place for tools: llama.cpp drops them without a word.
            connection.model.profile = {"tool_calling": False}

        def refine(fault: Fault) -> Fault:
            """The connection broke because llama.cpp ended; another `open` waits for the next one."""
            if fault.kind in _BROKEN and self._supervisor.gone(server):
                return replace(fault, kind="local_died", params={})
            return fault

        def skip() -> None:
            if server.end_thinking(connection.wire.reply):
                connection.wire.note("skipped", "thinking")

        return replace(
            connection,
            refine=refine,
            window=server.window,
            count_tokens=server.count_tokens,
            skip=skip if skips else None,
            cpu=server.cpu,
        )


def find(local_model: str, progress: Progress) -> Path:
    """The weights `LOCAL_MODEL` means: nothing, a path, or owner/repo/file.gguf on the Hugging Face hub.

    Raises:
        Failure: weights_missing, weights_damaged, disk_full.
        Stopped: from `progress`.
    """
    from components.providers.llama import weights

    if not local_model:
        return weights.fetch(weights.SMOLLM2, weights.cache_folder(), progress)
    path = Path(local_model).expanduser()
    if path.is_file():
        return path.resolve()
    parts = local_model.split("/")
    if len(parts) >= 3 and all(part not in {"", ".", "..", "~"} for part in parts):
        return weights.from_hub(local_model, progress)
    raise Failure("weights_missing", detail=f"LOCAL_MODEL is {local_model}, and there is no such file.")
