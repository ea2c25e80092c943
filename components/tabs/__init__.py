"""One file a tab: draws it and wires it."""
