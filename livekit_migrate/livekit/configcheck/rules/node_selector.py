"""How a node is chosen."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule

KINDS = ("any", "cpuload", "sysload", "regionaware", "random")


def _check(config: Config) -> Iterator[Finding]:
    kind = config.get("node_selector.kind")
    if kind and kind not in KINDS:
        fix = Fix(f"one of {', '.join(KINDS)}")
        yield config.found(RULE, "node_selector.kind", "the server says: unsupported node selector", fix=fix)
    if kind != "regionaware":
        return
    region, regions = config.get("region"), config.get("node_selector.regions") or []
    names = [one.get("name", "") for one in regions]
    if not region:
        yield config.found(
            RULE, "node_selector.kind", "regionaware needs region", title="No region", fix=Fix("set region")
        )
    elif names and region not in names:
        detail = f"the regions are {', '.join(names)}"
        yield config.found(RULE, "region", detail, title=f"{region} is not among node_selector.regions")


RULE = Rule(
    "config.node-selector",
    "fail",
    "No such node selector",
    "node_selector.kind is none of any, cpuload, sysload, regionaware, random",
    "livekit-server pkg/routing/selector: CreateNodeSelector",
    _check,
)
