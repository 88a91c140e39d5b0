"""A corporate proxy: whether the variables can be used, and whether this machine itself is exempt."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.endpoint import Endpoint, route_to
from ...core.errors import ConfigError
from ...core.result import Finding, Fix
from ..context import Context
from ..model import BOTH, Check, Fault


def _run(context: Context) -> Iterator[Finding]:
    env = context.env
    names = [
        name for name in ("https_proxy", "http_proxy", "all_proxy") if env.get(name) or env.get(name.upper())
    ]
    if not names:
        yield CHECK.ok("no proxy is set")
        return
    for secure in (True, False):
        try:
            route = route_to(Endpoint(secure, "livekit.invalid", 443 if secure else 80), env=env)
        except ConfigError as error:
            fix = Fix(error.hint or "correct it, or take it away", f"unset {error.message.split(':')[0]}")
            yield CHECK.found("fail", error.message, error.detail, fix=fix)
            return
    exempt = (env.get("no_proxy") or env.get("NO_PROXY") or "").lower()
    missing = [host for host in ("localhost", "127.0.0.1") if host not in exempt and exempt.strip() != "*"]
    if missing:
        line = ",".join([part for part in (exempt, *missing) if part])
        yield CHECK.found(
            "warn",
            f"NO_PROXY does not name {' and '.join(missing)}: Node, curl and others go through {route} "
            "for it",
            "lkm itself never uses a proxy for this machine; the app's own server does, and gets the "
            "proxy's error",
            fix=Fix("exempt this machine", f"export NO_PROXY={line}"),
            no_proxy=exempt,
            path=str(route),
        )
        return
    yield CHECK.ok(f"other machines are reached through {route}, this one directly", path=str(route))


CHECK = Check(
    id="machine.proxy",
    title="Proxy variables can be used, and leave this machine alone",
    category="machine",
    order=20,
    modes=BOTH,
    run=_run,
    why="HTTPS_PROXY decides the way of signalling; media never takes it. A proxy asked for 127.0.0.1 "
    "says 403 or 502.",
    source="docs/platforms.md; curl(1) on NO_PROXY",
    evidence="`env | grep -i proxy`.",
    remedy="Name localhost and 127.0.0.1 in NO_PROXY; write the proxy as http://host:port.",
    faults=(
        Fault(
            "a proxy is set and NO_PROXY is not",
            "NO_PROXY does not name localhost and 127.0.0.1: …",
            "the app's server: 403 or 502 from the proxy for http://localhost:7880",
        ),
    ),
)
