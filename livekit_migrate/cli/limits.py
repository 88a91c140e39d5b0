"""Limits in seconds that options take, and what they may be."""

from __future__ import annotations

from ..core.durations import parse
from ..core.errors import UsageError

_SHORTEST, _LONGEST = 0.1, 600.0


def timeout(text: str) -> float:
    """Seconds of ``--timeout``.

    Raises:
        UsageError: it is no time, or none that is sensible.
    """
    seconds = parse(text, "--timeout")
    if not _SHORTEST <= seconds <= _LONGEST:
        raise UsageError(f"--timeout {text}: from 100ms to 10m", code="usage.time", hint="--timeout 10s")
    return seconds
