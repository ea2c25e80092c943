"""Paths of Gradio's own routes that what stands before them treats apart.

Without them the limits of uploads and passwords, the guard against fetching for strangers, and the count
of open pages would pass every request by.
"""

from __future__ import annotations

from typing import Final

# Open as long as the page is, whether anything happens or not; the session's hash follows.
HEARTBEAT: Final = "/gradio_api/heartbeat/"
# How their paths end.
UPLOAD: Final = "/upload"
LOGIN: Final = "/login"
# Gradio would fetch any public address for anyone, and write what a visitor has typed into a file that anyone
# can open who knows its name; nothing on the page asks for either.
CLOSED: Final = (
    *("/gradio_api/file=http:", "/gradio_api/file=https:", "/gradio_api/file/http"),
    *("/gradio_api/proxy=", "/gradio_api/deep_link"),
)
# Browsers tell the origin with some of these, and everyone may have them: a page without them is blank.
ASSETS: Final = ("/assets/", "/static/", "/svelte/", "/theme.css", "/manifest.json")
