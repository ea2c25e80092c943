"""Streaming Lab: see how LangChain streams."""
