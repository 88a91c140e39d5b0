"""What looks wrong about a token, each for a token that has it and not for a good one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from livekit_migrate.livekit.tokencheck import report, words
from livekit_migrate.livekit.tokencheck.rules import rules_for
from tests.fakes.tokens import HEAD, body, doubled, join, sign

NOW = 1_800_000_000
OWN = "own-secret-0123456789abcdefghijklmnop"


def ids(token: str, version: str = "1.13.5") -> set[str]:
    by = rules_for(version)
    parts = report.read(token, by)
    assert not isinstance(parts, str), parts
    return {found.id.removeprefix("token.") for found in report.of_reading(token, parts, by, NOW, (OWN,))}


def claims(video: Any = None, /, **changes: Any) -> str:
    return sign(HEAD, body(NOW, video, **changes))


def test_nothing_is_wrong_with_a_good_one() -> None:
    assert ids(claims(join(canPublishSources=["camera"]), name="Ada", attributes={"role": "host"})) == set()


@pytest.mark.parametrize(
    ("expected", "token"),
    [
        ("snake-case", claims({"room_join": True, "room": "demo"})),
        ("snake-case", claims(room_config={})),
        ("case", claims({"roomjoin": True, "room": "demo"})),
        ("unknown-grant", claims(join(canPublishVideo=True))),
        ("top-level-grant", claims({}, roomJoin=True)),
        ("top-level-grant", claims({}, can_publish=True)),
        ("top-level-grant", claims({}, room="demo")),
        ("top-level-grant", claims(..., videoGrants=join())),
        ("no-grants", claims(...)),
        ("no-join", claims({"room": "demo"})),
        ("no-identity", claims(sub="")),
        ("identity-claim", claims(sub=..., identity="ada")),
        ("identity-from-jti", claims(sub=..., jti="ada")),
        ("no-room", claims({"roomJoin": True})),
        ("key-unknown", claims(iss="")),
        ("no-exp", claims(exp=...)),
        ("long-lived", claims(exp=NOW + 31 * 86400)),
        ("long-lived", claims(exp=NOW * 1000)),
        ("expired", claims(exp=NOW - 86400 * 3)),
        ("leeway", claims(exp=NOW - 30)),
        ("leeway", claims(nbf=NOW + 30)),
        ("not-yet", claims(nbf=NOW + 90)),
        ("date-as-text", claims(exp=str(NOW + 60))),
        ("algorithm", sign({"alg": "none"}, body(NOW))),
        ("algorithm", sign({"alg": "RS256"}, body(NOW))),
        ("unsigned", ".".join([*claims().split(".")[:2], ""])),
        ("claim-type", claims(join(canPublish="yes"))),
        ("wildcard-room", claims(join(room="team-*"))),
        ("odd-name", claims(join(room="demo "))),
        ("odd-name", claims(sub="ada\u202e")),
        ("admin-no-room", claims({"roomAdmin": True})),
        ("broad", claims(join(roomCreate=True, roomList=True))),
        ("sources", claims(join(canPublish=False, canPublishSources=["camera"]))),
        ("sources", claims(join(canPublishSources=["webcam"]))),
        ("kind", claims(kind="robot")),
        ("secret", claims(metadata='{"password": "hunter22"}')),
        ("secret", claims(attributes={"aws": "AKIA0123456789ABCDEF"})),
        ("secret", claims(metadata=claims())),
        ("own-secret", claims(attributes={"x": f"key {OWN}"})),
        ("email", claims(metadata='{"mail": "ada@example.com"}')),
        ("name-length", claims(name="n" * 257)),
        ("large", claims(metadata="m" * 8000)),
        ("twice", sign(HEAD, doubled(NOW, '"sub": "bob"'))),
        (
            "room-config-credentials",
            claims(roomConfig={"egress": {"room": {"fileOutputs": [{"s3": {"secret": "x"}}]}}}),
        ),
    ],
)
def test_what_looks_wrong(expected: str, token: str) -> None:
    assert expected in ids(token)


def test_a_room_that_only_old_servers_leave_open() -> None:
    token = claims({"roomJoin": True})
    assert "any-room" in ids(token, "1.9.0")
    assert "any-room" not in ids(token, "1.9.1")


def test_a_grant_that_the_server_does_not_know_yet() -> None:
    token = claims(join(canManageAgentSession=True))
    assert "unknown-grant" in ids(token, "1.11.0")
    assert "unknown-grant" not in ids(token, "1.12.0")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"exp": NOW + 6 * 3600 - 60}, "expires in 5 h 59 min"),
        ({"exp": NOW - 3 * 86400}, "expired 3 days ago"),
        ({"exp": NOW - 40}, "expired 40 s ago"),
        ({"exp": ...}, "never expires"),
        ({"nbf": NOW + 600}, "not before"),
        ({"exp": NOW + 3 * 365 * 86400}, "expires in 2 years"),
        ({"exp": 9e17}, "expires in ages"),
    ],
)
def test_times_in_words(changes: dict[str, Any], line: str) -> None:
    parts = report.read(claims(**changes), rules_for("1.13.5"))
    assert not isinstance(parts, str)
    assert any(said.startswith(line) for said in words.times(parts.decoded.values, NOW))


@pytest.mark.parametrize(
    ("video", "more", "expected"),
    [
        (
            join(),
            {},
            ["join the room demo as ada", "publish camera, microphone, screen, anything", "send data"],
        ),
        (join(canPublish=False), {}, ["not publish tracks", "subscribe to tracks", "not send data"]),
        (join(canPublish=False, canPublishData=True), {}, ["not publish tracks", "send data"]),
        (join(canPublishSources=["camera"]), {}, ["publish camera, nothing else"]),
        (
            join(canSubscribe=False, hidden=True),
            {},
            ["not subscribe to tracks", "stay invisible to the others"],
        ),
        (
            {"roomAdmin": True, "room": "demo"},
            {},
            ["moderate the room demo: list, mute and remove participants"],
        ),
        ({"roomCreate": True}, {}, ["create and delete rooms, any"]),
        (..., {"sip": {"call": True}}, ["make SIP calls"]),
        ({}, {}, ["nothing that LiveKit knows"]),
        (join(roomjoin=False), {}, ["nothing that LiveKit knows"]),
    ],
)
def test_what_it_may_do_in_words(video: Any, more: dict[str, Any], expected: list[str]) -> None:
    parts = report.read(claims(video, **more), rules_for("1.13.5"))
    assert not isinstance(parts, str)
    said = words.abilities(parts.decoded.values)
    assert [line for line in expected if line not in said] == []


def test_any_jwt_can_be_read() -> None:
    token = sign({"alg": "RS256", "kid": "1"}, {"sub": "1234567890", "admin": True, "scope": ["a"]})
    parts = report.read(token, rules_for("1.13.5"))
    assert not isinstance(parts, str)
    assert [name.strip() for name, _ in report.rows(parts.payload)] == ["sub", "admin", "scope"]
    assert {"algorithm", "no-grants", "no-exp", "key-unknown"} <= ids(token)


def test_all_that_is_shown_can_be_printed() -> None:
    nested: Any = "x"
    for _ in range(60):
        nested = {"a": nested}
    token = sign(HEAD, body(NOW, name="\ud800\x1b[31m", deep=nested, big=10**30, huge=10**400))
    parts = report.read(token, rules_for("1.13.5"))
    assert not isinstance(parts, str)
    assert json.dumps(report.plain(parts.payload), allow_nan=False, ensure_ascii=False).encode()
    for name, value in report.rows(parts.payload):
        assert "\x1b" not in name + value
        assert (name + value).isprintable()
