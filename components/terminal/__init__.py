"""How a run looks in a terminal."""
