"""What the doctor makes of servers that cannot be had here: public ones, a bad release, an old certificate.

Made up; the same code judges the real servers of the other tests.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from livekit_migrate.core.certificate import Certificate
from livekit_migrate.core.endpoint import Endpoint, Route
from livekit_migrate.core.result import Finding
from livekit_migrate.core.secret import Secret
from livekit_migrate.core.trust import Shown
from livekit_migrate.doctor.checks import remote_candidates, remote_tls, remote_turn, remote_version
from livekit_migrate.livekit.candidates import Candidate
from livekit_migrate.livekit.keys import KeyPair
from livekit_migrate.livekit.remote.ask import Network
from livekit_migrate.livekit.remote.servers import misread
from livekit_migrate.livekit.stun import Outcome, Reach
from livekit_migrate.stack.health.ladder import Climb, Options, Target
from livekit_migrate.stack.health.view import View

PUBLIC, OTHER = "93.184.216.34", "93.184.216.99"


def reach(address: str, outcome: Outcome = "silent", *, by_server: bool = False) -> Reach:
    return Reach(Candidate("udp", address, 7882), outcome, 1.0 if outcome == "answers" else None, by_server)


def judge(*reaches: Reach, cdn: Network | None = None) -> Finding:
    climb = Climb(
        Target(f"wss://{PUBLIC}", KeyPair("APIx", Secret("s" * 32))),
        Options(),
        Endpoint(True, PUBLIC, 443),
        Route(None, "no proxy is set"),
        "lkm-doctor-test",
        peer=PUBLIC,
        reaches=reaches,
    )
    return remote_candidates.judge(View(climb), cdn, PUBLIC)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("10.0.0.5", "10.0.0.5, a private address behind a public URL"),
        ("172.18.0.3", "172.18.0.3, inside a Docker network"),
        ("169.254.7.7", "169.254.7.7, a link-local address"),
        ("0.0.0.0", "0.0.0.0, no address at all"),
        ("livekit.internal", "livekit.internal, a name instead of an address"),
    ],
)
def test_addresses_that_explain_why_nobody_reaches_them(address: str, said: str) -> None:
    found = judge(reach(address))
    assert (found.status, found.title[: len(said) + 22]) == ("fail", f"the server advertises {said}")
    assert found.fix
    assert "rtc.node_ip" in found.fix.text


def test_a_firewall_is_no_fault_of_the_address() -> None:
    assert judge(reach(PUBLIC)).status == "ok"


def test_one_good_address_is_enough() -> None:
    assert judge(reach(PUBLIC, "answers"), reach("172.17.0.1")).status == "ok"


def test_ipv6_alone_works() -> None:
    found = judge(reach("2a00:1450::1", "answers"), reach("10.0.0.5"))
    assert found.status == "warn"
    assert "10.0.0.5, a private address behind a public URL" in found.title


def test_the_server_is_elsewhere() -> None:
    found = judge(reach(OTHER), reach(PUBLIC, "answers", by_server=True))
    assert found.title == f"the server advertises {OTHER}, where nobody answers, and is at {PUBLIC} itself"
    # The same address with another port is a NAT, and says nothing of the address.
    assert judge(reach(PUBLIC), reach(PUBLIC, "answers", by_server=True)).status == "ok"


def test_the_address_of_a_cdn() -> None:
    cloudflare = Network("Cloudflare", "cf-ray: 8f0d-FRA")
    assert "an address of Cloudflare, which passes no media" in judge(reach(PUBLIC), cdn=cloudflare).title
    assert judge(reach(OTHER), cdn=cloudflare).status == "ok", "media goes past it: a firewall's fault"


def test_no_address() -> None:
    assert judge().title == "the server advertises no address for media"


def test_release_1_10_0() -> None:
    # The URL is the one that its users recorded.
    url = "turn:{93.110.232.77 }:3478?transport=udp"
    found = remote_turn.unreadable([(url, misread(url))])
    assert found.status == "fail"
    assert url in found.title
    assert found.evidence["cause"] == "remote.version"
    (version,) = remote_version.judge("1.10.0", turn=True)
    assert version.status == "fail"
    assert version.fix
    assert "1.10.1" in version.fix.text
    (without,) = remote_version.judge("1.10.0", turn=False)
    assert without.status == "warn"


def test_certificate_that_ends_soon() -> None:
    leaf = Certificate("livekit.test", "an authority", ("livekit.test",), 0, 1_000_000, False)
    shown = Shown("", "", (), (leaf,), "TLSv1.3")
    soon = remote_tls.judge("livekit.test", shown, 1_000_000 - 3.5 * 86_400)
    assert (soon.status, soon.title) == ("warn", "the certificate ends in 3 days, on 1970-01-12")
    assert remote_tls.judge("livekit.test", shown, 0 - 86_400 * 5).status == "ok"
    early = replace(shown, reason="not-yet")
    assert "is not valid before 1970-01-01" in remote_tls.judge("livekit.test", early, 0).title
