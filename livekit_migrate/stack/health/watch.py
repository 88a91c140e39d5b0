"""Climb again and again: `lkm health --watch`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from datetime import datetime

from ...core.looks import Look
from ...core.report import Reporter
from ...core.result import Finding
from .ladder import Held, Options, Target, check
from .report import as_result

FIGURES = {"http_ms": "HTTP", "rtt_ms": "RTT", "loss_percent": "loss"}
"""Measured in each look: how long ``GET /`` took, the round trip of the nearest media address, lost media."""


def watch(
    target: Target,
    options: Options,
    *,
    every: float,
    limit: float | None,
    reporter: Callable[[], Reporter],
    wait: Callable[[float], None] = time.sleep,
) -> Generator[tuple[Look, list[Finding], Reporter], None, None]:
    """Look now, and then at every multiple of ``every`` seconds; after a long look those missed are left out.

    Args:
        every: seconds from the start of a look to the start of the next.
        limit: seconds after which no look begins any more; None: never.
        reporter: gives a fresh one for each look.
        wait: sleeps so many seconds; what it raises ends the watch.

    Yields:
        Each look with its findings and its reporter.

    Raises:
        What ``check`` raises.
    """
    begun = time.monotonic()
    number, due = 0, 0.0
    with Held() as held:
        while limit is None or due <= limit:
            left = begun + due - time.monotonic()
            if left > 0:
                wait(left)
            number += 1
            at, start, its = datetime.now().astimezone(), time.monotonic(), reporter()
            findings = check(target, options, its, held=held)
            yield _look(target, number, at, time.monotonic() - start, findings), findings, its
            passed = (time.monotonic() - begun) / every
            due = max(math.ceil(passed), round(due / every) + 1) * every


def _look(target: Target, number: int, at: datetime, seconds: float, findings: Sequence[Finding]) -> Look:
    wrong = next((f for status in ("fail", "warn") for f in findings if f.status == status), None)
    return Look(
        number,
        at,
        seconds,
        wrong.status if wrong else "ok",
        wrong.title if wrong else "healthy",
        as_result(target, findings).code,
        figures(findings),
    )


def figures(findings: Sequence[Finding]) -> dict[str, float | None]:
    """The values of ``FIGURES`` as far as the climb came."""
    seen = {f.id: f.evidence for f in findings}
    candidates = seen.get("health.ice", {}).get("candidates", [])
    nearest = [c["rtt_ms"] for c in candidates if c["reachable"] and c["rtt_ms"] is not None]
    return {
        "http_ms": seen.get("health.http", {}).get("answer_ms"),
        "rtt_ms": round(min(nearest), 2) if nearest else None,
        "loss_percent": seen.get("health.media", {}).get("loss_percent"),
    }
