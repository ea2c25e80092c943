"""The app side by side with the plain Gradio way and the bare LangChain loop: `python -m tests.bench`."""
