"""TURN: every relay that the server advertises, read as a browser reads it, and gone through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.endpoint import Endpoint, Route
from ...core.result import Finding, Fix, Status
from ...core.stream import NetError
from ...core.trust import look
from ...livekit.remote.servers import misread
from ...livekit.turn import TurnReach, parse_url
from ..context import Context
from ..model import URL, Check, Fault
from ._media import Media, media
from ._remote import BOUND, SERVER_FILE, in_file, until


def _run(context: Context) -> Iterator[Finding]:
    it = media(context)
    if it.way.join is None or it.problem:
        return
    urls = [url for server in it.way.join.ice_servers for url in server.urls]
    bad = [(url, why) for url in urls if (why := misread(url))]
    if bad:
        yield unreadable(bad)
        return
    if not it.way.turn:
        yield _none(urls)
        return
    seen: dict[str, Any] = {
        "ice_servers": urls,
        "turn": [
            {"url": t.url, "reachable": t.ok, "rtt_ms": t.rtt_ms, "reason": t.reason} for t in it.way.turn
        ],
    }
    good, dead = [t for t in it.way.turn if t.ok], [t for t in it.way.turn if not t.ok]
    for one in dead:
        yield _failed(context, it, one, seen)
    if good and not dead:
        best = min(good, key=lambda t: t.rtt_ms or 0.0)
        yield CHECK.ok(f"TURN: {best.url} relays to the server in {best.rtt_ms:.1f} ms", **seen)


def unreadable(bad: list[tuple[str, str]]) -> Finding:
    """Advertised URLs that end every call in a browser.

    Args:
        bad: URL, and what is wrong with it.
    """
    return CHECK.found(
        "fail",
        f"browsers cannot read the advertised {bad[0][0]}: {bad[0][1]}",
        "new RTCPeerConnection() throws `ICE server parsing failed`, so no call begins at all",
        id="remote.turn.url",
        fix=in_file(
            "set turn.domain to a plain host name, and take a later release than 1.10.0", SERVER_FILE
        ),
        cause="remote.version",
        ice_servers=[url for url, _ in bad],
    )


def _none(urls: list[str]) -> Finding:
    return CHECK.found(
        "info",
        "the server advertises no TURN server",
        "clients on networks that let only port 443 out have no media",
        fix=in_file(
            "turn.enabled: true with turn.domain and a certificate, where such clients matter", SERVER_FILE
        ),
        ice_servers=urls,
    )


def _failed(context: Context, it: Media, relay: TurnReach, seen: dict[str, Any]) -> Finding:
    status: Status = "warn" if it.carried or it.relayed else "fail"
    url = parse_url(relay.url)
    port = f"{url.port}/{'tcp' if url.tcp else 'udp'}"
    if "403" in relay.reason:
        return CHECK.found(
            status,
            f"TURN {relay.url} relays to no private address: {relay.reason}",
            "since 1.12 the server refuses to relay to private addresses, its own included",
            id="remote.turn.private",
            fix=in_file("name the network of node_ip in turn.allow_restricted_peer_cidrs", SERVER_FILE),
            **seen,
        )
    if url.secure:
        return _failed_tls(context, relay, Endpoint(True, url.host, url.port), status, seen)
    return CHECK.found(
        status,
        f"TURN {relay.url} is advertised, but does not work: {relay.reason}",
        "clients that need a relay have no media",
        fix=Fix(
            f"open {port} in the firewalls of the server and its cloud and publish it in Docker, or take "
            "turn: out "
            f"of {SERVER_FILE}; there:",
            f"sudo ufw allow {port}",
        ),
        **seen,
    )


def _failed_tls(
    context: Context, relay: TurnReach, place: Endpoint, status: Status, seen: dict[str, Any]
) -> Finding:
    """The server advertises port 443 whatever turn.tls_port says: what is there, and whose certificate?"""
    why = relay.reason
    detail = (
        "the server always advertises port 443 for TURN over TLS, whatever turn.tls_port says: a proxy "
        "that looks at "
        "the name alone (layer 4) must pass turn.domain from 443 to turn.tls_port"
    )
    try:
        shown = look(place, Route(None, "TURN"), until(context, 1.0))
    except NetError as error:
        why = error.text
    else:
        if shown.reason:
            names = ", ".join(shown.leaf.names) if shown.leaf else "nothing"
            why = f"its certificate ({names}) is not trusted for {place.host}: {shown.said}"
        else:
            why = f"TLS works there, but it is not TURN that answers: {relay.reason}"
    return CHECK.found(
        status,
        f"TURN over TLS {relay.url} does not work: {why}",
        detail,
        id="remote.turn.tls",
        fix=in_file(
            f"turn.domain: {place.host} with a certificate for that name, and 443/tcp of it passed to "
            "turn.tls_port",
            SERVER_FILE,
        ),
        **seen,
    )


CHECK = Check(
    id="remote.turn",
    title="TURN relays media to the server",
    category="remote",
    order=150,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.join",),
    why="Where a network lets neither UDP nor TCP 7881 out, a relay on 443 is the only way; and what is "
    "advertised "
    "but dead costs every client time.",
    source="livekit/livekit #3595, #3971, #4359, #4383, pull request #4505; RFC 8656",
    evidence="https://webrtc.github.io/samples/src/content/peerconnection/trickle-ice/ with the advertised "
    "URL: "
    "a candidate `relay` must come.",
    remedy="Open and publish the TURN ports; turn.domain needs a certificate for that name on port 443; "
    "private "
    "addresses need turn.allow_restricted_peer_cidrs.",
    faults=(
        Fault(
            "TURN is advertised on a port that nothing answers",
            "TURN turn:… is advertised, but does not work: it did not answer in time",
            "calls work for most; Firefox says `ICE failed, your TURN server appears to be broken`",
        ),
        Fault(
            "TURN over TLS ends at the HTTPS proxy, or has no certificate for its name",
            "TURN over TLS turns:…:443 does not work: …",
            "`openssl s_client -connect TURN-NAME:443 -servername TURN-NAME` shows another site's "
            "certificate",
        ),
        Fault(
            "the relay refuses private addresses (since 1.12)",
            "TURN … relays to no private address: it refuses to relay to …: 403 …",
            "a relay candidate comes, and media through it does not",
        ),
    ),
)
