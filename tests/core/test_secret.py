"""The mask: no secret comes through in any dress, and ordinary text does."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from livekit_migrate.core import secret
from livekit_migrate.core.result import Finding, Result
from livekit_migrate.core.secret import MASK, Secret, redact, redact_value
from livekit_migrate.ui.json import dumps

CANARY = "canary-Wx2-secret-value-0123456789abc"
AWKWARD = "q\"uote'd$ back\\slash\nnew/line+ü&="


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "_known", set())


def test_a_secret_does_not_print_itself() -> None:
    value = Secret(CANARY)
    assert CANARY not in f"{value} {value!r} {[value]}"
    assert value.reveal() == CANARY
    assert value == Secret(CANARY)
    assert value != CANARY
    assert bool(Secret("")) is False


def test_a_canary_is_found_anywhere_in_json() -> None:
    Secret(CANARY)
    nested = {"a": [{"b": (f"x {CANARY} y", 1, None, True)}], "c": {"d": {"e": CANARY}}}
    assert CANARY not in json.dumps(redact_value(nested))
    assert redact_value(nested)["a"][0]["b"] == [f"x {MASK} y", 1, None, True]
    result = Result(
        "test", findings=[Finding("f", "ok", CANARY, evidence={"x": [CANARY]})], data={"y": CANARY}
    )
    assert CANARY not in dumps(result)
    asked = Result("test", data={"secret": CANARY, "other": CANARY}, revealed=frozenset({"secret"}))
    assert dumps(asked).count(CANARY) == 1


@pytest.mark.parametrize(
    "dress",
    [str, json.dumps, lambda v: json.dumps(v, ensure_ascii=False), repr, quote, lambda v: quote(v, safe="")],
)
def test_a_canary_is_found_in_every_dress(dress: object) -> None:
    Secret(AWKWARD)
    shown = redact(f"<{dress(AWKWARD)}>")  # type: ignore[operator]
    assert "slash" not in shown
    assert "uote" not in shown


def test_bytes_that_are_no_text_are_masked_too() -> None:
    Secret("hunter2\udcff")
    assert redact("x hunter2\udcff y hunter2%ED%B3%BF") == f"x {MASK} y {MASK}"


def test_json_has_no_half_letters_and_no_terminal_controls() -> None:
    said = dumps(Result("test", data={"x": "a\udcff\x9b31m\x1b\x7f"}))
    assert said.encode("utf-8").isascii()
    assert "\x1b" not in said
    assert json.loads(said)["data"]["x"] == "a\udcff\x9b31m\x1b\x7f"


def test_the_longer_secret_is_masked_whole() -> None:
    Secret("abcdef123")
    Secret("abcdef123-and-more")
    assert redact("abcdef123-and-more") == MASK


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:hunter2@db:6379/0", f"redis://:{MASK}@db:6379/0"),
        (
            "https://user:p%40ss@host/x and wss://ok.example",
            f"https://user:{MASK}@host/x and wss://ok.example",
        ),
        ("http://user:hun@ter2@proxy:3128 next", f"http://user:{MASK}@proxy:3128 next"),
        ("http://user:hun/ter2@proxy:3128", f"http://user:{MASK}@proxy:3128"),
        ("http://me@corp.example:hunter2@proxy", f"http://me@corp.example:{MASK}@proxy"),
        ("LIVEKIT_API_SECRET=abc", f"LIVEKIT_API_SECRET={MASK}"),
        ("export DB_PASSWORD='a b c' # x", f"export DB_PASSWORD={MASK} # x"),
        ('{"GITHUB_TOKEN": "a b", "n": 1}', f'{{"GITHUB_TOKEN": {MASK}, "n": 1}}'),
        ("  POSTGRES_PASSWORD: hunter2", f"  POSTGRES_PASSWORD: {MASK}"),
        ("LIVEKIT_KEYS=APIa: one, APIb: two", f"LIVEKIT_KEYS={MASK}"),
        ("LIVEKIT_KEYS: 'APIa: one'\nnext", f"LIVEKIT_KEYS: {MASK}\nnext"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJ2aWRlbyI6e319.c2lnbmF0dXJl.", f"{MASK}."),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJ2aWRlbyI6e319.sig-_x end", f"token {MASK} end"),
    ],
)
def test_secrets_are_known_by_their_form(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "LIVEKIT_API_KEY",
        "LIVEKIT_API_KEY=APIabc",
        "LIVEKIT_API_SECRET is missing",
        ".env:3: LIVEKIT_API_SECRET: missing, and LIVEKIT_API_KEY too",
        "LIVEKIT_API_SECRET: too short (10 of 32 characters)",
        "LIVEKIT_API_SECRET=\nNEXT=1",
        "ws://127.0.0.1:7880/rtc?x=1",
        "the secret of the token is no password",
        "10:30:00 a@b.example https://host:443/path",
        "key eyJ is not one",
        "https://registry.example:4873/@scope/pkg@1.0",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    for word in ("secret", "devkey", "short"):  # what a development server uses, and what is too short
        Secret(word)
    assert redact(text) == text
