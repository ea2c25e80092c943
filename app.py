"""Settings -> page -> server."""

import atexit
import gc
import importlib
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if __name__ == "__main__":  # until `Shutdown` takes it, there is nothing to end
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from components import proxies
from components.gradio_internals.quick_import import import_gradio
from components.providers import Provider, registry
from components.settings import BadSetting, Settings
from components.streaming.trace.run_file import LARGEST

if TYPE_CHECKING:
    import gradio as gr

    from components.hosting.session_gc import SessionGC
    from components.runs.lab import Lab

log = logging.getLogger("app")

# Some 0.3 MB each; `SessionGC` lets most of them go long before.
SESSIONS = 1000
# Bytes; elsewhere a run file is the largest thing that can be opened.
STRANGERS_UPLOAD = 10_000_000
# Events of the page that are under way besides runs.
OTHER_EVENTS = 100


def launch(blocks: "gr.Blocks", lab: "Lab", i18n: "gr.I18n", session_gc: "SessionGC") -> None:
    """Start the server in its thread; returns when the page is served.

    Raises:
        BadSetting: nothing can be served at that address.
        OSError: something that it needs can't be had.
    """
    from starlette.middleware import Middleware
    from starlette.middleware.gzip import GZipMiddleware

    from components import api
    from components.gradio_internals import overhead, page_address, routes, server, sessions
    from components.hosting.admission_control import LONGEST_LINE, log_to_stdout
    from components.hosting.exposure import exposure
    from components.http.early_answers import EarlyAnswers
    from components.http.front_ends import FORMATS
    from components.http.gate import Gate, same
    from components.http.hosts import Hosts
    from components.locale import LANGUAGES, Words
    from components.tabs import page

    settings = lab.settings
    # Passed on as they come. The rest is compressed, as Gradio does with files alone: of the page's 830 KB
    # 200 are left.
    streams = tuple({form.media_type for form in FORMATS.values()})
    log_to_stdout()

    page_address.keep_browser_address()
    routes.fetch_nothing()
    routes.answer_in_words()
    server.launch_with(lambda app: EarlyAnswers(Hosts(app, settings, lambda: blocks.share_url)))
    # Our own line is where runs wait, not Gradio's queue before it.
    most = settings.streams + LONGEST_LINE + OTHER_EVENTS
    # "auto" would tell each of those who come at once of every other: fifty of them 1,200 times.
    blocks.queue(default_concurrency_limit=most, status_update_rate=1.0)
    overhead.avoid(blocks)
    _, url, link = blocks.launch(
        server_name=settings.gradio_server_name or None,
        server_port=settings.gradio_server_port or None,
        root_path=settings.root_path,
        share=settings.gradio_share,
        prevent_thread_lock=True,
        quiet=True,  # it would praise share links
        **server.UNASKED,
        max_threads=most,
        max_file_size=STRANGERS_UPLOAD if settings.hosted else LARGEST,
        auth=(lambda name, tried: same(tried, settings.password)) if settings.password else None,
        # In every language: Gradio doesn't translate it.
        auth_message="<br>".join(Words(language)("password_hint") for language in LANGUAGES),
        ssr_mode=False,  # its server of its own would stand between us and the visitor's address
        # Both would keep what visitors typed: in their browsers, and in this process.
        run_history=False,
        enable_monitoring=False,
        footer_links=["api", "settings"],
        i18n=i18n,
        # Given beforehand, not added to the running server: they answer as soon as the page does.
        app_kwargs={
            "title": "Streaming Lab",
            "routes": api.routes(lab),
            "middleware": [
                Middleware(GZipMiddleware, compresslevel=3, exclude_content_types=streams),
                Middleware(Gate, lab=lab),
                Middleware(session_gc.watched),
            ],
            "lifespan": session_gc.forgetting,
        },
        state_session_capacity=SESSIONS,
        **page.look(),
    )
    sessions.without_descriptions(blocks)
    print(*exposure(lab, url, link), sep="\n", file=sys.stderr)


def collect_rarely() -> None:
    """Keep what is there so far out of collections."""
    # 290,000 objects that stay for good: going through them all would hold up every stream.
    gc.collect()
    gc.freeze()
    # A chunk leaves dozens of objects, no cycle. With a hundred readers Python's own 700 took a sixth of the
    # time, and held the loop for 0.2 s now and then.
    gc.set_threshold(20_000)


def warm_up(provider: Provider) -> None:
    """Import in the background what the first message would wait for, and keep it out of collections."""
    chains = ("components.chains.chat", "components.chains.json")

    def work() -> None:
        try:
            for module in (*chains, *provider.slow_modules):
                importlib.import_module(module)
        finally:
            collect_rarely()
            gc.enable()
            # Seconds for which a thread has the interpreter while others wait. `stream` reads each reply in a
            # thread of its own; by Python's own 5 ms a hundred of them spend a quarter of the time in turns.
            sys.setswitchinterval(0.02)

    threading.Thread(target=work, name="warm up", daemon=True).start()


def serve(settings: Settings) -> int:
    """Serve the page until SIGINT or SIGTERM; what takes time begins once the page is there.

    Returns the exit status.

    Raises BadSetting: nothing can be served at that address.
    """
    providers = registry(settings)
    # Not before the settings were read: Gradio reads some of the same variables as it is imported, and fails
    # on a bad one with a traceback. It also reports home and looks for updates unless told not to.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    for variable, why in proxies.left_out().items():
        log.warning("%s is left out: %s.", variable, why)
    # Until `warm_up` is through: collecting while modules come takes a fifth of the time, and finds nothing.
    gc.disable()
    import_gradio()
    from components.hosting.session_gc import SessionGC
    from components.hosting.shutdown import INTERRUPTED, Shutdown
    from components.runs.lab import Lab
    from components.tabs import page

    lab = Lab(settings, providers)
    i18n = page.words()
    shutdown, session_gc = Shutdown(), SessionGC(settings.forget_seconds, lab.lets_go)
    try:
        try:
            blocks = page.build(lab, i18n)
            launch(blocks, lab, i18n, session_gc)
        except OSError as exc:
            raise BadSetting(f"The page can't be served: {exc}.") from exc
        for provider in lab.providers.values():
            provider.start()
        warm_up(lab.providers[settings.provider])
        shutdown.wait()
        shutdown.drain(lab, session_gc, settings.drain_seconds)
        blocks.close()
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        lab.runs.stop_all()
        for provider in lab.providers.values():
            provider.stop()
    return 0


def main() -> int:
    """The exit status: 2 for a setting that can't be used, 130 after Ctrl+C twice."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for client in ("httpx", "httpx2"):
        logging.getLogger(client).setLevel(logging.WARNING)  # they log a line for every request
    try:
        return serve(Settings.load())
    except BadSetting as exc:
        print(exc, file=sys.stderr)
        return 2


if __name__ == "__main__":
    status = main()
    atexit._run_exitfuncs()  # a share link's tunnel ends with them, and the log
    # Python would go through every object once more, for seconds, and abort where a thread still imports.
    os._exit(status)
