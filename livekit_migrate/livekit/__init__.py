"""LiveKit itself: grants, tokens, keys, server API, signalling, candidates, media."""
