"""STUN checks of single candidates, against the real server."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from livekit_migrate.core.endpoint import Route, parse_url
from livekit_migrate.livekit import stun
from livekit_migrate.livekit.candidates import Candidate
from livekit_migrate.livekit.signal import Signal
from livekit_migrate.livekit.stun import Credentials, Reach, check, own_sockets
from livekit_migrate.livekit.turn import parse_url as parse_turn_url

from ..conftest import Server, free_port, need, running_server
from .test_signal import token


def checked(
    server: Server,
    *,
    extra: tuple[Candidate, ...] = (),
    own: bool = True,
    password: str = "",
    patience: float = 60,
    protocols: tuple[str, ...] = ("udp", "tcp"),
) -> dict[Candidate, Reach]:
    """Join, answer the offer, and check its IPv4 candidates and ``extra``."""
    endpoint = parse_url(server.url)
    grant = token(server, "stun-test", hidden=True)
    signal = Signal.open(endpoint, Route(None, "test"), grant, time.monotonic() + 60)
    try:
        offer = signal.offer(time.monotonic() + 60)
        credentials = Credentials(signal.ufrag, signal.password, offer.ufrag, password or offer.password)
        with own_sockets("127.0.0.1" if own else "") as made:
            sockets = made if own else []
            signal.answer(offer, tuple(s.getsockname()[:2] for s in sockets))
            offered = [c for c in offer.candidates if not c.ipv6 and c.protocol in protocols]
            candidates = [*offered, *extra]
            reaches = check(candidates, credentials, sockets, time.monotonic() + patience)
    finally:
        signal.close()
    return {reach.candidate: reach for reach in reaches}


def test_real_server_answers_on_udp_and_tcp(livekit_server: Server) -> None:
    found = checked(livekit_server)
    for candidate in (
        Candidate("udp", "127.0.0.1", livekit_server.udp_port),
        Candidate("tcp", "127.0.0.1", livekit_server.tcp_port),
    ):
        assert found[candidate].outcome == "answers"
        assert (found[candidate].rtt_ms or 0) > 0


def test_each_address_is_judged_on_its_own(livekit_server: Server) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        silent = Candidate("udp", "127.0.0.1", mute.getsockname()[1])
        refused = Candidate("udp", "127.0.0.1", free_port(socket.SOCK_DGRAM))
        closed = Candidate("tcp", "127.0.0.1", free_port())
        found = checked(livekit_server, extra=(silent, refused, closed))
    assert found[Candidate("udp", "127.0.0.1", livekit_server.udp_port)].ok
    assert found[silent].outcome == "silent"
    assert found[refused].outcome == "refused"
    assert found[closed].outcome == "refused"


def test_an_answer_needs_the_servers_password(livekit_server: Server) -> None:
    # Whatever answers without knowing us would be another server: no success may be counted.
    found = checked(livekit_server, own=False, password="x" * 32, patience=2)
    assert not any(reach.ok for reach in found.values())


def test_an_answer_that_came_while_this_machine_stood_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    from aioice import stun as messages

    now = [0.0]
    done = stun._Checks._done
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(60)

        def late(checks: stun._Checks) -> bool:
            if checks._checks[0].sent and not now[0]:
                data, address = server.recvfrom(2048)
                reply = messages.Message(
                    messages.Method.BINDING,
                    messages.Class.RESPONSE,
                    transaction_id=messages.parse_message(data).transaction_id,
                )
                server.sendto(bytes(reply), address)
                now[0] = 3600.0
            return done(checks)

        monkeypatch.setattr(stun, "time", SimpleNamespace(monotonic=lambda: now[0]))
        monkeypatch.setattr(stun._Checks, "_done", late)
        candidate = Candidate("udp", "127.0.0.1", server.getsockname()[1])
        (reach,) = check([candidate], Credentials("a", "b" * 24, "c", "d" * 24), (), 2.0)
    assert reach.outcome == "answers"


def _elsewhere() -> bool:
    return any(
        a.family == socket.AF_INET and not a.address.startswith("127.")
        for addresses in psutil.net_if_addrs().values()
        for a in addresses
    )


def test_server_that_advertises_loopback_and_does_not_listen_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """node_ip 127.0.0.1 without enable_loopback_candidate: the server comes to us, no client gets there."""
    if not _elsewhere():
        need("netns", "this machine has no address but loopback")
    monkeypatch.setattr(stun, "_REACH_BACK", 60.0)
    port, tcp, udp = free_port(), free_port(), free_port(socket.SOCK_DGRAM)
    config = (
        f"port: {port}\nbind_addresses: [127.0.0.1]\n"
        f"rtc: {{tcp_port: {tcp}, udp_port: {udp}, node_ip: 127.0.0.1, use_external_ip: false}}\n"
    )
    with running_server(tmp_path, config, wait_url=f"http://127.0.0.1:{port}/") as started:
        server = Server(port, tcp, udp, started.pid, started.log)
        found = checked(server, protocols=("udp",))
    assert found[Candidate("udp", "127.0.0.1", udp)].outcome == "refused"
    came = [reach for reach in found.values() if reach.by_server]
    assert came
    assert all(reach.candidate.port == udp for reach in came)
    assert any(reach.ok for reach in came)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("turn:10.0.0.1:3478?transport=udp", (False, "10.0.0.1", 3478, False)),
        ("turn:h.example", (False, "h.example", 3478, False)),
        ("turn:[2001:db8::1]:3479?transport=tcp", (False, "2001:db8::1", 3479, True)),
        ("turns:turn.example.com:443?transport=tcp", (True, "turn.example.com", 443, True)),
        ("turns:turn.example.com", (True, "turn.example.com", 5349, True)),
    ],
)
def test_turn_urls(url: str, expected: tuple[bool, str, int, bool]) -> None:
    found = parse_turn_url(url)
    assert (found.secure, found.host, found.port, found.tcp) == expected
