"""What the browser is sent for *This run*: what is new of a run's lanes, and what the engine made of it."""

from collections import Counter
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from components.locale import Words
from components.locale.report import SEPARATOR, duration, figures, sentences, waiting_line
from components.streaming import Frame, Report
from components.streaming.events import examples
from components.streaming.records import Chunk, Phase, Read, Record, Seen, Sent
from components.streaming.replay import shown_frames
from components.streaming.trace import About, RunFile, open_run_file
from components.streaming.trace.link import LARGEST, asked_in
from components.streaming.trace.link import LONGEST as LONGEST_FRAGMENT
from components.tabs.view import Message, View, message

# Verdicts that say nothing of what went wrong before the way to the page.
GIVEN: Final = ("streamed", "thought_then_streamed", "one_piece")
# Of the recorded runs, by their files' names: what the page shows before any other; the first by itself.
EXAMPLES: Final = ("chat", "cut_off", "failure")
# Characters of a chunk.
LONGEST: Final = 200
# Marks of a lane that are all sent. After those, one that is nearer to the one before than such a part of
# the run so far is counted: on no screen could it be told from it.
MOST: Final = 2_000
FINEST: Final = 500


class RunView(View):
    """A message's `marks` are new: `[lane, number, microseconds, ...]`, then of the wire bytes and whether
    something of a reply was in them, of a chunk its kind and text, of a frame microseconds and how many
    chunks it had.
    `phases`: from number `since` on, `[name, at, seconds]`. `frame`: the number this frame has in its lane, 0
    for one that isn't there. `seen`: `[frame, seconds, seconds]`, when the page had it and had painted it.
    At the end `times`, the run's row in a race's table. `with_text`: besides `parts`, the new text as
    `[kind, text]`, and `said`, why it waits or has failed.
    """

    def __init__(self, words: Words, about: About, *, with_text: bool = False) -> None:
        super().__init__(words)
        self.about = about
        self._with_text = with_text
        self._counts: Counter[str] = Counter()
        self._last: dict[str, float] = {}
        self._phases = 0
        self._progress = ""

    def seen(self, by_page: Seen, report: Report) -> Message:
        """After the last frame: what the page's times make of it."""
        return self.numbered({"seen": by_page.frames, **self._ended(report)})

    def body(self, frame: Frame) -> dict[str, Any]:
        about, phases = self.about, frame.phases if frame.report is None else frame.report.phases
        since, self._phases = max(0, self._phases - 1), len(phases)
        marks = [mark for record in frame.records if (mark := self._mark(record)) is not None]
        state = phases[-1].name if phases else "connecting"
        end: dict[str, Any] = {}
        if frame.report is not None:
            end = self._ended(frame.report)
        elif frame.last:  # of a file whose run never ended: its process did
            end = {"state": "failed", "word": self.words("events_state_never_ended"), "ended": True}
        return {
            "of": SEPARATOR.join(filter(None, (about.method, about.provider, about.model))),
            "at": frame.at,
            "marks": marks,
            "counts": dict(self._counts),
            "frame": self._counts["frame"] + (frame.report is None) if frame.parts or frame.report else 0,
            "seen": [one for record in frame.records if isinstance(record, Seen) for one in record.frames],
            "since": since,
            "phases": [[span.name, span.at, span.seconds] for span in phases[since:]],
            "state": state,
            "word": self.words(f"run_{state}") + (self._progress if state == "reading" else ""),
            **({"parts": _parts(frame), "said": self._said(frame)} if self._with_text else {}),
            **end,
        }

    def _said(self, frame: Frame) -> str:
        about, report = self.about, frame.report
        if report is not None:
            return " ".join(sentences(self.words, report.fault, **about.known)) if report.fault else ""
        if frame.last:
            return self.words("events_never_ended")
        waits = frame.place or frame.retry is not None
        return waiting_line(self.words, frame, about.method, **about.known) if waits else ""

    def _ended(self, report: Report) -> dict[str, Any]:
        words, thoughts = self.words, report.outcome.reasoning_tokens
        lost = words("run_lost_nothing")
        if self._counts["wire"] and not report.chunks:
            lost = words("run_lost_all", count=self._counts["wire"])
        elif thoughts and not report.thoughts:
            lost = words("run_lost_thoughts", count=thoughts)
        held = words(f"run_held_{report.held_by or 'nobody'}", value=duration(report.longest_gap))
        word, back = words(f"verdict_{report.verdict}"), report.held_frames
        if back:
            value = duration(report.held_back)
            held = words("run_held_back", frames=back, value=value)
            if report.verdict in GIVEN:
                word = words(f"run_back_{report.verdict}", frames=back, value=value)
        return {
            "state": report.verdict,
            "word": word,
            "seconds": report.seconds,
            "figures": figures(words, report),
            "lost": lost,
            "held": held,
            "back": back,
            "times": [
                *(report.first_byte, report.first_thought, report.first_token),
                *(report.tokens_per_second, report.seconds, report.server_cpu),
            ],
            "ended": True,
        }

    def _mark(self, record: Record) -> list[Any] | None:
        told: list[Any]
        match record:
            case Read():
                told = [record.size, record.content]
            case Chunk() if record.some and not record.heard:
                told = [record.kind, (record.text or record.name)[:LONGEST]]
            case Sent():
                told = [round(record.seconds * 1e6), record.chunks]
            case _:
                if isinstance(record, Phase) and record.phase == "progress":
                    self._progress = f" {record.done}/{record.total}"
                return None
        lane, at = record.lane, record.at
        self._counts[lane] += 1
        if self._counts[lane] > MOST and at - self._last[lane] < at / FINEST:
            return None
        self._last[lane] = at
        return [lane, self._counts[lane], round(at * 1e6), *told]


def before_any(words: Words) -> Message:
    """Before any run: a recorded one to show, and what a link may hold."""
    too_large = words("run_file_link_too_large", limit=LARGEST // 1000)
    shown = {"examples": EXAMPLES, "recorded": example(words.language, EXAMPLES[0])}
    return message({**shown, "longest": LONGEST_FRAGMENT, "too_large": too_large})


def recorded(words: Words, run_file: RunFile) -> dict[str, Any]:
    """A run that was recorded: what was asked, and what the page would have been sent of it."""
    view = RunView(words, run_file.header, with_text=True)
    messages = [view.body(frame) for frame in shown_frames(run_file)]
    return {"prompt": asked_in(run_file.header.input), "messages": messages}


def _parts(frame: Frame) -> list[tuple[str, str]]:
    chunks = (
        record for record in frame.records if isinstance(record, Chunk) and record.some and not record.heard
    )
    pieces = ((chunk.kind, f"{chunk.name} {chunk.text}" if chunk.name else chunk.text) for chunk in chunks)
    return [(kind, "".join(text for _, text in alike)) for kind, alike in groupby(pieces, itemgetter(0))]


@cache
def example(language: str, name: str) -> dict[str, Any]:
    """One of `EXAMPLES`, in plain text."""
    (path,) = (path for path in examples() if path.stem[2:] == name)
    shown = recorded(Words(language), open_run_file(path))
    for one in shown["messages"]:
        one["parts"] = [(kind, text.replace("**", "")) for kind, text in one["parts"]]
    return shown
