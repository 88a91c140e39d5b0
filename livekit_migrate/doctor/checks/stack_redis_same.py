"""Whether egress and ingress are on the server's Redis, and reach the server at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from ._compose import place
from ._docker import composed
from ._server import configs, service_of

SERVICES = {
    "egress": ("EGRESS_CONFIG_BODY", "EGRESS_CONFIG_FILE"),
    "ingress": ("INGRESS_CONFIG_BODY", "INGRESS_CONFIG_FILE"),
    "sip": ("SIP_CONFIG_BODY", "SIP_CONFIG_FILE"),
}
"""Image → variables that hold its configuration as text, and as a path in the container."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A LiveKit server of the same stack.

    Args:
        port: of signalling, in its container.
        redis: its address.
    """

    service: str
    port: int
    redis: str


def _run(context: Context) -> Iterator[Finding]:
    it = composed(context)
    servers = [
        Beside(service_of(judged), int(config.get("port") or 7880), str(config.get("redis.address")))
        for judged, config in configs(context)
        if config.get("redis.address") and service_of(judged) in it.stack.services
    ]
    looked = False
    for name, spec in it.stack.services.items():
        kind = next((kind for kind in SERVICES if f"livekit/{kind}" in spec.image), "")
        if not kind:
            continue
        found = _configuration(context, name, kind, spec.environment, spec.binds)
        if found is None:
            continue
        settings, at = found
        looked = True
        yield from judge(name, kind, settings, at, servers)
    if not looked:
        yield CHECK.skip("no egress, ingress or SIP service whose configuration can be read")


def _configuration(
    context: Context, name: str, kind: str, environment: Mapping[str, str], binds: Mapping[str, Path]
) -> tuple[Mapping[str, Any], Location | None] | None:
    """Its settings and where they stand; None where they are not at hand."""
    import yaml

    body, path = (environment.get(variable, "") for variable in SERVICES[kind])
    at = place(context, name, f"environment.{SERVICES[kind][0]}", "environment")
    if not body and path and (file := binds.get(path)):
        try:
            body = file.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
        at = Location(context.settings.relative(file), 1)
    try:
        found = yaml.safe_load(body) if body else None
    except yaml.YAMLError:
        return None
    return (found, at) if isinstance(found, dict) else None


def judge(
    name: str, kind: str, settings: Mapping[str, Any], at: Location | None, servers: list[Beside]
) -> Iterator[Finding]:
    """One service against the servers.

    Databases are not compared: what one of them publishes all others hear, and a recording works.

    Args:
        settings: its configuration.
    """
    address = str((settings.get("redis") or {}).get("address") or "")
    if not address:
        yield CHECK.found(
            "fail",
            f"{name} has no redis.address: it does not start",
            at=at,
            fix=Fix("give it the server's Redis"),
        )
    for server in servers:
        if address and address != server.redis:
            yield CHECK.found(
                "fail",
                f"{name} is on Redis {address}, {server.service} on {server.redis}",
                f"requests to {kind} go through Redis: the server waits for 20 s, then says "
                "`no response from servers`",
                at=at,
                fix=Fix(f"redis.address: {server.redis} in {name}'s configuration, then start it anew"),
                mine=address,
                servers=server.redis,
            )
    url = str(settings.get("ws_url") or "")
    host = urlsplit(url).hostname or ""
    if host in ("localhost", "127.0.0.1", "::1"):
        yield CHECK.found(
            "fail",
            f"{name} is told to reach the server at {url}, which is itself inside of its container",
            "a recording then ends with `start signal not received`",
            id="stack.egress-url",
            at=at,
            fix=Fix(
                f"ws_url: ws://{servers[0].service}:{servers[0].port}"
                if servers
                else "ws_url: ws://livekit:7880"
            ),
            ws_url=url,
        )


CHECK = Check(
    id="stack.redis-same",
    title="Egress and ingress are on the server's Redis, and reach the server",
    category="stack",
    order=75,
    needs=("project.compose",),
    run=_run,
    why="Server and egress talk through Redis only: with another address each waits for the other.",
    source="livekit/livekit #3536; livekit/egress #911; redis.io/docs: channels know no databases, and a "
    "recorder in another one was seen to work",
    evidence="compare redis.address in livekit.yaml and in egress.yaml; look at ws_url.",
    remedy="The same address in both; a ws_url that the container reaches: ws://livekit:7880.",
    faults=(
        Fault(
            "egress uses another Redis",
            "… is on Redis …, … on …",
            "StartRoomCompositeEgress: twirp error unavailable: no response from servers",
        ),
        Fault(
            "egress is given ws://localhost:7880",
            "… is told to reach the server at ws://localhost:7880, which is itself inside of its container",
            "docker logs: start signal not received",
        ),
    ),
)
