"""The verdict's own edges: to the second, per release, and for input of any kind."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livekit_migrate.core.errors import UsageError
from livekit_migrate.livekit.tokencheck import gojson
from livekit_migrate.livekit.tokencheck.gojson_walk import walk
from livekit_migrate.livekit.tokencheck.rules import rules_for
from livekit_migrate.livekit.tokencheck.verdict import Verdict, judge
from tests.fakes.tokens import HEAD, KEY, SECRET, body, cases, join, sign

NOW = 1_800_000_000


def verdict(version: str, token: str, *, now: float = NOW, secret: str | None = SECRET) -> Verdict:
    return judge(token, {KEY: secret} if secret else None, rules_for(version), now=now)


def first(version: str, token: str, *, now: float = NOW) -> str:
    found = verdict(version, token, now=now)
    return found.problems[0].id if found.problems else "ok"


@pytest.mark.parametrize(
    ("claim", "seconds", "golang_jwt", "go_jose"),
    [
        ("exp", -59, "ok", "ok"),
        ("exp", -60, "token.expired", "ok"),
        ("exp", -61, "token.expired", "token.expired"),
        ("nbf", 59, "ok", "ok"),
        ("nbf", 60, "ok", "ok"),
        ("nbf", 61, "token.not-yet", "token.not-yet"),
        ("iat", 60, "ok", "ok"),
        ("iat", 61, "ok", "token.issued-later"),
    ],
)
def test_the_leeway_to_the_second(claim: str, seconds: int, golang_jwt: str, go_jose: str) -> None:
    token = sign(HEAD, body(NOW, **{claim: NOW + seconds}))
    assert first("1.13.5", token) == golang_jwt
    assert first("1.11.0", token) == go_jose


def test_half_a_second_beyond_the_leeway_counts() -> None:
    token = sign(HEAD, body(NOW, exp=NOW))
    assert first("1.13.5", token, now=NOW + 59.9) == "ok"
    assert first("1.11.0", token, now=NOW + 60.5) == "token.expired"


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.8.4", "ok"),
        ("1.12.0", "ok"),
        ("1.13.5", "ok"),
        ("1.13.6", "token.no-exp"),
        ("2.0.0", "token.no-exp"),
    ],
)
def test_a_token_without_expiry_is_refused_since_1_13_6(version: str, reason: str) -> None:
    assert first(version, sign(HEAD, body(NOW, exp=...))) == reason


@pytest.mark.parametrize(("version", "reason"), [("1.12.0", "ok"), ("1.13.0", "token.algorithm")])
def test_hs512_went_with_go_jose(version: str, reason: str) -> None:
    assert first(version, sign({"alg": "HS512"}, body(NOW), by="HS512")) == reason


@pytest.mark.parametrize(("version", "reason"), [("1.9.0", "ok"), ("1.9.1", "token.no-room")])
def test_the_room_came_from_the_url_once(version: str, reason: str) -> None:
    assert first(version, sign(HEAD, body(NOW, {"roomJoin": True}))) == reason


@pytest.mark.parametrize(
    ("version", "field", "reason"),
    [
        ("1.11.0", {"agents": [{"deployment": "x"}]}, "token.claim-type"),
        ("1.12.0", {"agents": [{"deployment": "x"}]}, "ok"),
        ("1.9.0", {"metadata": "x"}, "token.claim-type"),
        ("1.9.1", {"metadata": "x"}, "ok"),
    ],
)
def test_older_servers_refuse_younger_fields(version: str, field: dict[str, object], reason: str) -> None:
    assert first(version, sign(HEAD, body(NOW, roomConfig=field))) == reason


def test_what_else_is_wrong_comes_after_the_reason() -> None:
    token = sign(HEAD, body(NOW, {"room": "demo"}, sub="", exp=NOW - 900), secret="another")
    ids = [problem.id for problem in verdict("1.13.5", token).problems]
    assert ids == ["token.signature", "token.expired", "token.no-join", "token.no-identity"]


def test_without_a_key_all_but_key_and_signature_is_judged() -> None:
    good, bad = sign(HEAD, body(NOW), secret="x"), sign(HEAD, body(NOW, join(room="")), secret="x")
    assert verdict("1.13.5", good, secret=None).accepted
    assert [problem.id for problem in verdict("1.13.5", bad, secret=None).problems] == ["token.no-room"]


@pytest.mark.parametrize(
    "head", [{"alg": "HS256", "jwk": {"kty": "oct", "k": "AA"}}, {"alg": "HS256", "x5c": ["x"]}]
)
def test_no_verdict_rather_than_a_wrong_one(head: dict[str, object]) -> None:
    old = verdict("1.11.0", sign(head, body(NOW)))
    assert old.unsure
    assert not old.accepted
    assert not old.validated
    assert verdict("1.13.5", sign(head, body(NOW))).accepted


@pytest.mark.parametrize("version", ["1.7.2", "0.0.0", "x", "1.13", "", "1.13.5-rc1", "٣.١.٤"])
def test_a_version_that_nothing_is_known_about(version: str) -> None:
    with pytest.raises(UsageError, match="--server-version"):
        rules_for(version)


def test_the_words_never_repeat_the_token() -> None:
    for name, token in cases(NOW).items():
        if len(token) < 40:
            continue
        for version in ("1.11.0", "1.13.5"):
            for problem in verdict(version, token).problems:
                assert token not in problem.said + problem.title, name


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{0,8}(\.[A-Za-z0-9_-]{0,8}){1,4}"))
def test_any_text_gets_a_verdict(text: str) -> None:
    for version in ("1.8.4", "1.13.5"):
        assert not verdict(version, text).accepted


JSON_BITS = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"a"',
        '"b"',
        "1",
        "-0",
        "1e5",
        "true",
        "null",
        " ",
        "01",
        "NaN",
        "1.",
        '"',
        "\\",
        "\n",
        "\x00",
        "é",
        '"\\u00e9"',
        '"\\ud83d\\ude00"',
        '"\\ud800"',
        '"\\x"',
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(JSON_BITS, max_size=8).map("".join))
def test_the_quick_way_to_read_json_is_the_slow_one(text: str) -> None:
    def read(reader: object) -> str:
        try:
            return repr(gojson.parse(text.encode()) if reader is gojson.parse else walk(text))
        except gojson.NotJsonError:
            return "refused"

    assert read(gojson.parse) == read(walk)


def test_a_megabyte_of_nesting_is_bounded() -> None:
    before = time.process_time()  # of this process alone: others may be at work
    with pytest.raises(gojson.NotJsonError, match="deeper"):
        gojson.parse(b"[" * 1_000_000)
    gojson.parse(b"[" + b"0," * 350_000 + b"0]")
    assert time.process_time() - before < 30, "far above what it takes, far below for ever"
