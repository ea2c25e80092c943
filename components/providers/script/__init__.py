"""What `scripted` says, and how it fails."""
