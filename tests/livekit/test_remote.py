"""What is read off a server from outside: versions known to be bad, ICE servers, the headers of CDNs, clocks.

Recorded or made up here, since no such server is at hand; the doctor's tests ask real ones.
"""

from __future__ import annotations

import math
import socket
import threading
import time

import pytest

from livekit_migrate.core.wire import Response
from livekit_migrate.livekit.candidates import Candidate
from livekit_migrate.livekit.remote.ask import is_livekit, is_twirp, network
from livekit_migrate.livekit.remote.clock import Skew
from livekit_migrate.livekit.remote.servers import ask_stun, misread
from livekit_migrate.livekit.remote.versions import known, parse
from livekit_migrate.livekit.signal import IceServer
from livekit_migrate.livekit.stun import Credentials, check


@pytest.mark.parametrize(
    ("version", "better"),
    [
        ("1.8.4", ["1.9.11"]),
        ("v1.9.9", ["1.9.11"]),
        ("1.9.10", ["1.9.11"]),
        ("1.9.11", []),
        ("1.10.0", ["1.10.1"]),
        ("1.10.1", []),
        ("1.13.5", []),
        ("2.0.0-rc1", []),
        ("", []),
        ("master", []),
    ],
)
def test_known_versions(version: str, better: list[str]) -> None:
    assert [one.better for one in known(version)] == better


def test_versions_are_numbers() -> None:
    assert parse("1.9.10") > parse("1.9.9")  # type: ignore[operator]


@pytest.mark.parametrize(
    "url",
    [
        "stun:stun.l.google.com:19302",
        "turn:93.184.216.34:3478?transport=udp",
        "turns:turn.example.com:443?transport=tcp",
        "turn:[2a00:1450::1]:3478",
        "turn:host",
    ],
)
def test_ice_servers_that_browsers_read(url: str) -> None:
    assert misread(url) == ""


@pytest.mark.parametrize(
    ("url", "why"),
    [
        # livekit-server 1.10.0, as its users recorded it
        ("turn:{93.110.232.77 }:3478?transport=udp", "'{93.110.232.77 }' is no host name"),
        ("turn::3478?transport=udp", "it has no host name"),
        ("turn:host:99999", "'99999' is no port"),
        ("turn:host:3478?transport=sctp", "?transport=sctp is not known"),
        ("turn:[::g]:3478", "'[::g]' is no host name"),
        ("http://host", "it is neither stun: nor turn:"),
    ],
)
def test_ice_servers_that_browsers_refuse(url: str, why: str) -> None:
    assert misread(url) == why


def test_stun_server_that_answers_and_one_that_does_not() -> None:
    from aioice import stun

    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent,
    ):
        server.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))

        def answer() -> None:
            data, address = server.recvfrom(2048)
            request = stun.parse_message(data)
            reply = stun.Message(
                stun.Method.BINDING,
                stun.Class.RESPONSE,
                transaction_id=request.transaction_id,
                attributes={"XOR-MAPPED-ADDRESS": address},
            )
            server.sendto(bytes(reply), address)

        thread = threading.Thread(target=answer)
        thread.start()
        urls = tuple(f"stun:127.0.0.1:{each.getsockname()[1]}" for each in (server, silent))
        (answered,) = ask_stun([IceServer(urls[:1])], time.monotonic() + 60)
        (mute,) = ask_stun([IceServer(urls[1:])], time.monotonic() + 0.5)
        thread.join(60)
    assert answered.mapped.startswith("127.0.0.1:")
    assert (mute.mapped, mute.reason) == ("", "it did not answer in time")


def test_candidate_that_is_a_name() -> None:
    credentials = Credentials("a", "b" * 24, "c", "d" * 24)
    candidate = Candidate("udp", "livekit.invalid", 7882)
    (reach,) = check([candidate], credentials, (), time.monotonic() + 60)
    assert (reach.outcome, reach.candidate) == ("no-route", candidate)


def test_cdns_by_their_headers() -> None:
    assert network(Response(200, "OK", {"server": "Caddy"})) is None
    by_ray = network(Response(200, "OK", {"server": "cloudflare", "cf-ray": "8f0d-FRA"}))
    assert by_ray
    assert (by_ray.name, by_ray.by) == ("Cloudflare", "cf-ray: 8f0d-FRA")
    fastly = network(Response(200, "OK", {"x-served-by": "cache-fra-1"}))
    assert fastly
    assert fastly.name == "Fastly"
    assert network(Response(200, "OK", {"x-served-by": "app-1"})) is None


def test_who_answers() -> None:
    assert is_livekit(Response(401, "", body=b"no permissions to access the room"))
    assert not is_livekit(Response(401, "", body=b"<h1>401 Authorization Required</h1>"))
    assert is_twirp(Response(401, "", body=b'{"code":"unauthenticated","msg":"permissions denied"}'))
    assert not is_twirp(Response(404, "", body=b"404 page not found"))
    assert not is_twirp(Response(200, "", body=b"[]"))


def test_skew_in_words() -> None:
    assert str(Skew(-30, 30)) == "within 30 s of this machine's"
    assert str(Skew(300, 900)) == "5 min to 15 min ahead of this machine's"
    assert str(Skew(-math.inf, -86_400)) == "more than 24 h behind this machine's"
    assert Skew(-60, -30).fine
    assert not Skew(-90, -60).fine
