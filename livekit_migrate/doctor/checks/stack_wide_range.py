"""A wide range of published UDP ports: one proxy process for each of them."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._compose import livekit_services, on_host_network, place
from ._docker import composed

FEW, MANY = 100, 500
"""Published UDP ports from which on it is worth a word, and a warning."""


def _run(context: Context) -> Iterator[Finding]:
    it = composed(context)
    for name, raw in livekit_services(it):
        count = sum(1 for port in it.stack.services[name].ports if port.protocol == "udp")
        if on_host_network(raw) or count <= FEW:
            yield CHECK.ok(f"{name} publishes {count} UDP port{'' if count == 1 else 's'}", count=count)
            continue
        yield CHECK.found(
            "warn" if count > MANY else "info",
            f"{name} publishes {count} UDP ports through a bridge network",
            "Docker starts a proxy process and writes a firewall rule for each: starting and stopping "
            "take long",
            at=place(context, name, "ports"),
            fix=Fix(
                "one port for all media: rtc.udp_port: 7882 in livekit.yaml, or network_mode: host on Linux"
            ),
            count=count,
        )


CHECK = Check(
    id="stack.wide-range",
    title="Few UDP ports are published through a bridge",
    category="stack",
    order=20,
    needs=("project.compose",),
    run=_run,
    why="Docker keeps a proxy process for each published port: a range of 10,000 takes minutes and "
    "gigabytes.",
    source="livekit/livekit #679, #404",
    evidence="`ps aux | grep -c docker-proxy`; `docker compose up` that takes minutes.",
    remedy="Take all media over one port (`rtc.udp_port`), or the host's network on Linux.",
    faults=(
        Fault(
            "50000-60000/udp is published",
            "… publishes 10001 UDP ports through a bridge network",
            "`docker compose up` hangs at Starting; thousands of docker-proxy processes",
        ),
    ),
)
