"""What is wrong with a stream that ended without an exception."""

from __future__ import annotations

from components.streaming.faults import Fault
from components.streaming.finish import is_abnormal
from components.streaming.mailbox import Mailbox
from components.streaming.meter import Outcome
from components.streaming.wire import Wire


def fault_of_end(outcome: Outcome, mailbox: Mailbox, wire: Wire | None) -> Fault | None:
    """None where the reply is what the model wanted to say."""
    reason = outcome.finish_reason
    if wire is not None and wire.refusal and not mailbox.has_text:
        return Fault("refused", {"detail": wire.refusal})
    if reason == "content_filter":
        return Fault("content_filter")
    if is_abnormal(reason):
        return Fault("provider_ended", {"detail": reason})
    # A server that says that it is done, but never why, has sent all it had.
    if not reason and not (wire is not None and wire.done):
        return Fault("cut_off", retryable=True)
    if mailbox.has_text or mailbox.called:
        return None
    if mailbox.has_content or outcome.reasoning_tokens:
        tokens = outcome.reasoning_tokens or outcome.output_tokens
        kind = "spent_on_thinking" if reason == "length" else "thought_only"
        return Fault(kind, {} if tokens is None else {"tokens": str(tokens)})  # type: ignore[arg-type]
    return Fault("empty", retryable=True)
