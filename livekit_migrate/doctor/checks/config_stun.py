"""Whether STUN answers, where the server asks it for its own address before it starts."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._server import at, configs, service_of


def _run(context: Context) -> Iterator[Finding]:
    from ...livekit.external_ip import DEFAULT_SERVERS, ask

    looked = False
    own = context.settings.relative(context.settings.path("paths.livekit"))
    for judged, config in configs(context):
        # Other files are for servers elsewhere: what STUN says here means nothing to them.
        here = judged.start.who == own or service_of(judged)
        if not here or not config.get("rtc.use_external_ip"):
            continue
        looked = True
        servers = [str(each) for each in config.get("rtc.stun_servers") or ()] or list(DEFAULT_SERVERS)
        seen = ask(servers, min(1.5, context.left))
        if seen:
            said = ", ".join(sorted(set(seen.values())))
            yield CHECK.ok(f"STUN sees this machine as {said}", addresses=dict(seen))
            continue
        yield CHECK.found(
            "fail",
            f"the server asks STUN for its address before it starts, and nobody answers: "
            f"{', '.join(servers)}",
            "use_external_ip is set; where STUN is blocked the server ends at once, with exit code 0",
            at=at(judged, "rtc.use_external_ip", "rtc"),
            fix=Fix("rtc.use_external_ip: false, and rtc.node_ip: the address that clients reach"),
            servers=servers,
        )
    if not looked:
        yield CHECK.skip("no server here asks STUN for its address (rtc.use_external_ip)")


CHECK = Check(
    id="config.stun",
    title="STUN answers, where the server asks it for its address",
    category="config",
    order=20,
    needs=("project.files",),
    network=True,
    seconds=4.0,
    run=_run,
    why="With use_external_ip a STUN request that fails is fatal, and many networks block UDP to the "
    "outside.",
    source="livekit/livekit #4626",
    evidence="docker logs: could not resolve external IP; `docker compose ps -a`: Restarting (0).",
    remedy="Name the address yourself: rtc.node_ip, with use_external_ip: false.",
    faults=(
        Fault(
            "use_external_ip where UDP to the outside is blocked",
            "the server asks STUN for its address before it starts, and nobody answers: …",
            "docker logs: could not resolve external IP; the container exits with 0, again and again",
        ),
    ),
)
