"""Questions to a LiveKit server anywhere in the world; most of them without a key."""
