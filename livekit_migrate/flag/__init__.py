"""The feature flag between Mediasoup and LiveKit: where it is read, what it is, how it is turned."""
