"""What a server that others can open needs: who asks, how much they may, and a line of log for each run."""
