"""Sizes of queues."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for key in ("psrpc.buffer_size", "signal_relay.stream_buffer_size"):
        size = config.get(key) if config.knows(key) else 0
        if size < 0 or size >= LARGEST:
            yield config.found(RULE, key, f"{size}; the default is {config.schema.defaults[key]}")


LARGEST = 2**30


RULE = Rule(
    "config.buffer-size",
    "fail",
    "No size for a queue",
    "psrpc.buffer_size or signal_relay.stream_buffer_size is negative, or too large for any memory",
    "Go's make; the server says: panic: makechan: size out of range",
    _check,
)
