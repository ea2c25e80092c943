"""What `/run_stream` is asked, and how it answers."""
