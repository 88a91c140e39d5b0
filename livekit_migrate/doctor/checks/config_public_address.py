"""A node_ip that only this machine reaches, under a URL that is for others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from ...core.endpoint import is_loopback
from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from ._server import at, configs

_NAMES = ("NEXT_PUBLIC_LIVEKIT_URL", "VITE_LIVEKIT_URL", "LIVEKIT_URL", "NEXT_PUBLIC_LIVEKIT_WS_URL")


def public_urls(context: Context) -> Mapping[str, tuple[str, Location | None]]:
    """Variables of the shell and of .env with a URL for others: name → value, place."""
    file = context.env_file
    shown = context.settings.relative(file.path)
    found: dict[str, tuple[str, Location | None]] = {}
    for name in _NAMES:
        value = file.get(name)
        text = context.env.get(name) or (value.value if value else "")
        try:
            parts = urlsplit(text)
            host, scheme = parts.hostname or "", parts.scheme
        except ValueError:
            continue
        # A name without a dot is a container's; what it is given to browsers for is another check's.
        if scheme in ("ws", "wss", "http", "https") and host and not is_loopback(host) and "." in host:
            place = Location(shown, value.line) if value and name not in context.env else None
            found[name] = (text, place)
    return found


def _run(context: Context) -> Iterator[Finding]:
    from ...livekit.configcheck.addresses import node_addresses

    urls = public_urls(context)
    looked = False
    for judged, config in configs(context):
        looked = True
        if config.get("rtc.use_external_ip"):
            continue
        for address in node_addresses(config):
            if not address.is_loopback:
                continue
            for name, (url, place) in urls.items():
                yield CHECK.found(
                    "fail",
                    f"clients come from elsewhere ({name}={url}), and are told to send media to {address}",
                    "every client then sends its media to itself: the call connects, and nobody sees anybody",
                    at=at(judged, "rtc.node_ip", "rtc"),
                    fix=Fix(f"rtc.node_ip: the address of the machine that {urlsplit(url).hostname} reaches"),
                    node_ip=str(address),
                    url=url,
                    url_at=str(place or "shell"),
                )
    if not looked:
        yield CHECK.skip("the project has no configuration of a LiveKit server")


CHECK = Check(
    id="config.public-address",
    title="Clients are told an address that they reach",
    category="config",
    order=10,
    needs=("project.files",),
    after=("env.file",),
    seconds=4.0,
    run=_run,
    why="rtc.node_ip is what the server tells clients to send media to. 127.0.0.1 is right on one "
    "machine only.",
    source="livekit/livekit #686",
    evidence="chrome://webrtc-internals: the remote candidate is 127.0.0.1.",
    remedy="Set rtc.node_ip to the public address (or the LAN's), or use_external_ip: true where STUN is "
    "allowed.",
    faults=(
        Fault(
            "node_ip 127.0.0.1 behind a public URL",
            "clients come from elsewhere (…), and are told to send media to 127.0.0.1",
            "browser: connected, no media; about:webrtc: ICE failed, candidates 127.0.0.1",
        ),
    ),
)
