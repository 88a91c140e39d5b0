"""Looking again and again: what each look saw, the last of them, and the worst of all."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import exits
from .result import Status

KEPT = 120
"""Looks that are remembered one by one; the counts and the worst are of all."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look.

    Args:
        number: counts from 1.
        at: when it began, with its time zone.
        seconds: how long it took.
        status: ``ok``, ``warn`` or ``fail``: the worst of its findings.
        text: one line: ``healthy``, or what is wrong.
        exit_code: what the command would exit with after this look alone.
        figures: measured values; a name ends in its unit (``rtt_ms``). None: not measured this time.
    """

    number: int
    at: datetime
    seconds: float
    status: Status
    text: str
    exit_code: int
    figures: Mapping[str, float | None]

    @property
    def clock(self) -> str:
        return f"{self.at:%H:%M:%S}"


class History:
    """What was seen so far."""

    def __init__(self) -> None:
        self.last: deque[Look] = deque(maxlen=KEPT)
        self.counts: dict[Status, int] = {"ok": 0, "warn": 0, "fail": 0}
        self.worst: Look | None = None
        """The first look with the highest exit code; None while there was nothing to fail for."""

    def add(self, look: Look) -> None:
        self.last.append(look)
        self.counts[look.status] += 1
        if look.exit_code > (self.worst.exit_code if self.worst else exits.OK):
            self.worst = look

    @property
    def looks(self) -> int:
        return sum(self.counts.values())

    @property
    def exit_code(self) -> int:
        return self.worst.exit_code if self.worst else exits.OK

    @property
    def summary(self) -> str:
        """``12 looks: 10 ok, 1 warn, 1 fail; first at 14:03:05: port: nothing listens on …``."""
        said = ", ".join(f"{count} {status}" for status, count in self.counts.items() if count)
        text = f"{self.looks} look{'s' if self.looks != 1 else ''}" + (f": {said}" if said else "")
        return f"{text}; at {self.worst.clock} {self.worst.text}" if self.worst else text

    def to_dict(self, *, final: bool) -> dict[str, Any]:
        """The state after the latest look, for ``Result.data``; ``final``: no look comes any more."""
        look = self.last[-1] if self.last else None
        return {
            "final": final,
            "look": self.looks,
            "at": look.at.isoformat(timespec="milliseconds") if look else None,
            "seconds": round(look.seconds, 3) if look else None,
            "status": look.status if look else None,
            "counts": dict(self.counts),
            "worst_exit_code": self.exit_code,
            "worst_at": self.worst.at.isoformat(timespec="milliseconds") if self.worst else None,
            "figures": dict(look.figures) if look else {},
        }
