"""A real `redis-server` on a free port, with a password, that keeps nothing on the disk."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from types import TracebackType

from tests.app_process import free_port

PASSWORD = "redis-PLANTED-0123456789"


class RedisServer:
    """`with RedisServer() as redis: running(REDIS_URL=redis.url)`; `stop` and `start` as often as wanted."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is missing: apt-get install redis-server"
        self._program = program
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self._port}/0"

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        settings = f'bind 127.0.0.1\nport {self._port}\nsave ""\nappendonly no\nrequirepass {PASSWORD}\n'
        self._process = subprocess.Popen(
            [self._program, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd="/"
        )
        assert self._process.stdin is not None
        self._process.stdin.write(settings.encode())
        self._process.stdin.close()
        deadline = time.monotonic() + 60
        while self._ask(f"AUTH {PASSWORD}\r\nPING\r\n") != b"+OK\r\n+PONG\r\n":
            assert self._process.poll() is None, "redis-server ended"
            assert time.monotonic() < deadline, "redis-server says nothing"
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _ask(self, said: str) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=5) as asked:
                asked.sendall(said.encode())
                asked.shutdown(socket.SHUT_WR)
                answer = b""
                while part := asked.recv(1000):
                    answer += part
                return answer
        except OSError:
            return b""
