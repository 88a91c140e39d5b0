"""Keys, clocks, versions and ports of servers: real ones, unless a test says why not."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ..conftest import KEY, ROOT, SECRET, Server, clean_environment, free_port, running_server
from ..fakes.proxy import ConnectProxy
from ..fakes.server import HEALTHY, FakeServer, Front, hang, replies, upgrades
from .remote import blames, doctor, healthy, paragraph, problems, symptoms


def test_healthy_server(livekit_server: Server, tmp_path: Path) -> None:
    ran = doctor(tmp_path, livekit_server.url)
    healthy(ran)
    assert "the key, the clock, joining, media over UDP and media over TCP are fine" in paragraph(ran)


def test_without_a_key_it_goes_as_far_as_it_can(livekit_server: Server, tmp_path: Path) -> None:
    env = {"LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}  # there, but nobody said to use them
    ran = doctor(tmp_path, livekit_server.url, "-v", key=None, env=env)
    assert (ran.code, problems(ran)) == (0, [])
    assert f"lkm doctor --url {livekit_server.url} --key-from-env" in ran.out
    said = paragraph(ran)
    assert "HTTP, the WebSocket, the server API and the clock are fine" in said
    assert "A key (LIVEKIT_API_KEY, LIVEKIT_API_SECRET and --key-from-env) would add" in said
    assert SECRET not in ran.out + ran.err


def test_nobody_is_left_in_the_server(livekit_server: Server, tmp_path: Path) -> None:
    from livekit_migrate.core.secret import Secret
    from livekit_migrate.livekit.api import rooms
    from livekit_migrate.livekit.keys import KeyPair

    pair = KeyPair(KEY, Secret(SECRET))
    # Behind a proxy without /twirp a room cannot be deleted, so one of another test may still be there.
    before = rooms(livekit_server.url, pair)
    healthy(doctor(tmp_path, livekit_server.url))
    assert [room for room in rooms(livekit_server.url, pair) if room not in before] == []


def test_a_key_from_elsewhere(livekit_server: Server, tmp_path: Path) -> None:
    ran = doctor(tmp_path, livekit_server.url, key="APIfromElsewhere")
    assert ran.code == 1
    blames(ran, "fail 401: the key is not this server's: it does not know APIfromElsewhere")
    assert "keys: in the server's livekit.yaml" in paragraph(ran)
    healthy(doctor(tmp_path, livekit_server.url))  # with the server's own, as it says


def test_another_secret(livekit_server: Server, tmp_path: Path) -> None:
    other = "another-secret-0123456789abcdefghijk"
    ran = doctor(tmp_path, livekit_server.url, secret=other)
    blames(ran, f"fail 401: the key is not this server's: it has another secret for {KEY}")
    assert other not in ran.out + ran.err


def test_key_from_env_without_one(tmp_path: Path) -> None:
    ran = doctor(tmp_path, "ws://127.0.0.1:9", "--key-from-env", key=None)
    assert (ran.code, ran.out) == (4, "")
    assert "no LIVEKIT_API_KEY" in ran.err


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (-400, "the server's clock is 5 min to 15 min ahead of this machine's: it refuses tokens"),
        (100, "the server's clock is 1.5 min to 2.5 min behind this machine's: it refuses tokens"),
    ],
)
def test_this_clock_is_off(livekit_server: Server, tmp_path: Path, ahead: int, said: str) -> None:
    # No clock of a real server can be set here: this machine's is off instead, for lkm alone.
    (tmp_path / "sitecustomize.py").write_text(
        f"import time\nreal = time.time\ntime.time = lambda: real() + {ahead}\n"
    )
    ran = doctor(tmp_path, livekit_server.url, env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"})
    assert ran.code == 1
    blames(ran, f"fail {said}")
    assert "timedatectl set-ntp true" in ran.out or "sntp" in ran.out
    if ahead > 0:  # a token of the past holds for six hours, one of the future does not hold yet
        assert any("so also: 401" in one for one in symptoms(ran)), ran.out


def test_native_server_that_does_not_listen_where_it_says(tmp_path: Path) -> None:
    port, tcp, udp = free_port(), free_port(), free_port(socket.SOCK_DGRAM)
    rtc = f"tcp_port: {tcp}, udp_port: {udp}, node_ip: 127.0.0.1, use_external_ip: false"
    start = f"port: {port}\nbind_addresses: [127.0.0.1]\nrtc: {{{rtc}"
    wait = f"http://127.0.0.1:{port}/"
    with running_server(tmp_path, start + ', ips: {excludes: ["::/0"]}}\n', wait_url=wait):
        ran = doctor(tmp_path, f"ws://127.0.0.1:{port}")
    assert ran.code == 1
    blames(ran, "fail the server advertises 127.0.0.1, but its media ports do not answer there")
    change = "rtc.enable_loopback_candidate: true and rtc.ips.includes: [127.0.0.1/32]"
    assert f"in the server's livekit.yaml: {change}" in ran.out
    mended = ", enable_loopback_candidate: true, ips: {includes: [127.0.0.1/32]}}\n"
    with running_server(tmp_path, start + mended, wait_url=wait):
        healthy(doctor(tmp_path, f"ws://127.0.0.1:{port}"))


def test_rooms_are_not_made_by_joining(tmp_path: Path) -> None:
    port, tcp, udp = free_port(), free_port(), free_port(socket.SOCK_DGRAM)
    config = (
        f"port: {port}\nbind_addresses: [127.0.0.1]\nroom: {{auto_create: false}}\n"
        f"rtc: {{tcp_port: {tcp}, udp_port: {udp}, node_ip: 127.0.0.1, use_external_ip: false, "
        "enable_loopback_candidate: true, ips: {includes: [127.0.0.1/32]}}\n"
    )
    with running_server(tmp_path, config, wait_url=f"http://127.0.0.1:{port}/"):
        healthy(doctor(tmp_path, f"ws://127.0.0.1:{port}"))


def test_a_server_that_stood_still_for_a_moment_is_asked_again(
    livekit_server: Server, tmp_path: Path
) -> None:
    # A fake for one answer: the real one says so only if it is asked in the very moment.
    asked: list[str] = []
    not_ready = replies({"/": (406, {}, "Not Ready")})

    def handler(connection: socket.socket) -> None:
        if connection.recv(16, socket.MSG_PEEK).startswith(b"GET / "):
            asked.append("/")
            if len(asked) == 1:
                not_ready(connection)
                return
        Front(livekit_server.port)(connection)

    with FakeServer(handler) as server:
        healthy(doctor(tmp_path, f"ws://127.0.0.1:{server.port}"))
    assert len(asked) == 2


@pytest.mark.parametrize("version", ["1.8.4", "1.11.0"])
def test_older_servers(tmp_path: Path, version: str) -> None:
    with running_server(tmp_path, version=version) as server:
        ran = doctor(tmp_path, server.url)
    if version == "1.11.0":
        healthy(ran)
        return
    assert ran.code == 0
    blames(ran, "warn livekit-server 1.8.4: livekit-client 2.18.1 and later lose their calls there")
    assert symptoms(ran) == ["warn so also: /rtc gets through, /rtc/v1 does not: 404"]
    assert "take 1.9.11 or later" in paragraph(ran)


def ssh(connection: socket.socket) -> None:
    """Speak first, as sshd does."""
    connection.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")
    hang(connection)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_port_that_speaks_ssh(tmp_path: Path, scheme: str) -> None:
    # A fake: an sshd of one's own needs a user and keys, and what counts is its first line.
    with FakeServer(ssh) as server:
        port = server.port
        ran = doctor(tmp_path, f"{scheme}://127.0.0.1:{port}")
    assert ran.code == 1
    blames(ran, f"fail 127.0.0.1:{port} is an SSH server, not LiveKit: it says SSH-2.0-OpenSSH_9.2p1")
    assert "correct the port in the URL" in paragraph(ran)


def test_plain_http_where_the_url_says_tls(livekit_server: Server, tmp_path: Path) -> None:
    ran = doctor(tmp_path, livekit_server.url.replace("ws:", "wss:"))
    blames(ran, "speaks plain HTTP, and the URL says wss://")
    assert f"lkm doctor --url {livekit_server.url}" in ran.out


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_server_that_never_answers(tmp_path: Path, scheme: str) -> None:
    with FakeServer(hang) as server:
        url = f"{scheme}://127.0.0.1:{server.port}"
        ran = doctor(tmp_path, url, "--timeout", "12s")
    assert ran.code == 1
    assert "and then says nothing" in ran.out.splitlines()[1]
    assert len(problems(ran)) == 1
    # Its own count: 12 s for all checks of the network together, on a machine that does not stall; each of
    # them alone may take ten minutes.
    took = re.search(r"checks  ([0-9.]+) s$", ran.err, re.MULTILINE)
    assert took
    assert float(took[1]) < 60


@pytest.mark.parametrize("timeout", ["100ms", "700ms"])
def test_no_time_to_wait_is_no_finding(tmp_path: Path, timeout: str) -> None:
    with FakeServer(hang) as server:
        ran = doctor(tmp_path, f"ws://127.0.0.1:{server.port}", "--timeout", timeout)
    assert problems(ran) == []
    assert "Whether calls connect is not known." in paragraph(ran)
    assert "connects" not in paragraph(ran)
    assert "--timeout gives more" in paragraph(ran)
    assert ran.code == 5, "who sees 0 takes it that calls connect"


def test_a_websocket_that_is_not_livekits(tmp_path: Path) -> None:
    # A fake: some other program that takes every WebSocket.
    answers = {**HEALTHY, "/rtc": upgrades(b"", stay=True)}
    with FakeServer(replies(answers)) as server:
        ran = doctor(tmp_path, f"ws://127.0.0.1:{server.port}", key=None)
    assert "opens without a token: it is not LiveKit that takes it" in ran.out
    assert "/twirp is not routed to LiveKit" in ran.out


def test_a_proxy_that_cuts_the_websocket_off(livekit_server: Server, tmp_path: Path) -> None:
    # A fake proxy: it passes the first message, and then nothing more.
    def cuts_off(connection: socket.socket) -> None:
        # One for each connection: several are open at once, and the last head may be of another.
        front = Front(
            livekit_server.port,
            gate=lambda path: "join" if path == "/rtc" and "access_token" in front.heads[0] else "pass",
        )
        front(connection)

    with FakeServer(cuts_off) as server:
        ran = doctor(tmp_path, f"ws://127.0.0.1:{server.port}", "--timeout", "15s")
    assert ran.code == 1
    assert "the server lets us in, and then offers no media" in "\n".join(ran.out.splitlines()[:3])
    assert "time-outs of the proxy in front of it" in paragraph(ran)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://livekit.example.com", "its scheme is none of ws, wss, http, https"),
        ("wss://", "it names no host"),
        ("ws://127.0.0.1:port", "its port is no number from 1 to 65535"),
        ("ws://127.0.0.1:7880/?token=x", "a query or fragment does not belong into it"),
        ("", "the URL is empty"),
    ],
)
def test_what_is_no_url(tmp_path: Path, url: str, said: str) -> None:
    ran = doctor(tmp_path, url)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "such as ws://127.0.0.1:7880 or wss://livekit.example.com" in ran.err


def test_url_with_a_password(livekit_server: Server, tmp_path: Path) -> None:
    url = livekit_server.url.replace("ws://", "http://bob:geheim-1234@")
    ran = doctor(tmp_path, url, "-v")
    assert ran.code == 0
    blames(ran, "warn the URL has a user and a password in it; they are not sent")
    document = doctor(tmp_path, url, "--json")
    report = doctor(tmp_path, url, "--report")
    for each in (ran, document, report):
        assert "geheim-1234" not in each.out + each.err
    assert "is taken as ws://127.0.0.1" in ran.out


def test_url_without_a_scheme_and_with_a_path(livekit_server: Server, tmp_path: Path) -> None:
    bare = doctor(tmp_path, f"127.0.0.1:{livekit_server.port}", "-v")
    assert f"the URL has no scheme; taken as {livekit_server.url}" in bare.out
    with FakeServer(Front(livekit_server.port, strip="/calls")) as server:
        ran = doctor(tmp_path, f"ws://127.0.0.1:{server.port}/calls", "-v")
    healthy(ran)
    assert "the URL has a path: SDKs ask for /calls/rtc" in ran.out


def test_a_name_that_does_not_resolve(tmp_path: Path) -> None:
    ran = doctor(tmp_path, "wss://livekit.invalid")
    assert ran.code == 1
    assert "fail livekit.invalid: the name" in ran.out.splitlines()[1]
    assert "dig +short livekit.invalid A" in ran.out


def test_through_a_proxy_that_looks_names_up_itself(livekit_server: Server, tmp_path: Path) -> None:
    hosts = {"livekit.test": ("127.0.0.1", livekit_server.port)}
    with ConnectProxy(hosts=hosts, user="bob:geheim-1234") as proxy:
        around = {"NO_PROXY": "localhost,127.0.0.1,::1"}
        ran = doctor(tmp_path, "ws://livekit.test:7880", "-v", env={"HTTP_PROXY": proxy.url, **around})
        nobody = f"http://127.0.0.1:{proxy.port}"
        refused = doctor(tmp_path, "ws://livekit.test:7880", env={"HTTP_PROXY": nobody, **around})
    blames(ran, "warn ws:// without TLS")
    assert "livekit.test is looked up by the proxy http://127.0.0.1:" in ran.out
    assert "signalling goes through the proxy" in ran.out
    assert "media never does" in ran.out
    assert "geheim-1234" not in ran.out + ran.err
    blames(refused, "407 Proxy Authentication Required; it wants a user and password", "ws:// without TLS")


def test_proxy_variable_that_cannot_be_used(tmp_path: Path) -> None:
    ran = doctor(tmp_path, "ws://livekit.test:7880", env={"HTTP_PROXY": "socks5://127.0.0.1:1080"})
    assert ran.code == 1
    blames(ran, "fail HTTP_PROXY: socks5://127.0.0.1:1080: lkm knows http:// and https:// proxies only")


def test_nothing_listens(tmp_path: Path) -> None:
    port = free_port()
    ran = doctor(tmp_path, f"ws://127.0.0.1:{port}")
    blames(ran, f"fail nothing listens on TCP 127.0.0.1:{port}")
    assert "bind_addresses" in paragraph(ran)


def test_offline(tmp_path: Path) -> None:
    ran = doctor(tmp_path, "wss://livekit.example.com", "--offline")
    assert ran.code == 0
    assert "Nothing was asked of it (--offline)." in paragraph(ran)


def test_ctrl_c(tmp_path: Path) -> None:
    asked = threading.Event()

    def hangs(connection: socket.socket) -> None:
        asked.set()
        hang(connection)

    with FakeServer(hangs) as server:
        url = f"ws://127.0.0.1:{server.port}"
        process = subprocess.Popen(
            [sys.executable, "-m", "livekit_migrate", "doctor", "--url", url, "--timeout", "10m"],
            cwd=tmp_path,
            env=clean_environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert "looking at" in process.stderr.readline()
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in out + err
