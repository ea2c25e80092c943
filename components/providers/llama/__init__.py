"""The embedded model: its weights, and llama.cpp in a child process."""

from collections.abc import Callable

# Called with bytes (done, total), total 0 when unknown, at least every half second while weights come.
# It raises Stopped once the app is ending: the way out of everything that takes long.
Progress = Callable[[int, int], None]
