"""Who has given the password in the page's own form.

Gradio asks for it at its own routes only; /run_stream, which is ours, would want HTTP Basic of a page
that has logged in already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request


def logged_in(request: Request) -> bool:
    app = request.app
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return any(request.cookies.get(name) in app.tokens for name in names)
