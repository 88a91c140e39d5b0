"""The media addresses that the server advertises: who can reach each of them at all?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...core.result import Finding, Status
from ...core.stream import NetError
from ...livekit.candidates import NODE_IP, AddressClass
from ...livekit.remote.ask import Network, network
from ...livekit.stun import Reach
from ...stack.health.view import View
from ..context import Context
from ..model import URL, Check, Fault
from ._media import media
from ._remote import BOUND, SERVER_FILE, front, in_file

_WHAT: dict[AddressClass, str] = {
    "loopback": "a loopback address: every client looks for the server on its own machine",
    "docker": "inside a Docker network: nobody outside the server's machine reaches it",
    "link-local": "a link-local address: valid on one network cable only",
    "private": "a private address behind a public URL: reachable from the server's own network only",
    "unspecified": "no address at all",
    "name": "a name instead of an address, which the server should never advertise",
}


def _run(context: Context) -> Iterator[Finding]:
    it = media(context)
    if it.way.join is None or it.problem:  # said by remote.join
        return
    answer = front(context)
    cdn = None if isinstance(answer, NetError) else network(answer)
    yield judge(it.view, cdn, it.way.peer)


def judge(view: View, cdn: Network | None = None, peer: str = "") -> Finding:
    """What the advertised addresses mean.

    Args:
        cdn: the content delivery network that signalling goes through.
        peer: the address that answers for signalling.
    """
    reaches = [reach for reach in view.reaches if not reach.by_server]
    seen: dict[str, Any] = {"candidates": view.rows(), "signalling": peer}
    if not reaches:
        return CHECK.found(
            "fail",
            "the server advertises no address for media",
            fix=in_file(
                "set rtc.udp_port and rtc.tcp_port, and look at rtc.interfaces and rtc.ips", SERVER_FILE
            ),
            **seen,
        )
    dead = [reach for reach in reaches if not reach.candidate.ipv6] or reaches
    if not any(reach.ok for reach in dead):
        # Where IPv6 works nevertheless, it is a fault for the many that have none.
        status: Status = "warn" if any(reach.ok for reach in reaches) else "fail"
        if cdn and any(reach.candidate.address == peer for reach in dead):
            return _of_cdn(status, cdn, peer, seen)
        wrong = _wrong(view, dead)
        if wrong is not None:
            return _unreachable(view, status, wrong, dead, seen)
        if elsewhere := _elsewhere(view, dead):
            return _moved(view, status, elsewhere, dead, seen)
    if all(reach.candidate.ipv6 for reach in reaches):
        return CHECK.found(
            "warn",
            f"the server advertises IPv6 addresses only: {_named(reaches)}",
            "clients on networks without IPv6 have no media",
            id="remote.candidates.ipv6-only",
            fix=in_file('set rtc.node_ip to "IPv4,IPv6", or look at rtc.ips', SERVER_FILE),
            **seen,
        )
    lines = _each(view, reaches)
    local = {view.classes[reach.candidate] for reach in reaches} <= {"loopback", "docker", "link-local"}
    if local and view.same_machine:
        return CHECK.found(
            "info",
            f"the server advertises {_named(reaches)}: for clients on this machine only",
            lines,
            **seen,
        )
    via = f"; signalling goes through {cdn.name}, media goes past it" if cdn else ""
    return CHECK.found("ok", f"the server advertises {_named(reaches)}{via}", lines, **seen)


def _wrong(view: View, reaches: Sequence[Reach]) -> AddressClass | None:
    """The kind of address that explains why nobody reaches them; None where the kind explains nothing."""
    kinds = {view.classes[reach.candidate] for reach in reaches}
    bad: list[AddressClass] = ["unspecified", "name", "link-local", "loopback"]
    if not view.same_machine:
        bad.append("docker")
        if view.server == "public":
            bad.append("private")
    return next((kind for kind in bad if kinds <= set(bad) and kind in kinds), None)


def _unreachable(
    view: View, status: Status, kind: AddressClass, dead: Sequence[Reach], seen: dict[str, Any]
) -> Finding:
    detail = _each(view, dead)
    if kind == "loopback" and view.same_machine:
        return CHECK.found(
            status,
            f"the server advertises {_addresses(dead)}, but its media ports do not answer there",
            f"a server outside a container opens them on its other addresses only, unless it is told "
            f"to\n{detail}",
            fix=in_file(
                "rtc.enable_loopback_candidate: true and rtc.ips.includes: [127.0.0.1/32]", SERVER_FILE
            ),
            kind=kind,
            **seen,
        )
    return CHECK.found(
        status,
        f"the server advertises {_addresses(dead)}, {_WHAT[kind]}",
        f"{_reach_back(view) or 'signalling works, media never'}\n{detail}",
        fix=in_file(NODE_IP.removeprefix("on the server "), SERVER_FILE),
        kind=kind,
        **seen,
    )


def _elsewhere(view: View, dead: Sequence[Reach]) -> str:
    """The address from which the server came to this machine by itself, where it is none that it "
    "advertises."""
    advertised = {reach.candidate.address for reach in dead}
    came = (reach.candidate.address for reach in view.reaches if reach.by_server and reach.ok)
    return next((address for address in came if address not in advertised), "")


def _moved(view: View, status: Status, came: str, dead: Sequence[Reach], seen: dict[str, Any]) -> Finding:
    return CHECK.found(
        status,
        f"the server advertises {_addresses(dead)}, where nobody answers, and is at {came} itself",
        f"{_reach_back(view)}\n{_each(view, dead)}",
        fix=in_file(f"set rtc.node_ip to {came}, or to the address that clients reach", SERVER_FILE),
        kind="elsewhere",
        **seen,
    )


def _reach_back(view: View) -> str:
    came = [reach for reach in view.reaches if reach.by_server and reach.ok]
    return (
        f"the server came to this machine by itself, from {came[0].candidate}: clients behind NAT or a "
        "firewall "
        "have no media"
        if came
        else ""
    )


def _each(view: View, reaches: Sequence[Reach]) -> str:
    return "\n".join(f"{reach.candidate}: {view.explain(reach)}" for reach in reaches)


def _of_cdn(status: Status, cdn: Network, peer: str, seen: dict[str, Any]) -> Finding:
    return CHECK.found(
        status,
        f"the server advertises {peer}, an address of {cdn.name}, which passes no media",
        f"signalling goes through {cdn.name} ({cdn.by}); UDP and TCP for media must go to the server itself",
        fix=in_file(
            "set rtc.node_ip to the server's own public address (or rtc.use_external_ip: true); "
            f"for TURN use a name that does not go through {cdn.name}",
            SERVER_FILE,
        ),
        kind="cdn",
        **seen,
    )


def _named(reaches: Sequence[Reach]) -> str:
    shown = [str(reach.candidate) for reach in reaches]
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")


def _addresses(reaches: Sequence[Reach]) -> str:
    return ", ".join(dict.fromkeys(reach.candidate.address for reach in reaches))


CHECK = Check(
    id="remote.candidates",
    title="The server advertises media addresses that clients can reach",
    category="remote",
    order=120,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.join",),
    why="Clients send media to the addresses that the server advertises, not to the one in the URL. Behind "
    "Docker, "
    "NAT or a CDN these are wrong unless the server is told its own.",
    source="livekit/livekit #3747, #3219 (172.x), #686 (loopback); candidates read off the signalling "
    "connection",
    evidence="`chrome://webrtc-internals`: the remote candidates. The server's log `participant active` "
    "lists them, "
    "`starting LiveKit server` has `nodeIP`.",
    remedy="In livekit.yaml set rtc.node_ip to the address that clients reach, or rtc.use_external_ip: "
    "true; then "
    "restart LiveKit.",
    faults=(
        Fault(
            "an address of a Docker network is advertised",
            "the server advertises 172.…, inside a Docker network: nobody outside the server's machine "
            "reaches it",
            "the browser: `could not establish pc connection`; webrtc-internals shows remote candidates "
            "172.…",
        ),
        Fault(
            "node_ip is 127.0.0.1, clients are elsewhere",
            "the server advertises 127.0.0.1, a loopback address: every client looks for the server on its "
            "own machine",
            "webrtc-internals shows remote candidates 127.0.0.1; on the server's own machine calls work",
        ),
        Fault(
            "a native server with node_ip 127.0.0.1 and no loopback candidate",
            "the server advertises 127.0.0.1, but its media ports do not answer there",
            "`ss -lunp` shows the UDP port on other addresses only; that of TCP is on all of them, and "
            "does not answer",
        ),
        Fault(
            "the address of a CDN is advertised",
            "the server advertises …, an address of Cloudflare, which passes no media",
            "signalling connects, ICE fails; `dig NAME` gives the CDN's addresses",
            recorded=True,
        ),
        Fault(
            "IPv6 addresses only",
            "the server advertises IPv6 addresses only: …",
            "clients with IPv6 work, others say `could not establish pc connection`",
        ),
    ),
)
