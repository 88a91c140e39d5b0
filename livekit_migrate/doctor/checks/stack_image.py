"""Releases of livekit-server that are known to be broken, and tags that say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._compose import livekit_services, place
from ._docker import composed

BROKEN = {
    "1.10.0": ("it refuses host names that are fine: Invalid hostname format", "livekit/livekit #4383"),
}
"""Version → what is wrong with it, and the thread."""
_TAG = re.compile(r"livekit-server(?::(?P<tag>[\w.-]+))?(?:@sha256:[0-9a-f]+)?$")


def _run(context: Context) -> Iterator[Finding]:
    it = composed(context)
    good = context.settings.text("server.version")
    for name, raw in livekit_services(it):
        match = _TAG.search(str(raw.get("image") or ""))
        if match is None:
            continue
        tag = match["tag"] or ""
        version = tag.removeprefix("v")
        at = place(context, name, "image")
        fix = Fix(f"another release: image: livekit/livekit-server:v{good}, then", "lkm up --pull")
        if version in BROKEN:
            why, thread = BROKEN[version]
            yield CHECK.found(
                "fail",
                f"livekit-server {version} is known to be broken: {why}",
                thread,
                at=at,
                fix=fix,
                tag=tag,
            )
        elif not re.match(r"\d+\.\d+", version) and "@sha256" not in str(raw.get("image")):
            yield CHECK.found(
                "warn",
                f"{name}: the image's tag {tag or 'latest'} says no release: the next pull may change "
                "the server",
                at=at,
                fix=Fix(f"pin it: image: livekit/livekit-server:v{good}"),
                tag=tag or "latest",
            )
        else:
            yield CHECK.ok(f"{name}: livekit-server {tag or 'by digest'}", tag=tag)


CHECK = Check(
    id="stack.image",
    title="The server's release is pinned, and none that is known to be broken",
    category="stack",
    order=40,
    needs=("project.compose",),
    run=_run,
    why="Some releases do not work at all for some; `latest` makes two machines run two servers.",
    source="livekit/livekit #4383",
    evidence="`docker compose images`.",
    remedy="Pin a release: `image: livekit/livekit-server:v1.13.5`.",
    faults=(
        Fault(
            "livekit-server 1.10.0",
            "livekit-server 1.10.0 is known to be broken: …",
            "docker logs: Invalid hostname format",
        ),
    ),
)
