"""Times as people type them: ``30s``, ``1.5m``, ``1h30m``; and as people read them."""

from __future__ import annotations

import re

from .errors import UsageError

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)", re.ASCII)
_LONGEST = 366 * 86400.0


def parse(text: str, option: str) -> float:
    """Seconds of ``30s``, ``1h30m`` or a bare number (seconds).

    Args:
        option: named in the error: ``--timeout``.

    Raises:
        UsageError: it is no such time, negative, or above a year.
    """
    compact = text.strip().lower()
    seconds: float | None = None
    if re.fullmatch(r"\d{1,9}(\.\d+)?", compact, re.ASCII):
        seconds = float(compact)
    elif compact and "".join(match[0] for match in _PART.finditer(compact)) == compact:
        seconds = sum(float(match[1]) * _UNITS[match[2]] for match in _PART.finditer(compact))
    if seconds is None or seconds > _LONGEST:
        raise UsageError(
            f"{option} {text}: not a time", code="usage.time", hint="such as 500ms, 30s, 10m, 1h30m"
        )
    return seconds


def shown(seconds: float) -> str:
    """A span of time in its two largest units: ``3 d 4 h``, ``12 min 5 s``, ``0.4 s``."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (secs, "s")]
    while not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[:2] if amount)
