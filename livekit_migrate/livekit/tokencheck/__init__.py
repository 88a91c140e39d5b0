"""What a token says and what a LiveKit server makes of it, without a server."""
