"""Rights, rooms and lives of signed tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.doctor.checks import security_email_identity, security_token_grants
from tests.doctor.source.small import said

SDK = 'import { AccessToken } from "livekit-server-sdk";\n'
ROUTE = (
    'app.get("/t", async (req, res) => {{\n  const at = new AccessToken(k, s, {{ {options} }});\n'
    "  at.addGrant({grant});\n  res.json(await at.toJwt());\n}});\n"
)


@pytest.mark.parametrize(
    ("options", "grant", "expected"),
    [
        ("identity: 'a'", "{ roomJoin: true, room: 'r', canPublish: true }", []),
        (
            "identity: 'a'",
            "{ roomJoin: true, room: 'r', roomAdmin: true }",
            ["warn a.ts:4 everybody who joins gets `roomAdmin`"],
        ),
        (
            "identity: 'a'",
            "{ roomJoin: true, room: 'r', roomCreate: true, roomList: true }",
            [
                "warn a.ts:4 everybody who joins gets `roomCreate`",
                "warn a.ts:4 everybody who joins gets `roomList`",
            ],
        ),
        ("identity: 'a'", "{ roomJoin: true, room: 'r', roomAdmin: isHost }", []),
        ("", "{ roomList: true, roomCreate: true }", []),
        (
            "identity: 'a'",
            "{ roomJoin: true }",
            ["fail a.ts:4 a token to join, but for no room: the server refuses it"],
        ),
        ("identity: 'a'", "{ roomJoin: true, ...rest }", []),
        (
            "identity: 'a', ttl: '30d'",
            "{ roomJoin: true, room }",
            ["warn a.ts:3 tokens are valid for 30 days"],
        ),
        (
            "identity: 'a', ttl: 36 * 60 * 60",
            "{ roomJoin: true, room }",
            ["warn a.ts:3 tokens are valid for 36 hours"],
        ),
        ("identity: 'a', ttl: '6h'", "{ roomJoin: true, room }", []),
        ("identity: 'a', ttl: process.env.TTL", "{ roomJoin: true, room }", []),
    ],
)
def test_what_a_token_allows(tmp_path: Path, options: str, grant: str, expected: list[str]) -> None:
    code = SDK + ROUTE.format(options=options, grant=grant)
    assert said(security_token_grants.problems, tmp_path, {"a.ts": code}) == expected


def test_a_grant_and_a_ttl_from_another_file(tmp_path: Path) -> None:
    files = {
        "config.ts": (
            "export const TTL = '7d';\nexport const GRANT = { roomJoin: true, room: 'r', roomAdmin: true };\n"
        ),
        "a.ts": 'import { TTL, GRANT as grant } from "./config";\n'
        + SDK
        + ROUTE.format(options="identity: 'a', ttl: TTL", grant="grant"),
    }
    assert said(security_token_grants.problems, tmp_path, files) == [
        "warn a.ts:4 tokens are valid for 7 days",
        "warn config.ts:2 everybody who joins gets `roomAdmin`",
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            "identity: session.user.email",
            ["warn a.ts:3 an e-mail address becomes the identity that all participants see"],
        ),
        ("identity: user.id, name: user.name", []),
        (
            "identity: user.id, metadata: JSON.stringify({ email: user.email })",
            ["warn a.ts:3 an e-mail address becomes the metadata that all participants see"],
        ),
        ("identity: hash(user.email)", []),
        ("identity: user.emailVerified ? 'a' : 'b'", []),
        (
            "identity: `user-${email}`",
            ["warn a.ts:3 an e-mail address becomes the identity that all participants see"],
        ),
    ],
)
def test_addresses(tmp_path: Path, options: str, expected: list[str]) -> None:
    code = SDK + ROUTE.format(options=options, grant="{ roomJoin: true, room }")
    assert said(security_email_identity.problems, tmp_path, {"a.ts": code}) == expected


def test_a_grant_that_is_put_together_before_it_is_given(tmp_path: Path) -> None:
    code = (
        SDK + "app.get('/t', async (req, res) => {\n  const at = new AccessToken(k, s, { identity: 'a' });\n"
        "  const grant = { roomJoin: true };\n  grant.room = req.query.room;\n  grant.roomAdmin = true;\n"
        "  at.addGrant(grant);\n  res.json(await at.toJwt());\n});\n"
    )
    assert said(security_token_grants.problems, tmp_path, {"a.ts": code}) == [
        "warn a.ts:6 everybody who joins gets `roomAdmin`"
    ]
