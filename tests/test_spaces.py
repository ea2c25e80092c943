"""On Hugging Face Spaces, and by a share link."""

from __future__ import annotations

import re
import signal
import socket
import sys
import unicodedata

from huggingface_hub import SpaceCard

from tests.app_process import ROOT, running
from tests.http_stream import ask, get

# https://huggingface.co/docs/hub/spaces-config-reference, as of November 2026
KNOWN = {
    *("title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file"),
    *("license", "short_description", "suggested_hardware", "startup_duration_timeout", "pinned", "models"),
    *("datasets", "tags", "thumbnail", "header", "fullWidth", "preload_from_hub", "custom_headers"),
}
COLORS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
SHORT = 60  # characters
SCRIPTED = {"PROVIDER": "scripted", "MAX_TOKENS": "5"}


def test_the_readme_s_head_is_a_space_s_configuration() -> None:
    head = SpaceCard.load(ROOT / "README.md").data.to_dict()
    assert set(head) <= KNOWN
    assert head["title"]
    assert len(head["emoji"]) == 1
    assert unicodedata.category(head["emoji"]) == "So"
    assert {head["colorFrom"], head["colorTo"]} <= COLORS
    assert len(head["short_description"]) <= SHORT
    assert head["license"] == "mit"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")

    assert head["sdk"] == "gradio"
    assert (ROOT / head["app_file"]).is_file()
    assert isinstance(head["python_version"], str)  # 3.10 would be a number that ends with 1
    assert re.fullmatch(r"3\.\d+", head["python_version"])
    assert sys.version_info[:2] == tuple(map(int, head["python_version"].split(".")))


def test_it_runs_where_a_space_runs_it() -> None:
    """With the environment of one: everything that Gradio does otherwise there."""
    space = {
        "SYSTEM": "spaces",
        "SPACE_ID": "someone/streaming-lab",
        "SPACE_HOST": "someone-streaming-lab.hf.space",
        "SPACE_AUTHOR_NAME": "someone",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SSR_MODE": "True",
        "GRADIO_THEME": "huggingface",
    }
    with running(**SCRIPTED, **space) as app:
        assert get(app.url, "/healthz")[1]["ready"]
        assert ask(app.url, "hello").read().decode() == "**Streaming** means reading"
        app.process.send_signal(signal.SIGTERM)
        assert app.ended() == 0
        # Gradio's own reloader, which finds Hugging Face's package on a real one.
        assert app.log().count("Traceback") == app.log().count("hot-reloading in Spaces")


def test_without_a_share_link_the_page_is_served_all_the_same() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), refused)
        direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1")
        with running(GRADIO_SHARE="1", **SCRIPTED, **proxies, **direct) as app:
            assert ask(app.url, "hello").read().decode() == "**Streaming** means reading"
            app.process.send_signal(signal.SIGTERM)
            assert app.ended() == 0
            assert "Could not create share link" in app.log()
            assert "Traceback" not in app.log()
