"""URLs, the proxy decision, trust, and connections that end in time."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from livekit_migrate.core.endpoint import Endpoint, Route, parse_url, route_to
from livekit_migrate.core.errors import ConfigError, UsageError
from livekit_migrate.core.net import clock_skew, connect, speaks_tls, tls_context
from livekit_migrate.core.stream import NetError
from livekit_migrate.core.wire import exchange

from ..conftest import free_port
from ..fakes.proxy import ConnectProxy
from ..fakes.server import CA, FakeServer, replies

DIRECT = Route(None, "test")


def soon(seconds: float = 60) -> float:
    return time.monotonic() + seconds


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("ws://127.0.0.1:7880", Endpoint(False, "127.0.0.1", 7880)),
        ("wss://livekit.example.com", Endpoint(True, "livekit.example.com", 443)),
        ("http://livekit.example.com/", Endpoint(False, "livekit.example.com", 80)),
        ("https://Example.com:8443/livekit/", Endpoint(True, "example.com", 8443, "/livekit")),
        ("localhost:7880", Endpoint(False, "localhost", 7880)),
        ("livekit", Endpoint(False, "livekit", 7880)),
        ("ws://[::1]:7880", Endpoint(False, "::1", 7880)),
        ("[2001:db8::1]:7880", Endpoint(False, "2001:db8::1", 7880)),
        ("::1", Endpoint(False, "::1", 7880)),
        ("wss://user:pass-word@h.example", Endpoint(True, "h.example", 443)),
        ("ws://bücher.example", Endpoint(False, "xn--bcher-kva.example", 80)),
    ],
)
def test_url_is_read(text: str, endpoint: Endpoint) -> None:
    assert parse_url(text) == endpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "ftp://h",
        "ws://",
        "ws://h:0",
        "ws://h:70000",
        "ws://h:x",
        "h h",
        "ws://h?a=1",
        "ws://[::1",
        "//h",
    ],
)
def test_bad_url_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_url(text)
    assert caught.value.exit_code == 2
    assert "ws://" in caught.value.hint


def test_password_of_a_bad_url_is_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        parse_url("ftp://somebody:hunter2hunter2@h")
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "user:hunter2secret@host:notaport",
        "ws://user:hun/ter2secret@host:7880",
        "ws://user:hun@ter2secret@host:notaport",
        "ws://user:hun?ter2secret@host",
        "ws://us@er:hunter2secret@host:x",
        "ws://user:12/hunter2secret@host",
        "user:hunter2://secret@host",
    ],
)
def test_no_part_of_a_password_is_in_the_error(text: str) -> None:
    with pytest.raises(UsageError) as bad:
        parse_url(text)
    with pytest.raises(ConfigError) as worse:
        route_to(parse_url("wss://h"), env={"HTTPS_PROXY": text.replace("ws://", "http://")})
    for message in (bad.value.message, worse.value.message):
        assert "hun" not in message
        assert "ter2" not in message
        assert "secret" not in message
        assert "host" in message


def test_what_a_proxy_cannot_mean_is_no_host_by_accident() -> None:
    # Read as a URL, the host is `user` and its port 12: the first half of the password.
    with pytest.raises(ConfigError, match=r"HTTPS_PROXY.*@"):
        route_to(parse_url("wss://h"), env={"HTTPS_PROXY": "http://user:12/34@proxy:3128"})


def test_endpoint_shows_ipv6_in_brackets_and_leaves_default_ports_out() -> None:
    assert parse_url("wss://[2001:db8::1]/x").ws == "wss://[2001:db8::1]/x"
    assert parse_url("ws://h:7880").http == "http://h:7880"


P = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("url", "env", "route"),
    [
        ("ws://127.0.0.1:7880", {"HTTP_PROXY": P, "ALL_PROXY": P}, "direct"),
        ("ws://localhost:7880", {"HTTP_PROXY": P}, "direct"),
        ("ws://[::1]:7880", {"HTTP_PROXY": P}, "direct"),
        ("ws://a.localhost", {"http_proxy": P}, "direct"),
        ("wss://livekit.example.com", {}, "direct"),
        ("wss://livekit.example.com", {"HTTPS_PROXY": P}, f"proxy {P}"),
        ("wss://livekit.example.com", {"https_proxy": P}, f"proxy {P}"),
        ("wss://livekit.example.com", {"HTTP_PROXY": P}, "direct"),
        ("ws://livekit.example.com", {"HTTP_PROXY": P}, f"proxy {P}"),
        ("ws://livekit.example.com", {"ALL_PROXY": "proxy.example:3128"}, f"proxy {P}"),
        ("wss://h", {"HTTPS_PROXY": "http://u:secret-pw@proxy.example:3128"}, f"proxy {P}"),
        ("wss://h", {"HTTPS_PROXY": P, "NO_PROXY": "*"}, "direct"),
        ("wss://a.example.com", {"HTTPS_PROXY": P, "NO_PROXY": "other, example.com"}, "direct"),
        ("wss://a.example.com", {"HTTPS_PROXY": P, "no_proxy": ".example.com"}, "direct"),
        ("wss://a.example.com", {"HTTPS_PROXY": P, "no_proxy": "*.example.com"}, "direct"),
        ("wss://badexample.com", {"HTTPS_PROXY": P, "NO_PROXY": "example.com"}, f"proxy {P}"),
        ("wss://h:8443", {"HTTPS_PROXY": P, "NO_PROXY": "h:8443"}, "direct"),
        ("wss://h", {"HTTPS_PROXY": P, "NO_PROXY": "h:8443"}, f"proxy {P}"),
        ("ws://10.1.2.3", {"HTTP_PROXY": P, "NO_PROXY": "10.0.0.0/8"}, "direct"),
        ("ws://11.1.2.3", {"HTTP_PROXY": P, "NO_PROXY": "10.0.0.0/8"}, f"proxy {P}"),
        ("ws://[2001:db8::1]", {"HTTP_PROXY": P, "NO_PROXY": "2001:db8::/32"}, "direct"),
    ],
)
def test_proxy_decision(url: str, env: dict[str, str], route: str) -> None:
    assert str(route_to(parse_url(url), env=env)) == route


def test_the_projects_own_stack_never_uses_a_proxy() -> None:
    assert str(route_to(parse_url("ws://mybox:7880"), local=True, env={"HTTP_PROXY": P})) == "direct"


@pytest.mark.parametrize("value", ["socks5://u:secret-pw@h:1080", "http://", "http://h:port"])
def test_proxy_that_cannot_be_used_is_named(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        route_to(parse_url("wss://h"), env={"ALL_PROXY": value})
    assert "ALL_PROXY" in caught.value.message
    assert "secret-pw" not in caught.value.message


def test_tunnel_gives_the_proxy_its_user_and_password() -> None:
    with FakeServer(replies({"/": (200, {}, "OK")})) as server, ConnectProxy(user="u:p w") as proxy:
        env = {"HTTP_PROXY": proxy.url.replace("p w", "p%20w")}
        endpoint = Endpoint(False, "livekit.test", 7880)
        proxy._hosts["livekit.test"] = ("127.0.0.1", server.port)
        answer = exchange(endpoint, route_to(endpoint, env=env), "/", soon())
        assert (answer.status, answer.text) == (200, "OK")
        assert proxy.asked == ["CONNECT livekit.test:7880 HTTP/1.1"]


@pytest.mark.parametrize(
    ("options", "text"),
    [({"refuse": "403 Forbidden"}, "403 Forbidden"), ({"user": "u:pw"}, "wants a user and password")],
)
def test_proxy_that_refuses_is_named(options: dict[str, str], text: str) -> None:
    with ConnectProxy(**options) as proxy:  # type: ignore[arg-type]
        env = {"HTTP_PROXY": f"http://127.0.0.1:{proxy.port}"}
        endpoint = Endpoint(False, "livekit.test", 7880)
        with pytest.raises(NetError, match=text) as caught:
            connect(endpoint, route_to(endpoint, env=env), soon())
        assert caught.value.kind == "proxy"
        assert "HTTP_PROXY" in caught.value.text


def test_dead_proxy_is_told_from_a_dead_server() -> None:
    endpoint = Endpoint(False, "livekit.test", 7880)
    with pytest.raises(NetError) as caught:
        connect(endpoint, route_to(endpoint, env={"HTTP_PROXY": f"http://127.0.0.1:{free_port()}"}), soon())
    assert caught.value.kind == "proxy"
    assert "refused" in caught.value.text


def test_ssl_cert_file_decides_what_is_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with FakeServer(replies({"/": (200, {}, "OK")}), tls=True) as server:
        endpoint = Endpoint(True, "localhost", server.port)
        monkeypatch.delenv("SSL_CERT_DIR", raising=False)
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        with pytest.raises(NetError) as caught:
            exchange(endpoint, DIRECT, "/", soon())
        assert caught.value.kind == "tls-cert"
        monkeypatch.setenv("SSL_CERT_FILE", str(CA))
        assert exchange(endpoint, DIRECT, "/", soon()).status == 200
        with ConnectProxy(hosts={"other.test": ("127.0.0.1", server.port)}) as proxy:
            other = Endpoint(True, "other.test", 443)
            with pytest.raises(NetError, match=r"not trusted: .*other\.test"):
                exchange(other, route_to(other, env={"HTTPS_PROXY": proxy.url}), "/", soon())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match=r"SSL_CERT_FILE: .*none\.pem: no such file"):
        tls_context()
    (tmp_path / "none.pem").write_text("nothing")
    with pytest.raises(ConfigError, match="holds no certificate"):
        tls_context()


def test_plain_and_tls_are_told_apart() -> None:
    with FakeServer(replies({})) as plain, FakeServer(replies({}), tls=True) as secure:
        assert not speaks_tls(Endpoint(False, "127.0.0.1", plain.port), DIRECT, soon())
        assert speaks_tls(Endpoint(False, "127.0.0.1", secure.port), DIRECT, soon())
        with pytest.raises(NetError) as caught:
            connect(Endpoint(True, "127.0.0.1", plain.port), DIRECT, soon())
        assert caught.value.kind == "tls-plain"


def test_an_answer_in_drips_ends_at_the_deadline() -> None:
    # One byte at a time restarts a per-read limit again and again; the deadline must be for the whole.
    def drip(connection: socket.socket) -> None:
        connection.recv(1024)
        while True:
            connection.sendall(b"H")
            time.sleep(0.01)

    with FakeServer(drip) as server, pytest.raises(NetError) as caught:
        exchange(Endpoint(False, "127.0.0.1", server.port), DIRECT, "/", soon(0.3))
    assert caught.value.kind in ("timeout", "garbage")


def test_name_that_does_not_resolve() -> None:
    with pytest.raises(NetError) as caught:
        connect(
            Endpoint(False, "no-such-host.invalid", 7880), DIRECT, soon(5)
        )  # where no name server is, too
    assert caught.value.kind == "dns"


def test_second_address_is_tried_when_the_first_refuses() -> None:
    # localhost is ::1 and 127.0.0.1 on most machines; the fake listens on one of them only.
    with FakeServer(replies({"/": (200, {}, "OK")})) as server:
        assert exchange(Endpoint(False, "localhost", server.port), DIRECT, "/", soon()).status == 200


def test_clock_skew() -> None:
    assert clock_skew("Thu, 01 Jan 1970 00:02:00 GMT", 0.0) == 120
    assert clock_skew("yesterday", 0.0) is None
    assert clock_skew(None, 0.0) is None
