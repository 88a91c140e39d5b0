"""What a proxy in front of a real LiveKit server can do wrong, with a real Caddy: named first, and alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..conftest import Server, free_port, running_server
from ..fakes.caddy import Caddy
from ..fakes.server import TLS
from .remote import blames, doctor, healthy, paragraph, problems, symptoms


@pytest.fixture(scope="module")
def caddy(livekit_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caddy]:
    with Caddy(livekit_server.port, tmp_path_factory.mktemp("caddy")) as running:
        yield running


@pytest.mark.parametrize("site", ["good", "chain", "plain"])
def test_a_proxy_that_does_nothing_wrong(caddy: Caddy, tmp_path: Path, site: str) -> None:
    # Each of the faults below is mended in these: they are sites of the same Caddy for the same server.
    healthy(doctor(tmp_path, caddy.url(site)))


@pytest.mark.parametrize(
    ("site", "says", "change"),
    [
        ("expired", "the certificate for 127.0.0.1 expired on 20", "renew it, then reload the proxy"),
        ("self-signed", "the certificate for 127.0.0.1 is self-signed", "a certificate of an authority"),
        ("wrong-name", "the certificate is not for 127.0.0.1 but for other.test", "a site for 127.0.0.1"),
        (
            "no-intermediate",
            "most likely the server leaves out the intermediate certificate lkm test intermediate",
            "serve the whole chain",
        ),
        (
            "no-upgrade",
            "the proxy passes no WebSocket upgrade: /rtc answers 404 instead of 101",
            "pass Upgrade and Connection for /rtc",
        ),
        ("no-twirp", "/twirp is not routed to LiveKit: POST /twirp/", "route /twirp as well as /rtc"),
        ("no-rtc", "/rtc is not routed to LiveKit: a WebSocket request is answered with 404", "route /rtc"),
        ("login", "something before LiveKit wants a login: GET / is answered with 401", "without a login"),
        (
            "portal",
            "a redirect (302) to https://portal.hotel.example/login answers instead of LiveKit",
            "open that address in a browser on this network",
        ),
        ("to-tls", "answers 308: it wants TLS", "lkm doctor --url wss://127.0.0.1:8443"),
        ("nobody-behind", "GET / 502: a proxy answers, the LiveKit behind it does not", "start LiveKit"),
        ("another-site", "is not LiveKit: GET / 200 with text/html", "correct host, port and path"),
    ],
)
def test_each_fault_is_named_first_and_alone(
    caddy: Caddy, tmp_path: Path, site: str, says: str, change: str
) -> None:
    ran = doctor(tmp_path, caddy.url(site))
    assert ran.code == 1
    blames(ran, says)
    assert change in ran.out
    said = paragraph(ran)
    assert says in said
    assert change in said
    assert len(symptoms(ran)) == (site == "no-rtc"), "without /rtc no token can be tried, either"


@pytest.mark.parametrize(("site", "status"), [("app-on-root", 302), ("login-on-root", 401)])
def test_another_program_at_the_root_is_no_fault(
    caddy: Caddy, tmp_path: Path, site: str, status: int
) -> None:
    ran = doctor(tmp_path, caddy.url(site), "-v")
    healthy(ran)
    assert f"GET / {status} is another program's, and LiveKit is below /rtc" in ran.out


def test_an_authority_of_ones_own(caddy: Caddy, tmp_path: Path) -> None:
    ran = doctor(tmp_path, caddy.url("server"))
    blames(ran, "fail the certificate is signed by lkm test authority, which this machine does not trust")
    assert "export SSL_CERT_FILE=" in ran.out
    healthy(doctor(tmp_path, caddy.url("server"), env={"SSL_CERT_FILE": str(TLS / "ca.pem")}))


def test_a_name_that_the_proxy_does_not_serve(livekit_server: Server, tmp_path: Path) -> None:
    with Caddy(livekit_server.port, tmp_path, ("wrong-name", "good"), shown="") as caddy:
        ran = doctor(tmp_path, caddy.url("wrong-name"))
    blames(ran, "ends the TLS handshake: it has no certificate for 127.0.0.1")
    assert "a site for 127.0.0.1, with a certificate for that name" in paragraph(ran)


def test_a_proxy_that_passes_the_path_rtc_alone(caddy: Caddy, tmp_path: Path) -> None:
    ran = doctor(tmp_path, caddy.url("rtc-alone"))
    assert ran.code == 0
    blames(ran, "warn /rtc gets through, /rtc/v1 does not: 404")
    assert doctor(tmp_path, caddy.url("rtc-alone"), "--strict").code == 1


def test_a_proxy_whose_clock_is_off(caddy: Caddy, tmp_path: Path) -> None:
    # LiveKit's own clock is right, and tokens tell so; without a key nobody can know that.
    with_key = doctor(tmp_path, caddy.url("other-date"), "-v")
    healthy(with_key)
    assert "but LiveKit's own clock is within 30 s of this machine's" in with_key.out
    without = doctor(tmp_path, caddy.url("other-date"), key=None)
    blames(without, "behind this machine's, by the Date header")
    assert "with a key, tokens tell LiveKit's own clock" in without.out


def test_the_address_of_a_cdn_is_advertised(caddy: Caddy, tmp_path: Path) -> None:
    ran = doctor(tmp_path, caddy.url("cdn"), "-v")
    assert problems(ran) == [], "a CDN for signalling alone is no fault"
    assert "LiveKit answers GET / with 200, through Cloudflare" in ran.out
    # The server advertises the address that answers for signalling, and nothing of it listens there.
    port, tcp, udp = free_port(), free_port(), free_port()
    config = (
        f"port: {port}\nbind_addresses: [127.0.0.1]\n"
        f"rtc: {{tcp_port: {tcp}, udp_port: {udp}, node_ip: 127.0.0.1, use_external_ip: false, "
        'ips: {excludes: ["::/0"]}}\n'
    )
    with (
        running_server(tmp_path, config, wait_url=f"http://127.0.0.1:{port}/"),
        Caddy(port, tmp_path, ("cdn",)) as behind,
    ):
        ran = doctor(tmp_path, behind.url("cdn"))
    blames(ran, "fail the server advertises 127.0.0.1, an address of Cloudflare, which passes no media")
    assert "cf-ray: 8f0d0c1e2a3b4c5d-FRA" in ran.out
    assert "set rtc.node_ip to the server's own public address" in ran.out
