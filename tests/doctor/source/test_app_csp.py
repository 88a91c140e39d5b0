"""Policies wherever they are written, against the two schemes that a client uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.doctor.checks.app_csp import problems
from livekit_migrate.doctor.source.csp import Policy, allows
from tests.doctor.source.small import said

ENV = {".env": "NEXT_PUBLIC_LIVEKIT_URL=wss://call.example.com\n"}
NO_WSS = "the content security policy does not let pages reach wss://call.example.com"
NO_HTTPS = "the content security policy does not let pages reach https://call.example.com"
NONE = f"{NO_WSS} and https://call.example.com"


def header(policy: str) -> dict[str, str]:
    code = (
        "module.exports = {{ async headers() {{ return [{{ source: '/(.*)', headers: [\n"
        "  {{ key: 'Content-Security-Policy', value: {} }},\n] }}]; }} }};\n"
    )
    return {"next.config.js": code.format(policy), **ENV}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (header('"connect-src https://call.example.com"'), [f"fail next.config.js:2 {NO_WSS}"]),
        (header('"connect-src wss://call.example.com"'), [f"warn next.config.js:2 {NO_HTTPS}"]),
        (header('"connect-src wss://call.example.com https://call.example.com"'), []),
        (header('"connect-src wss: https:"'), []),
        (header("\"connect-src *; default-src 'none'\""), []),
        (header('"default-src https://a.example"'), [f"fail next.config.js:2 {NONE}"]),
        (header('"script-src https://a.example"'), []),
        # 'self' is enough where a proxy puts the server behind the page's own address
        (header("\"connect-src 'self'\""), []),
        (
            header('["script-src *", "connect-src https://x.example"].join(\'; \')'),
            [f"fail next.config.js:2 {NONE}"],
        ),
        (header("`connect-src ${process.env.LIVEKIT_WSS} https://x.example`"), []),
        (header("`connect-src ${host.replace('a', 'b')}`"), []),
        (
            {
                "a.ts": "const host = 'https://x.example';\nconst csp = `connect-src ${host}`;\n"
                "res.setHeader('Content-Security-Policy', csp);",
                **ENV,
            },
            [f"fail a.ts:3 {NONE}"],
        ),
        (
            {
                "a.ts": "app.use(helmet({ contentSecurityPolicy: { directives: {\n"
                "connectSrc: ['https://call.example.com'] } } }));",
                **ENV,
            },
            [f"fail a.ts:2 {NO_WSS}"],
        ),
        (
            {
                "index.html": (
                    '<html>\n<meta http-equiv="Content-Security-Policy" content="connect-src '
                    'wss://call.example.com">'
                ),
                **ENV,
            },
            [f"warn index.html:2 {NO_HTTPS}"],
        ),
        (
            {
                "nginx.conf": (
                    'server {\n  add_header Content-Security-Policy "connect-src '
                    'https://a.example" always;\n}'
                ),
                **ENV,
            },
            [f"fail nginx.conf:2 {NONE}"],
        ),
        (
            {
                "Caddyfile": 'call.example.com {\n  header Content-Security-Policy "connect-src {$HOST}"\n}',
                **ENV,
            },
            [],
        ),
        # the policy itself names LiveKit
        (
            {"a.js": "res.setHeader('Content-Security-Policy', 'connect-src https://*.livekit.cloud')"},
            ["fail a.js:1 the content security policy does not let pages reach wss://*.livekit.cloud"],
        ),
        (
            {
                "a.js": (
                    "res.setHeader('Content-Security-Policy', 'connect-src https://*.livekit.cloud "
                    "wss://*.livekit.cloud')"
                )
            },
            [],
        ),
        # nothing is known of the server's address
        ({"a.js": "res.setHeader('Content-Security-Policy', 'connect-src https://a.example')"}, []),
    ],
)
def test_what_a_policy_lets_through(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert said(problems, tmp_path, files) == expected


@pytest.mark.parametrize(
    ("source", "scheme", "host", "expected"),
    [
        ("wss://a.b", "wss", "a.b", True),
        ("wss://a.b", "https", "a.b", False),
        ("ws://a.b", "wss", "a.b", True),
        ("a.b", "https", "a.b", None),
        ("a.b", "wss", "a.b", None),
        ("wss://*.b", "wss", "a.b", True),
        ("wss://*.b", "wss", "b", False),
        ("wss://a.b", "wss", "a.b:7443", False),
        ("wss://a.b:*", "wss", "a.b:7443", True),
        ("wss://a.b:7443", "wss", "a.b:7443", True),
        ("'self'", "wss", "a.b", None),
        ("wss://?", "wss", "a.b", None),
        ("'none'", "wss", "a.b", False),
    ],
)
def test_one_source(source: str, scheme: str, host: str, expected: bool | None) -> None:
    assert allows(Policy("a", 1, None, "connect-src", (source,)), scheme, host) is expected
