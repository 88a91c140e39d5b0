"""What livekit-server says of a configuration, per version: schema, parser, own validation, traps."""
