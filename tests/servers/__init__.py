"""Stand-ins: each speaks one real protocol over a socket, in a process of its own."""
