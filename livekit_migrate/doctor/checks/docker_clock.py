"""The engine's clock against this machine's: virtual machines that slept are behind."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import job

MOST = 50.0
"""Seconds; livekit-server takes 60 before it refuses a token."""


def _run(context: Context) -> Iterator[Finding]:
    yield judge(job(context).info, time.time())


def judge(info: Mapping[str, Any], now: float) -> Finding:
    """How far the engine's clock is off.

    Args:
        info: ``docker info``.
        now: Unix seconds of this machine.
    """
    from ...stack.compose.containers import when

    there = when(str(info.get("SystemTime") or ""))
    if there is None:
        return CHECK.skip("the engine does not tell its time")
    skew = there - now
    if abs(skew) <= MOST:
        return CHECK.ok(
            f"the engine's clock is that of this machine, within {abs(skew):.0f} s", skew_seconds=int(skew)
        )
    way = "ahead of" if skew > 0 else "behind"
    return CHECK.found(
        "fail",
        f"the engine's clock is {abs(skew):.0f} s {way} this machine's",
        "a token signed on one side is not valid yet, or no more, on the other: the server takes 60 s",
        fix=Fix("restart Docker (Desktop, Colima): its virtual machine takes the time anew then"),
        skew_seconds=int(skew),
    )


CHECK = Check(
    id="docker.clock",
    title="The engine's clock is that of this machine",
    category="docker",
    order=40,
    needs=("docker.engine", "project.compose"),
    seconds=4.0,
    run=_run,
    why="Tokens hold times, and the virtual machine of Docker Desktop or Colima may be late after a sleep.",
    source="livekit/livekit #2394",
    evidence="`docker run --rm busybox date -u` beside `date -u`.",
    remedy="Restart Docker, or switch on the time synchronisation of the machine.",
    faults=(
        Fault(
            "the engine's virtual machine slept",
            "the engine's clock is … s behind this machine's",
            "browser: could not establish signal connection; docker logs: token is not valid yet (nbf)",
            recorded=True,
        ),
    ),
)
