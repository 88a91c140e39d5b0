"""The app's livekit-client against the release of the server that its Compose files start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...app.locked import Locks
from ...app.manifests import Package, lines_of
from ...core.result import Finding
from ...livekit.remote.versions import Version, parse
from ..context import Context
from ..model import Check, Fault
from ..source.nodes import members
from ..source.problem import Problem, report
from ..source.settings import ComposeService, services
from ..source.sources import Sources

_CLIENT = "livekit-client"
_IMAGE = re.compile(r"livekit-server:v?(\d+\.\d+\.\d+)$")
_OFFERS_AT_ONCE, _TAKES_THAT = (2, 18, 1), (1, 9, 10)
_DATA_TRACKS = (1, 11, 0)
_RANGE = re.compile(r"(?P<sign>[~^]|>=?)?\s*v?(?P<version>\d+(\.\d+){0,2})$")


def problems(sources: Sources) -> Iterator[Problem]:
    servers = [
        (service, version)
        for service in services(sources)
        if (match := _IMAGE.search(service.image)) and (version := parse(match[1]))
    ]
    for service, server in servers:
        if server < _TAKES_THAT:
            for package in sources.app.packages.values():
                if _CLIENT in package.needs:
                    yield from _offer_is_lost(sources, package, service, server)
        elif server < _DATA_TRACKS:
            yield from _no_data_tracks(sources, service, server)


def _offer_is_lost(
    sources: Sources, package: Package, service: ComposeService, server: Version
) -> Iterator[Problem]:
    locked = _locked(sources, package)
    asked = package.needs[_CLIENT]
    if locked < _OFFERS_AT_ONCE if locked else not _may_be(asked, _OFFERS_AT_ONCE):
        return
    client, old = _text(locked) if locked else asked, _text(server)
    yield Problem(
        "fail",
        f"{_CLIENT} {client} cannot stay in a call on livekit-server {old}",
        package.file,
        lines_of(sources.app.root / package.file, [_CLIENT]).get(_CLIENT),
        None,
        f"{'' if locked else 'No lockfile says which it is, so the newest is installed. '}"
        "From 2.18.1 on it offers its media while it joins, which servers take from 1.9.10 on; "
        f"{service.file}:{service.line} starts an older one. 2.18.1 does not connect at all; later ones "
        "connect, wait in vain for an answer, and reconnect every 15 s.",
        f"take a later server in {service.file} (image: livekit/livekit-server:v1.13.5), or "
        f"npm install {_CLIENT}@2.18.0",
        evidence={_CLIENT: client, "server": old, "image": service.image, "compose": service.file},
    )


def _no_data_tracks(sources: Sources, service: ComposeService, server: Version) -> Iterator[Problem]:
    called = [
        (module, node)
        for module in sources.holding(b"publishDataTrack")
        for node in module.nodes("call_expression")
        if (function := node.child_by_field_name("function"))
        and members(function)[-1:] == ["publishDataTrack"]
    ]
    if not called or any(
        "enable_data_tracks: true" in sources.text(path)
        for path in sources.app.tree.files
        if path.endswith((".yaml", ".yml"))
    ):
        return
    for module, node in called:
        yield Problem(
            "fail",
            f"livekit-server {_text(server)} refuses publishDataTrack()",
            module.path,
            module.line(node),
            module.column(node),
            f"Data tracks are on from 1.11.0; {service.file}:{service.line} starts an older server, which "
            "has them off. The promise is rejected: `Data track publishing unauthorized`.",
            f"take a later server in {service.file} (image: livekit/livekit-server:v1.13.5), or "
            "enable_data_tracks: true in its configuration",
            evidence={"server": _text(server), "image": service.image, "compose": service.file},
        )


def _locked(sources: Sources, package: Package) -> Version | None:
    """What the nearest lockfile says is installed; None where none does, or it says several."""
    found = Locks(sources.app).versions(package.folder, _CLIENT)
    return parse(found[0]) if len(found) == 1 else None


def _may_be(asked: str, version: Version) -> bool:
    """Whether the newest that a simple range allows is that version or later."""
    match = _RANGE.match(asked.strip())
    if match is None:
        return asked.strip() in ("*", "latest", "2", "2.x")
    low = tuple(int(part) for part in match["version"].split("."))
    exact = (*low, 0, 0)[:3]
    if match["sign"] in (">", ">="):
        return True
    if match["sign"] == "^" or (match["sign"] is None and len(low) == 1):
        return low[0] >= version[0]
    if match["sign"] == "~" or len(low) == 2:  # any patch of a minor
        return (*exact[:2], 999) >= version
    return exact >= version


def _text(version: Version) -> str:
    return ".".join(str(part) for part in version)


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="app.sdk-server",
    title="livekit-client and the server's release go together",
    category="app",
    run=_run,
    seconds=10.0,
    order=41,
    why="There is no table of what goes with what. Two things are known and were seen with the real ones: "
    "new clients lose their calls on servers before 1.9.10, and servers before 1.11.0 refuse data tracks.",
    source="livekit/client-sdk-js #1887 and pull request #1846; release notes of livekit-server 1.11.0. Seen "
    "in Chromium with livekit-client 1.15.13 to 2.23.0 on livekit-server 1.8.4, 1.10.0, 1.11.0 and 1.13.5",
    evidence="`npm ls livekit-client`; the server's log begins with its version.",
    remedy="Take a later release of the server: the image's tag.",
    faults=(
        Fault(
            "livekit-client 2.18.1 or later, and livekit-server 1.8.4",
            "livekit-client 2.23.0 cannot stay in a call on livekit-server 1.8.4",
            "the browser: `v1 RTC path not found`, then `NegotiationError: negotiation timed out` every 15 s",
        ),
        Fault(
            "publishDataTrack() on livekit-server 1.10",
            "livekit-server 1.10.1 refuses publishDataTrack()",
            "the browser: `DataTrackPublishError: Data track publishing unauthorized`",
        ),
    ),
)
