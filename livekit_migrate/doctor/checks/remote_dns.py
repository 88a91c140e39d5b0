"""The name: which addresses it has, for IPv4 and IPv6."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.dial import addresses, routes_to
from ...core.result import Finding, Fix
from ...core.stream import NetError
from ...livekit.candidates import classify
from ..context import Context
from ..model import URL, Check, Fault
from ._remote import BOUND, attempt, endpoint, route, until


def found_addresses(context: Context) -> tuple[str, ...] | NetError:
    """What the name resolves to."""
    it = endpoint(context)
    return attempt(context, "dns", lambda: addresses(it.host, it.port, until(context, 2.5)))


def _run(context: Context) -> Iterator[Finding]:
    it, way = endpoint(context), route(context)
    if way.proxy:
        yield CHECK.found(
            "info", f"{it.host} is looked up by the proxy {way.proxy}, not by this machine", path=str(way)
        )
        return
    found = found_addresses(context)
    if isinstance(found, NetError):
        yield CHECK.found(
            "fail",
            f"{it.host}: {found.text}",
            fix=Fix(
                f"make an A record (and AAAA for IPv6) for {it.host}, or correct the name in the URL",
                f"dig +short {it.host} A {it.host} AAAA",
            ),
            reason=found.kind,
        )
        return
    four, six = [a for a in found if ":" not in a], [a for a in found if ":" in a]
    seen: dict[str, Any] = {"ipv4": four, "ipv6": six, "classes": {a: classify(a) for a in found}}
    if not four and it.host not in found:
        routed = routes_to(six[0])
        yield CHECK.found(
            "warn",
            f"{it.host} has IPv6 addresses only: {', '.join(six)}",
            "clients on networks without IPv6 cannot reach it"
            + ("" if routed else "; this machine has no way there, either"),
            id="remote.dns.ipv6-only",
            fix=Fix(f"make an A record for {it.host} with an IPv4 address of the server"),
            **seen,
        )
        return
    yield CHECK.ok(f"{it.host} is {', '.join(found)}" if it.host not in found else it.host, **seen)


CHECK = Check(
    id="remote.dns",
    title="The name resolves",
    category="remote",
    order=20,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.url",),
    why="Nothing else can work; and clients without IPv6 need an A record.",
    source="RFC 1035, RFC 8305",
    evidence="`dig +short NAME A NAME AAAA`, or `getent ahosts NAME`.",
    remedy="Make the records at whoever serves the domain; a new one may take its TTL to be seen everywhere.",
    faults=(
        Fault(
            "the name does not exist",
            "…: the name does not resolve (name or service not known)",
            "`curl: (6) Could not resolve host`; the browser: `ERR_NAME_NOT_RESOLVED`",
        ),
        Fault(
            "the name has IPv6 addresses only",
            "… has IPv6 addresses only: …",
            "`curl -4` says `(6) Could not resolve host` while `curl -6` works",
        ),
    ),
)
