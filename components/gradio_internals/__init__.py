"""Everything that leans on what Gradio does not document, one file per reason; nothing outside does.

Each file says what it gains, and what happens without it. What they lean on is listed in
`tests/test_gradio_internals.py`, as is what our scripts and styles know of Gradio's page: a Gradio that
has changed any of it is told by name.
"""
