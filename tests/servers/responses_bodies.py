"""OpenAI's Responses.

https://developers.openai.com/api/reference/resources/responses/streaming-events
"""

from __future__ import annotations

import json
from typing import Any

from tests.servers import dialect, openai_bodies
from tests.servers.dialect import Piece, Said, texts, thoughts


class Chunks(dialect.Chunks):
    def __init__(self, number: int, model: str) -> None:
        super().__init__(number, model)
        self.sequence = -1
        self.items: list[dict[str, Any]] = []

    def head(self, prompt: int) -> bytes:
        response = self._response("in_progress", [])
        return self._event("created", response=response) + self._event("in_progress", response=response)

    def content(self, piece: Piece) -> bytes:
        if isinstance(piece, str):
            begin = self._begin({"type": "message", "role": "assistant", "content": []})
            said = self._event("output_text.delta", **self._place, content_index=0, delta=piece, logprobs=[])
        elif "refusal" in piece:
            begin = self._begin({"type": "message", "role": "assistant", "content": []})
            said = self._event("refusal.delta", **self._place, content_index=0, delta=piece["refusal"])
        else:
            begin = self._begin({"type": "reasoning", "summary": []})
            thought = piece["reasoning_content"]
            said = self._event("reasoning_summary_text.delta", **self._place, summary_index=0, delta=thought)
        return begin + said

    def tool_call(self, name: str, arguments: str) -> bytes:
        call = {"type": "function_call", "call_id": f"call_{self.number:06}", "name": name, "arguments": ""}
        begin = self._begin(call)
        pieces = (arguments[: len(arguments) // 2], arguments[len(arguments) // 2 :])
        deltas = [
            self._event("function_call_arguments.delta", **self._place, delta=piece) for piece in pieces
        ]
        self.items[-1]["arguments"] = arguments
        done = self._event("function_call_arguments.done", **self._place, arguments=arguments)
        return begin + b"".join(deltas) + done

    def tail(self, reason: str | None, prompt: int, said: Said, *, usage: bool) -> list[bytes]:
        if reason is None:
            return []
        output = self._output(said)
        ended = (
            self._event("output_item.done", output_index=len(output) - 1, item=output[-1]) if output else b""
        )
        response = self._ended(reason, output, prompt, said)
        return [ended, self._event(response["status"], response=response)]

    def error(self) -> bytes:
        message = "The server had an error while processing your request. Sorry about that!"
        return self._event("", type="error", code="server_error", message=message, param=None)

    def whole(self, said: Said, reason: str | None, prompt: int) -> bytes:
        return json.dumps(self._ended(reason or "stop", self._output(said), prompt, said)).encode()

    def _output(self, said: Said) -> list[dict[str, Any]]:
        """As the items stand in the end."""
        output: list[dict[str, Any]] = []
        if thought := "".join(thoughts(said)):
            output.append({"type": "reasoning", "summary": [{"type": "summary_text", "text": thought}]})
        if text := texts(said):
            content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
            output.append({"type": "message", "role": "assistant", "content": content})
        output += [item for item in self.items if item["type"] == "function_call"]
        return [{"id": f"item_{at}", "status": "completed", **item} for at, item in enumerate(output)]

    def _ended(self, reason: str, output: list[Any], prompt: int, said: Said) -> dict[str, Any]:
        why = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(reason)
        details = {"reasoning_tokens": len(thoughts(said))}
        usage: dict[str, Any] = {"input_tokens": prompt, "input_tokens_details": {"cached_tokens": 0}}
        usage |= {"output_tokens": len(said), "output_tokens_details": details}
        usage["total_tokens"] = prompt + len(said)
        response = self._response("incomplete" if why else "completed", output)
        return {**response, "incomplete_details": {"reason": why} if why else None, "usage": usage}

    def _response(self, status: str, output: list[Any]) -> dict[str, Any]:
        frame = {"id": f"resp_{self.number:06}", "object": "response", "created_at": 1, "model": self.model}
        more: dict[str, Any] = {
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "usage": None,
        }
        tools = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
        return {**frame, "status": status, "output": output, **more, **tools}

    def _begin(self, item: dict[str, Any]) -> bytes:
        if self.items and self.items[-1]["type"] == item["type"]:
            return b""
        self.items.append({"id": f"item_{len(self.items)}", "status": "in_progress", **item})
        return self._event("output_item.added", output_index=len(self.items) - 1, item=self.items[-1])

    @property
    def _place(self) -> dict[str, Any]:
        return {"item_id": self.items[-1]["id"], "output_index": len(self.items) - 1}

    def _event(self, name: str, **more: Any) -> bytes:
        self.sequence += 1
        event = {"type": f"response.{name}", "sequence_number": self.sequence, **more}
        data = json.dumps(event, ensure_ascii=False)
        return f"event: {event['type']}\ndata: {data}\n\n".encode("utf-8", "backslashreplace")


class Dialect(openai_bodies.Dialect):
    chunks = Chunks
    route = "/v1/responses"

    def asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answered = [{"role": "tool"} for item in body["input"] if item.get("type") == "function_call_output"]
        tools = [{"function": tool} for tool in body.get("tools") or ()]
        messages = [item for item in body["input"] if "role" in item] + answered
        return {**body, "messages": messages, "tools": tools, "max_tokens": body.get("max_output_tokens")}
