"""LCEL chains, each a function `build(model) -> Runnable`."""
