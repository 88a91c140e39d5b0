"""What livekit-server says of a configuration, per version: its schema, its parser, its own validation, traps."""
