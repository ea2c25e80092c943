"""The process round the page: what is let in, whom it forgets, and how it ends."""
