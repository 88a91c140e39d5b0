"""This machine's clock: a year that cannot be."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import BOTH, Check, Fault

EARLIEST = 1_767_225_600
"""Unix seconds: 2026-01-01. No lkm runs before it was written."""


def _run(context: Context) -> Iterator[Finding]:  # noqa: ARG001 - a clock is a clock
    yield judge(time.time())


def judge(now: float) -> Finding:
    """Whether a clock can be right; ``now`` in Unix seconds."""
    said = time.strftime("%Y-%m-%d", time.gmtime(now))
    if now >= EARLIEST:
        return CHECK.ok(f"this machine's clock says {said}")
    return CHECK.found(
        "fail",
        f"this machine's clock says {said}, which cannot be",
        "tokens that are signed here have run out before they begin, and no certificate is valid yet",
        fix=Fix("set the clock", "sudo timedatectl set-ntp true"),
        date=said,
    )


CHECK = Check(
    id="machine.clock",
    title="This machine's clock can be right",
    category="machine",
    order=50,
    modes=BOTH,
    run=_run,
    why="Tokens and certificates hold times; the server takes 60 s of difference.",
    source="livekit/livekit #2394",
    evidence="`date -u`; `timedatectl` says whether it is synchronised.",
    remedy="Synchronise it: `sudo timedatectl set-ntp true`.",
    faults=(
        Fault(
            "the clock is years behind",
            "this machine's clock says …, which cannot be",
            "browser: 401, token is expired; curl: certificate is not yet valid",
            recorded=True,
        ),
    ),
)
