"""What a server that others can open needs: who asks, how much they may, whom it forgets, how it ends."""
