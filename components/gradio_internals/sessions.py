"""What Gradio holds for a session: found when nobody has used it for long, and let go.

Gradio does so for one reason only: ten thousand others. What a session's State holds, keys among it,
would stay for hours, and so would the answers of programs that never read them.

And without a description of every component, which Gradio makes for each session in case its visitor asks for
a link to it, for which this page has no button: 20 ms in which nobody else is served, and two thirds of the
0.5 MB that a session takes.
"""

from datetime import datetime
from types import SimpleNamespace

import gradio as gr
from gradio.routes import App


def without_descriptions(blocks: gr.Blocks) -> None:
    """For sessions from now on. Gradio makes those of the components whose values change when they do."""
    nothing = SimpleNamespace(default_config=blocks.default_config, blocks={})
    blocks.state_holder.blocks = nothing  # type: ignore[assignment]


def unused(app: App, since: datetime) -> list[str]:
    """Sessions with nothing under way; of some the State has gone, and answers are left that nobody reads."""
    holder, queue = app.state_holder, app.get_blocks()._queue
    old = [session for session, used in holder.time_last_used.items() if used < since]
    unread = [session for session in queue.pending_event_ids_session if session not in holder]
    busy = {event.session_hash for event in queue.event_ids_to_events.values()}
    return [session for session in (*old, *unread) if session not in busy]


def forget(app: App, session: str) -> None:
    """All of it; what the session's State holds is closed first."""
    holder, queue = app.state_holder, app.get_blocks()._queue
    try:
        holder.delete_state(session)
    finally:
        holder.session_data.pop(session, None)
        holder.time_last_used.pop(session, None)
        queue.pending_messages_per_session.pop(session, None)
        queue.pending_event_ids_session.pop(session, None)
