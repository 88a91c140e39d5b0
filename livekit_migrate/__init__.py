"""lkm: from a self-hosted Mediasoup SFU to self-hosted LiveKit, and healthy there."""

# A literal on purpose: reading the installed metadata costs 35 ms at every start.
__version__ = "0.1.0"
