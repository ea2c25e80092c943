"""Where the page sends its requests: to the address that the browser has it from.

Behind a proxy that changes `Host` they would go to the machine of whoever reads the page, and none would
answer.
"""

from urllib.parse import urlsplit

from gradio import route_utils
from starlette.requests import Request


def keep_browser_address() -> None:
    """Have Gradio write the path alone into the page, not the `Host` that this server was asked for."""
    whole = route_utils.get_root_url

    def root_url(request: Request, route_path: str, root_path: str | None) -> str:
        root = whole(request, route_path, root_path)
        # Of "" the browser would make the address that it is at, with its query; of "/", with a path behind
        # it, another host.
        return urlsplit(root).path or "/." if route_path == "/" else root

    route_utils.get_root_url = root_url
