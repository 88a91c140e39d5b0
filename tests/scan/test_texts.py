"""What is no source code: which lines of it speak of Mediasoup or go with it."""

from __future__ import annotations

import pytest

from livekit_migrate.scan.kinds import kind_of, worth_reading
from livekit_migrate.scan.texts import read_text


def hits(path: str, text: str) -> list[tuple[int, str, str]]:
    return [(hit.line, hit.why, hit.word) for hit in read_text(path, text.encode()).hits]


@pytest.mark.parametrize(
    ("path", "head", "kind"),
    [
        ("apps/web/package.json", "", "manifest"),
        ("native/Cargo.toml", "", "manifest"),
        ("app/pubspec.yaml", "", "manifest"),
        ("requirements-dev.txt", "", "manifest"),
        ("pnpm-lock.yaml", "", "lockfile"),
        ("bun.lock", "", "lockfile"),
        ("Dockerfile.prod", "", "docker"),
        ("docker/sfu.dockerfile", "", "docker"),
        ("docker-compose.prod.yml", "", "compose"),
        ("compose.yaml", "", "compose"),
        ("infra/stack.yml", "", "compose"),
        ("deploy/sfu.yaml", "apiVersion: apps/v1\nkind: Deployment\n", "k8s"),
        ("charts/app/values.yaml", "", "k8s"),
        ("k8s/app/templates/_helpers.tpl", "", "k8s"),
        (".env.production", "", "env"),
        ("env.example", "", "env"),
        ("nginx/default.conf", "", "proxy"),
        ("site.conf", "upstream sfu {\n", "proxy"),
        ("Caddyfile", "", "proxy"),
        ("turnserver.conf", "", "turn"),
        (".github/workflows/ci.yml", "", "ci"),
        (".gitlab-ci.yml", "", "ci"),
        ("docs/sfu.md", "", "docs"),
        ("start.sh", "", "script"),
        ("main.tf", "", "terraform"),
        ("tsconfig.json", "", "config"),
        ("bot/main.py", "", "code"),
        ("LICENSE", "", "other"),
        ("src/environment.ts", "", "other"),
    ],
)
def test_kinds(path: str, head: str, kind: str) -> None:
    assert kind_of(path, head) == kind


def test_pictures_are_not_read() -> None:
    assert not worth_reading("a/logo.PNG")
    assert worth_reading("Makefile")
    assert read_text("data", b"mediasoup\0\1\2").hits == ()


def test_a_variables_value_is_never_kept() -> None:
    found = read_text(".env", b"TURN_SECRET=hunter2\nMEDIASOUP_ANNOUNCED_IP=203.0.113.7\nDATABASE_URL=x\n")
    assert [(hit.line, hit.why, hit.word) for hit in found.hits] == [
        (1, "variable", "TURN_SECRET"),
        (2, "word", "mediasoup"),
        (2, "variable", "MEDIASOUP_ANNOUNCED_IP"),
    ]
    assert "hunter2" not in repr(found)
    assert "203.0.113.7" not in repr(found)


def test_compose_has_ports_host_network_and_coturn() -> None:
    text = (
        "services:\n  sfu:\n    network_mode: host\n    # 50000-50100:50000-50100\n    ports:\n"
        "      - '40000-49999:40000-49999/udp'\n      - '3000-3002:3000-3002'\n  turn:\n    image: "
        "coturn/coturn\n"
    )
    assert hits("docker-compose.yml", text) == [
        (3, "host-network", "host network"),
        (6, "ports", "40000-49999"),
        (9, "coturn", "coturn"),
    ]


def test_an_image_installs_a_compiler() -> None:
    text = (
        "FROM node:20\nRUN apt-get install -y python3 \\\n    g++\nCMD python3 x.py\nEXPOSE 10000-10100/udp\n"
    )
    assert [(line, why) for line, why, _ in hits("Dockerfile", text)] == [
        (2, "build-tools"),
        (3, "build-tools"),
        (5, "ports"),
    ]


def test_a_proxy_has_upgrades_and_policies() -> None:
    text = (
        "server {\n  location /ws {\n    proxy_set_header Upgrade $http_upgrade;\n  }\n"
        "  add_header Content-Security-Policy \"connect-src 'self' wss:\";\n}\n"
    )
    assert [(line, why) for line, why, _ in hits("nginx.conf", text)] == [(3, "upgrade"), (5, "csp")]


def test_lockfiles_and_documents_are_searched_for_the_word_alone() -> None:
    assert hits("yarn.lock", 'a\n"mediasoup@^3":\n  x "mediasoup/mediasoup"\n') == [
        (2, "word", "mediasoup"),
        (3, "word", "mediasoup"),
    ]
    assert hits("README.md", "# SFU_URL\nMediaSoup is fine, 40000-49999\n") == [(2, "word", "mediasoup")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings(encoding: str) -> None:
    data = "one\r\nmediasoup\r\n".encode(encoding)
    found = read_text("README.md", data)
    assert [hit.line for hit in found.hits] == ([] if encoding == "utf-16-le" else [2])


def test_a_document_that_speaks_of_nothing_else_is_cut() -> None:
    found = read_text("CHANGES.md", b"mediasoup\n" * 1000)
    assert (len(found.hits), found.more) == (400, 600)


@pytest.mark.parametrize(
    "line",
    ["x" * 400_000, "A" * 200_000 + "_", "  " + "ab " * 100_000 + "$", "1-" * 200_000, "[" * 200_000],
)
@pytest.mark.parametrize("name", ["Dockerfile", "compose.yml", ".env", "nginx.conf", "a.json", "README.md"])
def test_long_lines_take_no_time_to_speak_of(name: str, line: str) -> None:
    # Without a bound on its length such a line would take minutes; pytest's own timeout would say so.
    assert read_text(name, line.encode()).kind
