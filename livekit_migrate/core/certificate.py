"""What an X.509 certificate says, also one that nobody trusts: Python itself shows trusted ones only."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_COMMON_NAME, _ORGANISATION = b"\x55\x04\x03", b"\x55\x04\x0a"
_ALTERNATIVE_NAMES = b"\x55\x1d\x11"
_AUTHORITY_ACCESS = b"\x2b\x06\x01\x05\x05\x07\x01\x01"
_CA_ISSUERS = b"\x2b\x06\x01\x05\x05\x07\x30\x02"

_OID, _UTC_TIME, _SEQUENCE = 0x06, 0x17, 0x30
_DNS_NAME, _URI, _ADDRESS = 0x82, 0x86, 0x87
_VERSION, _EXTENSIONS = 0xA0, 0xA3


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate.

    Args:
        names: the host names and addresses it is for.
        begins, ends: Unix time in seconds.
        self_issued: subject and issuer are the same, as in a self-signed certificate or a root.
        issuer_url: where it says that its issuer's certificate can be had; public authorities write that.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    begins: float
    ends: float
    self_issued: bool
    issuer_url: str = ""

    def covers(self, host: str) -> bool:
        """Whether it is for this host (RFC 9525: a wildcard is one whole label, the first)."""
        wanted = host.lower().rstrip(".")
        try:
            address = ipaddress.ip_address(wanted)
        except ValueError:
            rest = wanted.partition(".")[2]
            return any(name in (wanted, f"*.{rest}" if rest else "") for name in map(str.lower, self.names))
        return str(address) in self.names


def read(der: bytes) -> Certificate:
    """Read a certificate in DER (RFC 5280).

    Raises:
        ValueError: it is none.
    """
    try:
        return _certificate(der)
    except (IndexError, StopIteration, UnicodeError) as error:
        raise ValueError("not an X.509 certificate") from error


def _certificate(der: bytes) -> Certificate:
    body = next(_parts(next(_parts(der))[1]))[1]
    fields = [part for part in _parts(body) if part[0] != _VERSION]
    # serial number, signature algorithm, issuer, validity, subject, key, …
    issuer, validity, subject = fields[2][1], fields[3][1], fields[4][1]
    begins, ends = (_time(*part) for part in _parts(validity))
    extensions = dict(_extensions(next((value for tag, value in fields[5:] if tag == _EXTENSIONS), b"")))
    return Certificate(
        subject=_name(subject),
        issuer=_name(issuer),
        names=tuple(_names(extensions.get(_ALTERNATIVE_NAMES, b""))),
        begins=begins,
        ends=ends,
        self_issued=issuer == subject,
        issuer_url=_issuer_url(extensions.get(_AUTHORITY_ACCESS, b"")),
    )


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element."""
    while data:
        tag, length, start = data[0], data[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[2:start], "big")
        if len(data) < start + length:
            raise ValueError("it ends too early")
        yield tag, data[start : start + length]
        data = data[start + length :]


def _name(sequence: bytes) -> str:
    """The common name, else the organisation, else nothing."""
    found: dict[bytes, str] = {}
    for _, group in _parts(sequence):
        for _, pair in _parts(group):
            (_, kind), (tag, value) = _parts(pair)
            found.setdefault(kind, value.decode("utf-16-be" if tag == 0x1E else "utf-8", "replace"))
    return found.get(_COMMON_NAME) or found.get(_ORGANISATION, "")


def _time(tag: int, value: bytes) -> float:
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text.rstrip("Z"), "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()


def _extensions(explicit: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not explicit:
        return
    for _, extension in _parts(next(_parts(explicit))[1]):
        parts = list(_parts(extension))
        yield parts[0][1], parts[-1][1]  # between them may stand whether it is critical


def _names(value: bytes) -> Iterator[str]:
    if not value:
        return
    for tag, content in _parts(next(_parts(value))[1]):
        if tag == _DNS_NAME:
            yield content.decode("ascii", "replace")
        elif tag == _ADDRESS and len(content) in (4, 16):
            yield str(ipaddress.ip_address(content))


def _issuer_url(value: bytes) -> str:
    if not value:
        return ""
    for tag, description in _parts(next(_parts(value))[1]):
        parts = list(_parts(description))
        if tag == _SEQUENCE and parts[0] == (_OID, _CA_ISSUERS) and parts[1][0] == _URI:
            return parts[1][1].decode("ascii", "replace")
    return ""
