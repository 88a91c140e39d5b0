"""The ladder of `lkm health` up to ICE, on the project's own server where it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...core.report import Reporter
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ._stack import livekit_runs

_RUNG_SECONDS = 4.0


def _run(context: Context) -> Iterator[Finding]:
    from ...core.endpoint import parse_url
    from ...stack import health
    from ...stack.ports import answers

    target = context.target
    endpoint = parse_url(target.url)
    if not endpoint.loopback:
        if context.asked.offline:
            yield CHECK.skip(f"--offline: {endpoint.ws} is not asked")
            return
    elif not livekit_runs(context) and not answers(endpoint.port, endpoint.host):
        yield CHECK.skip(f"nothing answers at {endpoint.ws}: lkm up starts the server")
        return
    options = health.Options(until="ice", media=False, timeout=context.seconds(_RUNG_SECONDS))
    findings = health.check(target, options, Reporter())
    blocked = any(finding.id == "health.ice" and finding.status in ("fail", "warn") for finding in findings)
    if blocked and not context.asked.everything:  # with --all the first look was a long one
        # One lost packet, or a machine that is busy, must not be called a blocked port.
        findings = health.check(target, options, Reporter())
    for finding in findings:
        if finding.status in ("fail", "warn"):
            yield replace(finding, category=CHECK.category, evidence=dict(finding.evidence))
    held = [finding.title.partition(":")[0] for finding in findings if finding.status == "ok"]
    if held:
        yield CHECK.ok(f"{endpoint.ws}: {', '.join(held)} hold", url=endpoint.ws, rungs=held)


CHECK = Check(
    id="stack.health",
    title="The server answers, takes the key and advertises addresses that can be reached",
    category="stack",
    order=90,
    needs=("project.files",),
    after=(
        "stack.services",
        "stack.redis",
        "env.keys",
        "env.file",
        "stack.published",
        "stack.host-network",
        "config.lint",
    ),
    seconds=15.0,
    run=_run,
    causes=(
        "stack.redis",
        "stack.services",
        "env.file",
        "keys.opens",
        "env.keys",
        "stack.ports",
        "stack.published",
        "stack.host-network",
        "config.lint",
        "config.docker-node-ip",
        "config.udp-port-ignored",
        "config.external-ip-beats",
    ),
    why="Signalling may work while no media arrives: the addresses that the server advertises decide.",
    source="docs/stack.md; livekit/livekit #3747, #3219, #686",
    evidence="`lkm health`; chrome://webrtc-internals shows the candidates and which pair failed.",
    remedy="rtc.node_ip is the address that clients reach; its ports are published with the same numbers.",
    faults=(
        Fault(
            "the server advertises a container's address",
            "ICE: …172.…: an address inside Docker",
            "browser: could not establish pc connection",
        ),
    ),
)
