"""The ladder against real servers and against servers that misbehave: the exact diagnosis of each."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from livekit_migrate.core.endpoint import Route, parse_url
from livekit_migrate.core.errors import UsageError
from livekit_migrate.core.report import Reporter
from livekit_migrate.core.result import Finding
from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit.keys import KeyPair
from livekit_migrate.livekit.tokens import mint
from livekit_migrate.stack.health import Options, Target, check, listed
from livekit_migrate.stack.health.ladder import Climb
from livekit_migrate.stack.health.report import as_result

from ..conftest import KEY, SECRET, Server, free_port, running_server
from ..fakes.proxy import ConnectProxy
from ..fakes.server import (
    CA,
    HEALTHY,
    JSON,
    ROOMS,
    Answer,
    FakeServer,
    Front,
    Handler,
    hang,
    replies,
    reset,
    says,
    upgrades,
)

PATIENT = Options(timeout=60, media=False)
BRIEF = Options(timeout=2, media=False)
"""For servers that say nothing: so long the test lasts, and so long all that do answer have for it."""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            monkeypatch.delenv(name)


def target(url: str, *, key: str = KEY, secret: str = SECRET) -> Target:
    return Target(url, KeyPair(key, Secret(secret)), key_origin=".env:1")


def climb(url: str, options: Options = PATIENT, **pair: str) -> list[Finding]:
    return check(target(url, **pair), options, Reporter())


def _wrong(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(f.status, f.title, f.detail) for f in findings if f.status != "ok"]


def failed(findings: list[Finding]) -> Finding:
    """The one failed finding; all before it hold, all after it were not reached."""
    at = next(i for i, f in enumerate(findings) if f.status == "fail")
    assert all(f.status in ("ok", "warn", "info") for f in findings[:at])
    assert all(f.status == "skip" for f in findings[at + 1 :])
    title = findings[at].title.partition(":")[0]
    assert all(f"not reached because {title} failed" in f.detail for f in findings[at + 1 :])
    assert findings[at].fix is not None, "a failure names what to do next"
    return findings[at]


def test_every_rung_holds_on_a_real_server(livekit_server: Server) -> None:
    findings = climb(livekit_server.url)
    assert {f.id: f.status for f in findings} == {
        "health.port": "ok",
        "health.http": "ok",
        "health.twirp": "ok",
        "health.token": "ok",
        "health.signal": "ok",
        "health.ice": "ok",
    }
    by_id = {f.id: f for f in findings}
    assert by_id["health.signal"].evidence["server_version"].count(".") == 2
    rows = by_id["health.ice"].evidence["candidates"]
    assert {tuple(row) for row in rows} == {
        ("address", "port", "protocol", "type", "class", "reachable", "rtt_ms", "reason")
    }
    mine = [row for row in rows if row["address"] == "127.0.0.1"]
    assert {(row["protocol"], row["port"], row["class"], row["reachable"]) for row in mine} == {
        ("udp", livekit_server.udp_port, "loopback", True),
        ("tcp", livekit_server.tcp_port, "loopback", True),
    }
    json.dumps([f.to_dict() for f in findings], allow_nan=False)


def test_nothing_is_left_on_the_server(livekit_server: Server) -> None:
    climb(livekit_server.url)
    token = mint(KeyPair(KEY, Secret(SECRET)), grants={"room_list": True})
    request = urllib.request.Request(
        f"http://127.0.0.1:{livekit_server.port}{ROOMS}",
        data=b"{}",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        rooms = [room["name"] for room in json.load(answer)["rooms"]]
    assert [name for name in rooms if name.startswith("lkm-health")] == []


def test_until_stops_the_ladder_there(livekit_server: Server) -> None:
    assert [f.id for f in climb(livekit_server.url, Options(until="twirp", timeout=60))][-1] == "health.twirp"
    with pytest.raises(UsageError, match="no such rung"):
        climb(livekit_server.url, Options(until="roof"))


def test_rungs_are_what_the_folder_holds() -> None:
    names = [rung.NAME for rung in listed()]
    assert names == [
        *("process", "port", "http", "twirp", "token", "signal", "ice", "media", "tcp", "relay"),
    ]


# --- the port


def test_nothing_listens() -> None:
    port = free_port()
    finding = failed(climb(f"ws://127.0.0.1:{port}"))
    assert (finding.id, finding.evidence["reason"]) == ("health.port", "refused")
    assert finding.title == f"port: nothing listens on 127.0.0.1:{port}"
    assert finding.fix
    assert finding.fix.command is None, "`lkm up` would not listen there"
    here = Target(f"ws://127.0.0.1:{port}", KeyPair(KEY, Secret(SECRET)), served=True)
    fix = failed(check(here, PATIENT, Reporter())).fix
    assert fix
    assert fix.command == "lkm up"


def test_ipv6_address_has_brackets() -> None:
    assert "[::1]:9 " in failed(climb("ws://[::1]:9")).title + " "


def test_name_does_not_resolve() -> None:
    finding = failed(climb("wss://no-such-host.invalid"))
    assert (finding.id, finding.evidence["reason"]) == ("health.port", "dns")


# --- what answers is wrong

HTTP_FAULTS: dict[str, tuple[Handler, str, str]] = {
    "hangs": (hang, "timeout", "HTTP: it accepts the connection and then says nothing for 2 s"),
    "garbage": (
        says(b"\x00\x01\x02\x03 not http\n"),
        "garbage",
        "is not LiveKit: what it answers is not HTTP",
    ),
    "ssh": (says(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "garbage", "is not LiveKit"),
    "closes": (says(b""), "closed", "is not LiveKit: it closed the connection without an answer"),
    "resets": (reset, "reset", "HTTP: it broke the connection off"),
}


@pytest.mark.parametrize("fault", HTTP_FAULTS)
def test_what_answers_is_no_http(fault: str) -> None:
    handler, reason, text = HTTP_FAULTS[fault]
    with FakeServer(handler) as server:
        finding = failed(climb(server.url, BRIEF))
    assert (finding.id, finding.evidence["reason"]) == ("health.http", reason)
    assert text in finding.title


def test_redirect_is_named_and_not_followed() -> None:
    asked: list[str] = []
    answers: dict[str, Answer | Handler] = {"/": (308, {"Location": "https://elsewhere.example/"}, "")}

    def handler(connection: socket.socket) -> None:
        if connection.recv(1, socket.MSG_PEEK):  # the port's rung only connects
            asked.append("/")
            replies(answers)(connection)

    with FakeServer(handler) as server:
        finding = failed(climb(server.url))
    assert finding.title == "HTTP: GET / 308: it redirects to https://elsewhere.example/"
    assert finding.fix
    assert finding.fix.command == "lkm health --url wss://elsewhere.example"
    assert asked == ["/"]


def test_an_address_from_outside_is_one_word_of_the_command() -> None:
    evil = "http://x;touch${IFS}/tmp/pwned"
    with FakeServer(replies({"/": (302, {"Location": evil}, "")})) as server:
        finding = failed(climb(server.url))
    assert finding.fix
    assert finding.fix.command
    assert shlex.split(finding.fix.command) == ["lkm", "health", "--url", evil.replace("http", "ws")]
    assert finding.fix.command.endswith("'ws://x;touch${IFS}/tmp/pwned'")


def test_another_program_is_not_livekit() -> None:
    page = {"Content-Type": "text/html; charset=utf-8", "Server": "nginx"}
    with FakeServer(replies({"/": (200, page, "<title>Welcome to nginx!</title>")})) as server:
        finding = failed(climb(server.url))
        assert finding.title == f"HTTP: 127.0.0.1:{server.port} is not LiveKit: GET / 200 with text/html"
    assert "Welcome to nginx!" in finding.detail


def test_other_page_at_the_root_with_livekit_behind_it() -> None:
    answers = {
        **HEALTHY,
        "/": (200, {"Content-Type": "text/html"}, "<title>app</title>"),
        "/rtc/validate": (401, {}, "no permissions to access the room"),
    }
    with FakeServer(replies(answers)) as server:
        findings = climb(server.url)
    http = next(f for f in findings if f.id == "health.http")
    assert http.status == "warn"
    assert "LiveKit is behind it" in http.title


def test_not_ready_means_redis() -> None:
    with FakeServer(replies({"/": (406, {}, "Not Ready. Node Updated At 2026-01-01")})) as server:
        finding = failed(climb(server.url))
    assert finding.title == "HTTP: GET / 406: LiveKit runs, but is not ready"
    assert "Redis" in finding.detail


def test_proxy_without_a_livekit_behind_it() -> None:
    with FakeServer(replies({"/": (502, {}, "Bad Gateway")})) as server:
        assert "a proxy answers, the LiveKit behind it does not" in failed(climb(server.url)).title


# --- plain and TLS


def test_tls_where_plain_was_meant() -> None:
    with FakeServer(replies(HEALTHY), tls=True) as server:
        finding = failed(climb(f"ws://127.0.0.1:{server.port}"))
        assert finding.title == "HTTP: it speaks TLS, the URL says plain"
        assert finding.fix
        assert finding.fix.command == f"lkm health --url wss://127.0.0.1:{server.port}"


def test_tls_server_that_says_so_in_plain_words() -> None:
    # As Go's and nginx's TLS servers answer plain HTTP.
    words = "Client sent an HTTP request to an HTTPS server."
    with FakeServer(replies({"/": (400, {}, words)})) as server:
        assert failed(climb(server.url)).title == "HTTP: it speaks TLS, the URL says plain"


def test_plain_where_tls_was_meant(livekit_server: Server) -> None:
    finding = failed(climb(f"wss://127.0.0.1:{livekit_server.port}"))
    assert finding.title == "HTTP: it does not speak TLS, the URL says it does"
    assert finding.fix
    assert finding.fix.command == f"lkm health --url ws://127.0.0.1:{livekit_server.port}"


def test_certificate_that_is_not_trusted(livekit_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with FakeServer(Front(livekit_server.port), tls=True) as server:
        finding = failed(climb(server.url))
        assert "certificate is not trusted" in finding.title
        assert finding.fix
        assert "SSL_CERT_FILE" in (finding.fix.command or "")
        monkeypatch.setenv("SSL_CERT_FILE", str(CA))
        assert _wrong(climb(server.url)) == []


# --- the key and the clock


def test_key_that_the_server_does_not_know(livekit_server: Server) -> None:
    findings = climb(livekit_server.url, key="APIsomebodyelse")
    finding = failed(findings)
    assert finding.id == "health.twirp"
    assert finding.title == "API key: 401: the server does not know the key APIsomebodyelse (.env:1)"
    assert as_result(target(livekit_server.url), findings).code == 4


def test_secret_that_differs(livekit_server: Server) -> None:
    secret = "another-secret-0123456789abcdefghijk"
    findings = climb(livekit_server.url, secret=secret)
    finding = failed(findings)
    assert finding.title == f"API key: 401: the server knows {KEY} (.env:1), but has another secret for it"
    assert as_result(target(livekit_server.url), findings).code == 4
    said = json.dumps([f.to_dict() for f in findings])
    assert secret not in said
    assert "eyJ" not in said, "the server repeats the whole token; it is not ours to show"


NOT_YET = "invalid token: eyJhbGciOi.eyJpc3Mi.c2ln, error: token has invalid claims: token is not valid yet"


@pytest.mark.parametrize(
    ("clock", "words"), [(-120.0, "s ahead of the server's"), (120.0, "s behind the server's")]
)
def test_clock_two_minutes_off(clock: float, words: str) -> None:
    expired = NOT_YET.replace("not valid yet", "expired")
    answers = {**HEALTHY, ROOMS: (401, {}, NOT_YET if clock < 0 else expired)}
    with FakeServer(replies(answers, clock=clock)) as server:
        findings = climb(server.url)
    finding = failed(findings)
    assert (finding.id, finding.evidence["reason"]) == ("health.twirp", "clock")
    seconds = re.search(rf"(\d+) {words}", finding.title)
    assert seconds, finding.title
    # The answer is on its way for a while, too.
    assert int(seconds[1]) == pytest.approx(120, abs=30)
    assert "eyJ" not in json.dumps(finding.to_dict())
    assert as_result(target("ws://h"), findings).code == 1


def test_clock_two_minutes_off_and_still_accepted() -> None:
    with FakeServer(replies(HEALTHY, clock=120)) as server:
        findings = climb(server.url)
    twirp = next(f for f in findings if f.id == "health.twirp")
    assert twirp.status == "warn"
    assert "clocks differ" in twirp.title
    assert twirp.evidence["clock_skew_s"] == pytest.approx(120, abs=30)


# --- what a reverse proxy forgets


def test_twirp_is_not_routed() -> None:
    with FakeServer(replies({**HEALTHY, ROOMS: (404, {}, "404")})) as server:
        finding = failed(climb(server.url))
    assert finding.id == "health.twirp"
    assert "not routed to LiveKit" in finding.title


def test_rtc_is_not_routed() -> None:
    answers: dict[str, Answer | Handler] = {"/": (200, {}, "OK"), ROOMS: (200, JSON, "{}")}
    with FakeServer(replies(answers)) as server:
        finding = failed(climb(server.url))
    assert finding.id == "health.token"
    assert "/rtc is not routed to LiveKit" in finding.title


def test_upgrade_does_not_get_through() -> None:
    with FakeServer(replies({**HEALTHY, "/rtc": (404, {}, "")})) as server:
        finding = failed(climb(server.url))
    assert finding.id == "health.signal"
    assert "the WebSocket upgrade does not get through" in finding.title


OTHER_SERVERS: dict[str, dict[str, Answer | Handler]] = {
    "redis": {"/": (406, {}, "Not Ready")},
    "hangs": {"/": hang},
    "room service": {**HEALTHY, ROOMS: (500, JSON, "{}")},
    "room service hangs": {**HEALTHY, ROOMS: hang},
    "signalling": {**HEALTHY, "/rtc": (500, {}, "")},
    "signalling hangs": {**HEALTHY, "/rtc": hang},
}


@pytest.mark.parametrize("fault", OTHER_SERVERS)
def test_commands_about_the_project_are_for_its_own_server(fault: str) -> None:
    with FakeServer(replies(OTHER_SERVERS[fault])) as server:
        other = failed(climb(server.url, BRIEF)).fix
        own = Target(server.url, KeyPair(KEY, Secret(SECRET)), local=True)
        mine = failed(check(own, BRIEF, Reporter())).fix
    assert other
    assert other.command is None
    assert mine
    assert mine.command in ("lkm logs", "lkm status")
    assert mine.text == other.text


def test_command_that_climbs_again_names_the_server() -> None:
    url = "wss://h.example/a$(x)"
    pair = KeyPair(KEY, Secret(SECRET))
    options = Options(tcp=True)
    there = Climb(Target(url, pair), options, parse_url(url), Route(None, ""), "room")
    here = Climb(Target(url, pair, local=True), Options(), parse_url(url), Route(None, ""), "room")
    assert there.again("-v") == "lkm health --url 'wss://h.example/a$(x)' --tcp -v"
    assert here.again("--timeout", "60s") == "lkm health --timeout 60s"


@pytest.mark.parametrize(
    ("platform", "command"),
    [("darwin", "sudo sntp -sS time.apple.com"), ("linux", "timedatectl set-ntp true")],
)
def test_clock_is_set_with_what_the_system_has(
    monkeypatch: pytest.MonkeyPatch, platform: str, command: str
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    with FakeServer(replies({**HEALTHY, ROOMS: (401, {}, NOT_YET)}, clock=-120)) as server:
        refused = failed(climb(server.url)).fix
    with FakeServer(replies(HEALTHY, clock=120)) as server:
        twirp = next(f for f in climb(server.url) if f.id == "health.twirp")
    assert refused
    assert twirp.fix
    assert (refused.command, twirp.fix.command) == (command, command)


@pytest.mark.parametrize("where", ["/", ROOMS, "/rtc/validate", "/rtc"])
def test_each_rung_is_bounded(where: str) -> None:
    ids = {
        "/": "health.http",
        ROOMS: "health.twirp",
        "/rtc/validate": "health.token",
        "/rtc": "health.signal",
    }
    with FakeServer(replies({**HEALTHY, where: hang})) as server:
        finding = failed(climb(server.url, BRIEF))
    assert finding.id == ids[where]
    assert finding.seconds is not None


def test_upgraded_and_then_silent_is_bounded() -> None:
    with FakeServer(replies({**HEALTHY, "/rtc": upgrades(b"", stay=True)})) as server:
        finding = failed(climb(server.url, BRIEF))
    assert finding.id == "health.signal"
    assert finding.evidence["reason"] == "timeout"


def test_a_path_in_the_url_is_kept(livekit_server: Server) -> None:
    front = Front(livekit_server.port, strip="/livekit")
    with FakeServer(front) as server:
        assert _wrong(climb(f"{server.url}/livekit/")) == []
        assert failed(climb(server.url)).id == "health.http"


def test_auto_create_off(tmp_path: Path) -> None:
    port, tcp, udp = free_port(), free_port(), free_port(socket.SOCK_DGRAM)
    config = (
        f"port: {port}\nbind_addresses: [127.0.0.1]\nroom: {{auto_create: false}}\n"
        f"rtc: {{tcp_port: {tcp}, udp_port: {udp}, node_ip: 127.0.0.1, use_external_ip: false, "
        "enable_loopback_candidate: true, ips: {includes: [127.0.0.1/32]}}\n"
    )
    with running_server(tmp_path, config, wait_url=f"http://127.0.0.1:{port}/"):
        findings = climb(f"ws://127.0.0.1:{port}")
    assert _wrong(findings) == []
    assert "auto_create is off" in next(f for f in findings if f.id == "health.token").title


# --- the way


@pytest.fixture
def proxied(livekit_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectProxy]:
    with ConnectProxy(
        hosts={"livekit.test": ("127.0.0.1", livekit_server.port)}, user="me:proxy-pw"
    ) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        yield proxy


def test_every_rung_takes_the_proxy_and_says_so(proxied: ConnectProxy) -> None:
    findings = climb("ws://livekit.test:7880")
    assert _wrong(findings) == []
    assert {f.evidence["path"] for f in findings} == {f"proxy http://127.0.0.1:{proxied.port}"}
    # port, GET /, Twirp, validate, WebSocket, and the room's end
    assert proxied.asked == ["CONNECT livekit.test:7880 HTTP/1.1"] * 6
    assert "proxy-pw" not in json.dumps([f.to_dict() for f in findings])


def test_no_proxy_is_obeyed_on_the_first_rung(proxied: ConnectProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "livekit.test")
    finding = failed(climb("ws://livekit.test:7880", Options(timeout=3, media=False)))
    assert finding.evidence["path"] == "direct"
    assert proxied.asked == []


def test_loopback_takes_no_proxy(livekit_server: Server, proxied: ConnectProxy) -> None:
    assert {f.evidence["path"] for f in climb(livekit_server.url)} == {"direct"}
    assert proxied.asked == []


def test_proxy_that_refuses_is_the_first_rungs_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with ConnectProxy(refuse="403 Forbidden") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        finding = failed(climb("wss://livekit.test"))
        assert finding.id == "health.port"
        assert f"the proxy http://127.0.0.1:{proxy.port} (HTTPS_PROXY) refuses CONNECT" in finding.title
        assert finding.fix
        assert "NO_PROXY=livekit.test" in (finding.fix.command or "")


def test_a_hanging_proxy_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(hang) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
        finding = failed(climb("ws://livekit.test:7880", BRIEF))
    assert (finding.id, finding.evidence["reason"]) == ("health.port", "proxy")


def test_steps_tell_what_came_of_it(livekit_server: Server) -> None:
    reporter = Reporter()
    check(target(livekit_server.url), Options(until="http", timeout=60), reporter)
    check(target(f"ws://127.0.0.1:{free_port()}"), PATIENT, reporter)
    assert [step.status for step in reporter.steps] == ["ok", "fail"]
    assert reporter.steps[1].detail == "port failed"
