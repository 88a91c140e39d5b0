"""The certificate that a server shows, and why it is not trusted: each reason told apart from the others."""

from __future__ import annotations

import contextlib
import os
import ssl
import time
from dataclasses import dataclass
from typing import Literal, cast

from .certificate import Certificate, read
from .endpoint import Endpoint, Route
from .net import connect, untrusting
from .stream import NetError, Stream

Reason = Literal[
    "",
    "expired",
    "not-yet",
    "wrong-name",
    "self-signed",
    "missing-intermediate",
    "private-authority",
    "untrusted",
]

# X509_V_ERR_… of OpenSSL
_NOT_YET, _EXPIRED = 9, 10
_SELF_SIGNED, _SELF_SIGNED_ROOT = 18, 19
_NO_ISSUER, _NO_LEAF_ISSUER = 20, 21
_HOSTNAME, _ADDRESS = 62, 64


@dataclass(frozen=True, slots=True)
class Shown:
    """What a server shows in the TLS handshake.

    Args:
        reason: why it is not trusted; empty: it is.
        said: OpenSSL's words for that.
        also: further reasons that would stay when the first one is mended.
        chain: what the server sent, its own certificate first.
        version: ``TLSv1.3``.
    """

    reason: Reason
    said: str
    also: tuple[Reason, ...]
    chain: tuple[Certificate, ...]
    version: str

    @property
    def leaf(self) -> Certificate | None:
        return self.chain[0] if self.chain else None


def look(endpoint: Endpoint, route: Route, deadline: float) -> Shown:
    """Look at the certificate; a second connection reads one that is refused, and sends nothing.

    Args:
        deadline: ``time.monotonic()`` by which it must be over.

    Raises:
        NetError: no connection, or no TLS there.
        ConfigError: SSL_CERT_FILE cannot be used.
    """
    try:
        with contextlib.closing(connect(endpoint, route, deadline, tls=True)) as stream:
            return _shown(stream)
    except NetError as error:
        refused = error.__cause__
        if not isinstance(refused, ssl.SSLCertVerificationError):
            raise
    with contextlib.closing(untrusting(endpoint, route, deadline)) as stream:
        return _shown(stream, endpoint.host, refused)


def authorities() -> str:
    """Where trust comes from, for people."""
    named = [
        f"{name}={os.environ[name]}" for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)
    ]
    return " ".join(named) or "the authorities of this system"


def _shown(stream: Stream, host: str = "", error: ssl.SSLCertVerificationError | None = None) -> Shown:
    sock = cast("ssl.SSLSocket", stream.sock)
    chain = _chain(sock)
    reason: Reason = ""
    also: tuple[Reason, ...] = ()
    if error is not None:
        reason = _reason(error.verify_code, chain)
        now = time.time()
        other: list[Reason] = []
        if chain and now > chain[0].ends:
            other.append("expired")
        if chain and not chain[0].covers(host):
            other.append("wrong-name")
        also = tuple(one for one in other if one != reason)
    return Shown(reason, error.verify_message if error else "", also, chain, sock.version() or "")


def _reason(code: int, chain: tuple[Certificate, ...]) -> Reason:
    if code in (_HOSTNAME, _ADDRESS):
        return "wrong-name"
    if code in (_NO_ISSUER, _NO_LEAF_ISSUER):
        # An authority that everybody knows writes where its certificate can be had; a private one does not.
        return "missing-intermediate" if chain and chain[-1].issuer_url else "private-authority"
    reasons: dict[int, Reason] = {
        _NOT_YET: "not-yet",
        _EXPIRED: "expired",
        _SELF_SIGNED: "self-signed",
        _SELF_SIGNED_ROOT: "private-authority",
    }
    return reasons.get(code, "untrusted")


def _chain(sock: ssl.SSLSocket) -> tuple[Certificate, ...]:
    """All that the server sent. Before Python 3.13 only a part of ``ssl`` that is not public knows it."""
    found: list[bytes] = []
    if hasattr(sock, "get_unverified_chain"):
        found = list(sock.get_unverified_chain())
    else:
        with contextlib.suppress(AttributeError, TypeError):
            sent = sock._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
            found = [ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in sent]
    if not found and (own := sock.getpeercert(binary_form=True)):
        found = [own]
    chain = []
    for der in found:
        with contextlib.suppress(ValueError):
            chain.append(read(der))
    return tuple(chain)
