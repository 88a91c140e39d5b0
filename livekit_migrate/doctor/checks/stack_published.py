"""Whether the ports that the server is configured for, those published and those of EXPOSE agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from ._compose import livekit_services, on_host_network, place, ranges
from ._docker import composed
from ._server import at, configs, service_of

if TYPE_CHECKING:
    from ...livekit.configcheck.model import Config
    from ...livekit.serverstart.lint import Judged
    from ...stack.compose.model import Spec

_EXPOSE = re.compile(r"^\s*EXPOSE\s+(?P<ports>.+)$", re.IGNORECASE)


def media_ports(config: Config) -> set[int]:
    """The UDP ports on which a server of this configuration takes media."""
    from ...livekit.configcheck.sockets import udp_ports

    if config.get("rtc.force_tcp"):
        return set()
    start, end = config.get("rtc.port_range_start"), config.get("rtc.port_range_end")
    if start and end:
        return set(range(start, end + 1))
    if (udp := udp_ports(config)) is not None:
        return set(range(udp[0], udp[1] + 1))
    return set(range(50000, 60001))


def _run(context: Context) -> Iterator[Finding]:
    it = composed(context)
    raws = dict(livekit_services(it))
    looked = False
    for judged, config in configs(context):
        name = service_of(judged)
        spec = it.stack.services.get(name)
        if spec is None or name not in raws:
            continue
        looked = True
        if judged.checked is not None and judged.checked.refused:
            # What the server makes of a configuration that it refuses is nothing.
            reason = f"{judged.text.name}: the server refuses it"
            yield CHECK.found("skip", f"{CHECK.title}: not looked at", reason, cause="config.lint")
            continue
        wanted = media_ports(config)
        if not on_host_network(raws[name]):
            ports = {port.target: port.number for port in spec.ports if port.protocol == "udp"}
            yield from published(context, judged, name, wanted, ports)
        yield from exposed(context, name, wanted, raws[name])
        if not on_host_network(raws[name]):
            yield from tcp(context, judged, name, config, spec)
    if not looked:
        yield CHECK.skip("no Compose service is a LiveKit server whose configuration can be read")


def published(
    context: Context, judged: Judged, name: str, wanted: set[int], ports: Mapping[int, int | None]
) -> Iterator[Finding]:
    """What is configured against what Compose publishes.

    Args:
        ports: in the container → on the host.
    """
    missing = wanted - set(ports)
    if missing:
        span = f"{min(wanted)}-{max(wanted)}" if len(wanted) > 1 else str(min(wanted))
        yield CHECK.found(
            "fail",
            f"media over UDP is configured on {ranges(wanted)}, and {name} publishes {ranges(set(ports))}",
            "what is sent to the others does not arrive: calls connect over TCP, late, or not at all",
            at=place(context, name, "ports"),
            fix=Fix(
                f'publish what is configured, under {name}: ports: - "{span}:{span}/udp"; or configure less'
            ),
            configured=ranges(wanted),
            published=ranges(set(ports)),
            configured_at=str(at(judged, "rtc.port_range_start", "rtc.udp_port", "rtc")),
        )
    moved = {target: number for target, number in ports.items() if target in wanted and number != target}
    if moved:
        target, number = next(iter(sorted(moved.items())))
        yield CHECK.found(
            "fail",
            f"UDP {target} of {name} is published as {number or 'any port'}: the server tells browsers "
            f"{target}",
            "a LiveKit server advertises its own port numbers, whatever Docker makes of them",
            at=place(context, name, "ports"),
            fix=Fix(f'the same number on both sides: "{target}:{target}/udp"'),
            moved={str(key): value for key, value in moved.items()},
        )
    if not missing and not moved:
        yield CHECK.ok(f"UDP {ranges(wanted)}: configured and published alike", ports=ranges(wanted))


def tcp(context: Context, judged: Judged, name: str, config: Config, spec: Spec) -> Iterator[Finding]:
    """The TCP ports: signalling, and what is left for media where UDP is blocked."""
    inside = {port.target for port in spec.ports if port.protocol == "tcp"}
    ports = at(judged, "port")
    if config.get("port") not in inside and spec.ports:
        port = config.get("port")
        yield CHECK.found(
            "fail",
            f"signalling is configured on TCP {port}, and {name} publishes {ranges(inside)}",
            "whoever connects is let in by Docker, and meets nobody: the connection is closed at once",
            id="stack.signal-port",
            at=place(context, name, "ports"),
            fix=Fix(f'publish it, under {name}: ports: - "{port}:{port}"'),
            configured=port,
            published=ranges(inside),
            configured_at=str(ports),
        )
    port = config.get("rtc.tcp_port")
    if port and port not in inside:
        yield CHECK.found(
            "warn",
            f"media over TCP {port} is configured, and {name} does not publish it",
            "whoever is behind a network without UDP gets no media",
            id="stack.tcp-port",
            at=place(context, name, "ports"),
            fix=Fix(f'publish it, under {name}: ports: - "{port}:{port}"'),
            configured_at=str(at(judged, "rtc.tcp_port", "rtc")),
        )


def exposed(context: Context, name: str, wanted: set[int], raw: Mapping[str, Any]) -> Iterator[Finding]:
    """What the Dockerfile of a built service says with EXPOSE."""
    build = raw.get("build") or {}
    if not build:
        return
    folder = Path(str(build.get("context") or "."))
    path = folder / str(build.get("dockerfile") or "Dockerfile")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return
    udp: set[int] = set()
    line = 0
    for number, text in enumerate(lines, 1):
        if match := _EXPOSE.match(text):
            found = _udp(match["ports"])
            line = line or (number if found else 0)
            udp |= found
    if udp and udp != wanted:
        yield CHECK.found(
            "warn",
            f"EXPOSE says UDP {ranges(udp)}, configured is {ranges(wanted)}",
            "EXPOSE opens nothing, but whoever runs the image goes by it, and so does `docker run -P`",
            id="stack.expose",
            at=Location(context.settings.relative(path), line),
            fix=Fix(
                f"EXPOSE {min(wanted)}-{max(wanted)}/udp" if len(wanted) > 1 else f"EXPOSE {min(wanted)}/udp"
            ),
            exposed=ranges(udp),
            configured=ranges(wanted),
            service=name,
        )


def _udp(words: str) -> set[int]:
    found: set[int] = set()
    for first, last in re.findall(r"\b(\d{1,5})(?:-(\d{1,5}))?/udp", words, re.IGNORECASE):
        found |= set(range(int(first), int(last or first) + 1))
    return found


CHECK = Check(
    id="stack.published",
    title="Configured, published and exposed ports agree",
    category="stack",
    order=10,
    needs=("project.compose",),
    after=("config.lint",),
    seconds=4.0,
    run=_run,
    why="The server tells browsers the port that it opened itself. Where Docker does not publish that "
    "very port, media is lost.",
    source="livekit/livekit #1060; docs.docker.com/engine/network/port-publishing",
    evidence="compare rtc.udp_port or rtc.port_range_start/end in livekit.yaml with `ports:` and with "
    "EXPOSE.",
    remedy="Publish exactly the configured ports, with the same numbers on both sides.",
    faults=(
        Fault(
            "a smaller range is published than configured",
            "media over UDP is configured on …, and … publishes …",
            "browser: some calls have no media; about:webrtc: ICE failed for the ports outside",
        ),
        Fault(
            "the media port is published under another number",
            "UDP 7882 of … is published as …: the server tells browsers 7882",
            "browser: could not establish pc connection; chrome://webrtc-internals: candidate …:7882 failed",
        ),
        Fault(
            "EXPOSE was not changed with the range",
            "EXPOSE says UDP …, configured is …",
            "`docker inspect`: ExposedPorts",
        ),
    ),
)
