"""What people paste instead of a bare token."""

from __future__ import annotations

import json

import pytest

from livekit_migrate.core.errors import UsageError
from livekit_migrate.livekit.tokencheck.pasted import take
from tests.fakes.tokens import HEAD, body, sign

TOKEN = sign(HEAD, body(1_800_000_000))


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        (TOKEN, ()),
        (f"{TOKEN}\n", ()),
        (f"{TOKEN}\r\n", ("CRLF",)),
        (f"  {TOKEN}\t\n\n", ("white space around it",)),
        (f"\ufeff{TOKEN}", ("a byte order mark",)),
        (f'"{TOKEN}"', ("quotes",)),
        (f"'{TOKEN}'\n", ("quotes",)),
        (f"Bearer {TOKEN}", ("Bearer",)),
        (f"bearer   {TOKEN}", ("Bearer",)),
        (f"Authorization: Bearer {TOKEN}\r\n", ("CRLF", "the header's name", "Bearer")),
        (f'"Bearer {TOKEN}"', ("quotes", "Bearer")),
        (f"LIVEKIT_TOKEN={TOKEN}", ("the variable's name",)),
        (f"export LIVEKIT_TOKEN='{TOKEN}'", ("export", "the variable's name", "quotes")),
        (f"access_token={TOKEN}", ("the parameter's name",)),
        (f"access_token={TOKEN}&room=x", ("the parameter's name",)),
        (f"wss://h/rtc?protocol=15&access_token={TOKEN}&sdk=js", ("the URL around it",)),
        (f"https://meet.example.com/custom?liveKitUrl=x&token={TOKEN}", ("the URL around it",)),
        (f"/rtc?access_token={TOKEN}", ("the URL around it",)),
        (json.dumps({"token": TOKEN}), ("the JSON around token",)),
        (json.dumps({"serverUrl": "x", "participantToken": TOKEN}), ("the JSON around participantToken",)),
        (json.dumps({"data": {"token": TOKEN}}, indent=1), ("the JSON around token",)),
        (TOKEN.replace(".", "%2E"), ("percent encoding",)),
    ],
)
def test_the_token_within(text: str, stripped: tuple[str, ...]) -> None:
    found = take(text.encode(), "stdin")
    assert found.token == TOKEN
    assert found.stripped == stripped


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "token.none"),
        (" \r\n", "token.none"),
        ("undefined", "token.none"),
        ('{"error": "no"}', "token.none"),
        ("https://example.com/", "token.none"),
        ("{}", "token.promise"),
        ("[object Promise]", "token.promise"),
        (f"{TOKEN}\n{TOKEN}\n", "token.many"),
        ('{"iss": "API", "video": {}}', "token.claims"),
        ("a" * 1_048_577, "token.too-large"),
    ],
)
def test_no_token_within(text: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        take(text.encode(), "stdin")
    assert caught.value.code == code
    assert TOKEN not in f"{caught.value.message}{caught.value.detail}"


@pytest.mark.parametrize(
    "text", ["a b c", "not-a-token", "\x00", '{"token": 5', "x.y", '"', "Bearer", "é.ü.ß"]
)
def test_what_is_no_token_is_left_to_the_verdict(text: str) -> None:
    assert take(text.encode(), "stdin").token == text.strip()


def test_bytes_that_are_not_utf8() -> None:
    assert take(b"\xff\xfe.a.b", "stdin").token
