"""TLS: the chain, the name and the dates of the certificate, and a port that speaks something else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ...core.certificate import Certificate
from ...core.dial import banner
from ...core.endpoint import Endpoint
from ...core.result import Finding, Fix
from ...core.stream import NetError
from ...core.trust import Reason, Shown, authorities, look
from ..context import Context
from ..model import URL, Check, Fault
from ._remote import BOUND, PROXY_FILE, attempt, endpoint, in_file, route, until

_SOON = 14 * 86_400
"""Seconds; Let's Encrypt renews 30 days before the end, so less than 14 means that it does not."""


def _run(context: Context) -> Iterator[Finding]:
    it = endpoint(context)
    if not it.secure:
        yield CHECK.ok(f"no TLS: the URL is {it.ws}")
        return
    shown = attempt(context, "tls", lambda: look(it, route(context), until(context, 2.5)))
    if isinstance(shown, NetError):
        yield _no_tls(context, it, shown)
        return
    yield judge(it.host, shown, time.time())


def judge(host: str, shown: Shown, now: float) -> Finding:
    """What the certificate means.

    Args:
        now: Unix time in seconds.
    """
    leaf = shown.leaf
    seen: dict[str, Any] = {
        "host": host,
        "reason": shown.reason,
        "message": shown.said,
        "also": list(shown.also),
        "trust": authorities(),
        "tls_version": shown.version,
        "chain": [_told(one) for one in shown.chain],
    }
    if not shown.reason:
        if leaf and leaf.ends - now < _SOON:
            days = int((leaf.ends - now) // 86_400)
            return CHECK.found(
                "warn",
                f"the certificate ends in {days} days, on {_day(leaf.ends)}",
                "whatever renews it has not done so yet",
                id="remote.tls.soon",
                fix=Fix(
                    "look at what renews it (Caddy does by itself; certbot by its timer)",
                    "certbot renew --dry-run",
                ),
                **seen,
            )
        return CHECK.ok(
            f"{shown.version}, a certificate of {leaf.issuer or 'its issuer'} for {host} until "
            f"{_day(leaf.ends)}"
            if leaf
            else shown.version,
            **seen,
        )
    title, detail, fix = _words(host, shown.reason, leaf, shown)
    others = "; ".join(_words(host, one, leaf, shown)[0] for one in shown.also)
    return CHECK.found(
        "fail", title, "\n".join(filter(None, [detail, others and f"besides: {others}"])), fix=fix, **seen
    )


def _words(host: str, reason: Reason, leaf: Certificate | None, shown: Shown) -> tuple[str, str, Fix]:
    issuer = (shown.chain[-1].issuer if shown.chain else "") or "an unnamed authority"
    names = ", ".join(leaf.names) if leaf and leaf.names else "no name at all"
    match reason:
        case "expired":
            return (
                f"the certificate for {host} expired on {_day(leaf.ends if leaf else 0)}",
                "every browser and SDK refuses it",
                Fix(
                    "renew it, then reload the proxy that serves it; if it was renewed, that proxy still "
                    "has the old one",
                    "certbot renew && systemctl reload nginx",
                ),
            )
        case "not-yet":
            return (
                f"the certificate for {host} is not valid before {_day(leaf.begins if leaf else 0)}",
                "or the clock of this machine is behind",
                Fix("compare this machine's clock", "date -u"),
            )
        case "wrong-name":
            return (
                f"the certificate is not for {host} but for {names}",
                "the proxy shows the certificate of another site, or of its default site",
                in_file(f"a site for {host}, with a certificate for that name", PROXY_FILE),
            )
        case "self-signed":
            return (
                f"the certificate for {host} is self-signed: nobody vouches for it",
                "browsers refuse it for a WebSocket without asking the user",
                in_file(
                    f"a certificate of an authority for {host} (Caddy gets one by itself, certbot for "
                    "nginx); "
                    "for a test trust this one with SSL_CERT_FILE",
                    PROXY_FILE,
                ),
            )
        case "missing-intermediate":
            url = shown.chain[-1].issuer_url if shown.chain else ""
            return (
                f"most likely the server leaves out the intermediate certificate {issuer}",
                (
                    f"it sends {len(shown.chain)} of its chain; a browser may fetch the rest from {url}, "
                    "SDKs on servers and phones do not. An authority of one's own that nobody trusts looks "
                    "the same"
                ),
                in_file(
                    "serve the whole chain (fullchain.pem instead of cert.pem in ssl_certificate of nginx)",
                    PROXY_FILE,
                ),
            )
        case "private-authority":
            return (
                f"the certificate is signed by {issuer}, which this machine does not trust",
                (
                    "an authority of one's own, or a proxy on the way that looks into TLS; "
                    f"trust comes from {authorities()}"
                ),
                Fix(
                    "trust that authority on every client, or take a certificate of a public one",
                    "export SSL_CERT_FILE=/path/to/its-root.pem",
                ),
            )
        case _:
            return (
                f"the certificate is not trusted: {shown.said}",
                "",
                in_file(f"a certificate of a public authority for {host}", PROXY_FILE),
            )


def _no_tls(context: Context, it: Endpoint, error: NetError) -> Finding:
    if error.kind in ("tls-plain", "closed", "reset", "timeout"):
        kind, words = banner(it, route(context), until(context, 1.0))
        if words:
            return _speaks(it, kind, words)
    if error.kind == "timeout":
        return CHECK.found(
            "fail",
            f"{it.netloc} accepts the connection and then says nothing: no TLS handshake",
            "the program there hangs, or a firewall lets the connection begin and drops the rest",
            fix=Fix("look at what listens on that port", f"sudo ss -ltnp 'sport = :{it.port}'"),
            reason=error.kind,
        )
    if "internal error" in error.text or "unrecognized name" in error.text:
        return CHECK.found(
            "fail",
            f"what answers on {it.netloc} ends the TLS handshake: it has no certificate for {it.host}",
            f"it says: {error.text}; Caddy does so for a name that is none of its sites'",
            fix=in_file(f"a site for {it.host}, with a certificate for that name", PROXY_FILE),
            reason="no-certificate",
        )
    return CHECK.found(
        "fail",
        f"no TLS with {it.netloc}: {error.text}",
        fix=Fix("look at the TLS settings of the proxy there", f"openssl s_client -connect {it.netloc}"),
        reason=error.kind,
    )


def _speaks(it: Endpoint, kind: str, words: str) -> Finding:
    if kind == "plain HTTP":
        plain = f"ws://{it.host if ':' not in it.host else f'[{it.host}]'}:{it.port}"
        return CHECK.found(
            "fail",
            f"{it.netloc} speaks plain HTTP, and the URL says wss://",
            f"it says: {words}",
            fix=Fix("put TLS in front of it, or for a test use ws://", f"lkm doctor --url {plain}"),
            reason="plain-http",
            said=words,
        )
    return CHECK.found(
        "fail",
        f"{it.netloc} is {kind or 'no TLS server'}, not LiveKit: it says {words}",
        fix=Fix("correct the port in the URL"),
        reason="other-protocol",
        said=words,
    )


def _told(one: Certificate) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "issuer": one.issuer,
        "names": list(one.names),
        "begins": _day(one.begins),
        "ends": _day(one.ends),
    }


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")


CHECK = Check(
    id="remote.tls",
    title="The certificate is trusted, for this name, and in date",
    category="remote",
    order=40,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.tcp",),
    why="A browser opens no wss:// with a certificate that it does not trust, and gives the page no reason.",
    source="RFC 5280, RFC 9525; livekit/livekit #3215",
    evidence="`openssl s_client -connect NAME:443 -servername NAME </dev/null`: the `Verify return code` "
    "line.",
    remedy="Serve the whole chain of a certificate for that name, and renew it; with an authority of one's "
    "own, "
    "trust its root on every client.",
    faults=(
        Fault(
            "an expired certificate",
            "the certificate for … expired on …",
            "`curl: (60) SSL certificate problem: certificate has expired`; the browser: "
            "`ERR_CERT_DATE_INVALID`",
        ),
        Fault(
            "a self-signed certificate",
            "the certificate for … is self-signed: nobody vouches for it",
            "`curl: (60) SSL certificate problem: self-signed certificate`; the browser: "
            "`ERR_CERT_AUTHORITY_INVALID`",
        ),
        Fault(
            "a certificate for another name",
            "the certificate is not for … but for …",
            "`curl: (60) SSL: no alternative certificate subject name matches target host name`; the "
            "browser: "
            "`ERR_CERT_COMMON_NAME_INVALID`",
        ),
        Fault(
            "the intermediate certificate is left out",
            "most likely the server leaves out the intermediate certificate …",
            "`curl: (60) SSL certificate problem: unable to get local issuer certificate`; Chrome may work",
        ),
        Fault(
            "an authority of one's own",
            "the certificate is signed by …, which this machine does not trust",
            "`curl: (60) SSL certificate problem: unable to get local issuer certificate`, the same words "
            "as for a "
            "missing intermediate",
        ),
        Fault(
            "a port that speaks SSH",
            "… is an SSH server, not LiveKit: it says SSH-2.0-…",
            "`curl: (35) … wrong version number` for https, `curl: (1) Received HTTP/0.9 when not allowed` "
            "for http",
        ),
    ),
)
