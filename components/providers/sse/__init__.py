"""A reader of event streams between a provider's socket and its SDK."""
