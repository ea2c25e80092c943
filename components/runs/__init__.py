"""One file per kind of run: from what a session chose to the frames that page, HTTP and terminal show."""
