"""How often a node measures itself."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from .. import gonumbers
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if not config.knows("node_stats.stats_update_interval"):
        return
    every = config.get("node_stats.stats_update_interval")
    if every <= 0:
        detail = "it must be above zero; the default is 2s"
        yield config.found(RULE, "node_stats.stats_update_interval", detail)
        return
    intervals = _nanoseconds(config.get("node_stats.stats_rate_measurement_intervals"))
    kept = (max([0, *intervals]) + every - 1) // every
    if kept > 10**9:
        detail = f"{kept} measurements would be kept: more than fits in memory"
        yield config.found(RULE, "node_stats.stats_update_interval", detail)
    elif kept == 0:
        detail = "without an interval to measure over it has nowhere to put what it measures"
        title = f"The server starts, and panics after {every / 10**9:g} s"
        at = "node_stats.stats_rate_measurement_intervals"
        yield config.found(RULE, at, detail, title=title, status="warn")


def _nanoseconds(values: list[int | str] | None) -> list[int]:
    return [gonumbers.duration(value) or 0 if isinstance(value, str) else value for value in values or ()]


RULE = Rule(
    "config.node-stats",
    "fail",
    "No interval for node statistics",
    "node_stats.stats_update_interval is not above zero, or far below the measurement intervals",
    "livekit-server pkg/routing: NodeStats.UpdateConfig, which panics",
    _check,
)
