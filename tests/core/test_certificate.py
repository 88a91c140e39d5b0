"""Certificates read and judged: those of the tests, those that this machine trusts, and broken ones."""

from __future__ import annotations

import random
import re
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path

import certifi
import pytest

from livekit_migrate.core.certificate import Certificate, read
from livekit_migrate.core.endpoint import Endpoint, Route
from livekit_migrate.core.trust import look

from ..fakes.server import TLS, FakeServer, hang


def der(name: str) -> bytes:
    return ssl.PEM_cert_to_DER_cert((TLS / f"{name}.pem").read_text())


def test_what_a_certificate_says() -> None:
    it = read(der("no-intermediate"))
    assert (it.subject, it.issuer, it.self_issued) == ("livekit.test", "lkm test intermediate", False)
    assert it.names == ("livekit.test", "localhost", "127.0.0.1", "10.99.7.2")
    assert it.issuer_url == "http://ca.lkm.test/intermediate.der"
    assert datetime.fromtimestamp(it.ends, UTC).year > 2100
    assert read(der("root")).self_issued
    assert read(der("expired")).ends < time.time()


def test_as_python_reads_them() -> None:
    # Python's own reader, of certificates that it trusts.
    context = ssl.create_default_context(cafile=str(TLS / "root.pem"))
    (theirs,) = context.get_ca_certs()
    ours = read(context.get_ca_certs(binary_form=True)[0])
    assert ours.begins == ssl.cert_time_to_seconds(str(theirs["notBefore"]))
    assert ours.ends == ssl.cert_time_to_seconds(str(theirs["notAfter"]))


def test_every_authority_that_the_world_trusts() -> None:
    text = Path(certifi.where()).read_text(encoding="utf-8")
    found = re.findall(r"-----BEGIN CERT.*?END CERTIFICATE-----", text, re.DOTALL)
    assert len(found) > 100
    assert all(read(ssl.PEM_cert_to_DER_cert(one)).self_issued for one in found)


def test_broken_certificates_are_refused() -> None:
    whole = der("no-intermediate")
    chance = random.Random(7)
    for _ in range(2000):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 5)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        cut = bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
        try:
            read(cut)
        except ValueError:
            continue
    with pytest.raises(ValueError, match="too early"):
        read(b"\x30\x10hello")


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        (("livekit.example.com",), "LiveKit.example.com.", True),
        (("*.example.com",), "livekit.example.com", True),
        (("*.example.com",), "a.livekit.example.com", False),
        (("*.example.com",), "example.com", False),
        (("127.0.0.1",), "127.0.0.1", True),
        (("2a00::1",), "2a00:0::1", True),
        (("*",), "localhost", False),
        ((), "localhost", False),
    ],
)
def test_names(names: tuple[str, ...], host: str, covered: bool) -> None:
    assert Certificate("", "", names, 0, 1, False).covers(host) is covered


@pytest.mark.parametrize(
    ("name", "reason", "also", "sent"),
    [
        ("good", "", (), 1),
        ("chain", "", (), 2),
        ("expired", "expired", (), 1),
        ("wrong-name", "wrong-name", (), 1),
        ("self-signed", "self-signed", (), 1),
        ("no-intermediate", "missing-intermediate", (), 1),
        ("server", "private-authority", (), 1),
    ],
)
def test_reasons_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, name: str, reason: str, also: tuple[str, ...], sent: int
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "root.pem"))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with FakeServer(hang, tls=name) as server:
        shown = look(Endpoint(True, "127.0.0.1", server.port), Route(None, ""), time.monotonic() + 60)
    assert (shown.reason, shown.also, len(shown.chain)) == (reason, also, sent)


def test_a_second_reason_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "ca.pem"))
    with FakeServer(hang, tls="expired") as server:
        shown = look(Endpoint(True, "127.0.0.1", server.port), Route(None, ""), time.monotonic() + 60)
    assert (shown.reason, shown.also) == ("private-authority", ("expired",))
