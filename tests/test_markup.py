"""What is drawn of a reply; how it looks is tested in a browser."""

from __future__ import annotations

import pytest

from components.tabs.markup import markup


@pytest.mark.parametrize("opening", ["[", "!["])
def test_brackets_that_are_never_closed(opening: str) -> None:
    """Minutes, and more than a test may take, if each were looked for through all that follows."""
    often = 200_000
    assert markup(opening * often).count(opening) == often
