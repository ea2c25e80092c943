"""nginx from Debian's package, in front of what a test serves."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.app_process import free_port
from tests.servers.debian import program, serving

CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {server}
    }}
}}
"""


@contextmanager
def nginx(server: str) -> Iterator[str]:
    """The address at which nginx is served with these lines in its `server` block."""
    found = program("nginx", "nginx", "nginx-light")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "nginx.conf")
        file.write_text(CONFIGURATION.format(folder=folder, port=port, server=server))
        command = [found, "-p", folder, "-c", str(file), "-e", f"{folder}/start.log"]
        with serving(command, port) as url:
            yield url
