"""One reply in three dialects, and the same blocks."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI

RESPONSE = {"id": "r", "object": "response", "created_at": 0, "model": "m", "output": [], "tools": []}


def chat(words: list[str]) -> Iterator[dict[str, Any]]:
    for word in words:
        yield {"choices": [{"index": 0, "delta": {"content": word}}]}
    yield {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def responses(words: list[str]) -> Iterator[dict[str, Any]]:
    place = {"item_id": "i", "output_index": 0, "content_index": 0, "logprobs": []}
    for word in words:
        yield {"type": "response.output_text.delta", "delta": word, **place}
    yield {"type": "response.completed", "response": RESPONSE | {"status": "completed"}}


def messages(words: list[str]) -> Iterator[dict[str, Any]]:
    usage = {"input_tokens": 1, "output_tokens": len(words)}
    start = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    yield {"type": "message_start", "message": start}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for word in words:
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}


def lesson(model: BaseChatModel, prompt: str) -> None:
    words: list[Any] = [chunk.text for chunk in model.stream(prompt) if chunk.text][:4]

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            say = {"/v1/chat/completions": chat, "/v1/responses": responses, "/v1/messages": messages}
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for event in say[self.path](words):
                self.wfile.write(f"event: {event.get('type', '')}\ndata: {json.dumps(event)}\n\n".encode())

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server, ExitStack() as stack:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        address = f"http://127.0.0.1:{server.server_port}"
        made: Any = {"model": "m", "api_key": "none"}
        readers: dict[Any, Any] = {
            chat: ChatOpenAI(base_url=f"{address}/v1", **made),
            responses: ChatOpenAI(base_url=f"{address}/v1", use_responses_api=True, **made),
            messages: ChatAnthropic(base_url=address, **made),
        }
        for dialect, reader in readers.items():
            first = next((event for event in dialect(words) if "delta" in str(event)), None)
            print(f"{dialect.__name__} sends {json.dumps(first)}")
            whole = None
            for chunk in reader.stream(prompt):
                for block in chunk.content_blocks:
                    print(f"{dialect.__name__} block {block['type']} {block.get('text')!r}")
                whole = whole + chunk if whole else chunk
            told = whole.response_metadata if whole else {}
            ends = {name: told[name] for name in ("finish_reason", "status", "stop_reason") if name in told}
            print(f"{dialect.__name__} ends {ends}")
