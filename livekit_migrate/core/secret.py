"""Secrets: a value that does not print itself, and the mask that every output goes through."""

from __future__ import annotations

import re
from typing import Any

MASK = "••••••"
# Below this length masking would eat ordinary words; LiveKit itself asks for 32 characters.
_SHORTEST = 6
# Values of examples and of `livekit-server --dev`. They are no secrets, and as words of a message they
# would be masked: "the •••••• is missing".
PLACEHOLDERS = frozenset(
    {
        "secret",
        "devkey",
        "changeme",
        "change-me",
        "your-api-secret",
        "your_api_secret",
        "api-secret",
        "apisecret",
    }
)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")
# Up to the last @: a password may hold one, or a slash, and is no less a password for it. What begins with
# a port and a slash is host and path (`https://host:4873/@scope`).
_URL_PASSWORD = re.compile(
    r"(?<![a-z0-9+.-])(?P<head>[a-z][a-z0-9+.-]*://[^\s/:\"<>]*:)"
    r"(?!\d{1,5}[/?#])[^\s\"<>]{1,1024}(?=@)",
    re.IGNORECASE,
)
_QUOTED = r"(?:\"[^\"\n]*\"|'[^'\n]*')"
_BARE = r"[^\s,;}\"'`]"
_END = r"[,;}]?[ \t\r]*$"
_ASSIGNED = re.compile(
    # LIVEKIT_KEYS holds `key: secret` pairs: nothing that follows on its line is safe to show.
    rf"(?P<keys>LIVEKIT_KEYS[\"']?[ \t]*[=:][ \t]*)(?:{_QUOTED}|[^\n\"'`]+)"
    r"|(?<![A-Z0-9_])(?P<head>[A-Z0-9_]*(?:SECRET|PASSWORD|PASSWD|TOKEN)[A-Z0-9_]*[\"']?[ \t]*"
    # After a colon a bare word is a value only where it ends the line and is no plain word: the rest
    # are sentences ("LIVEKIT_API_SECRET: missing").
    rf"(?:=[ \t]*|:[ \t]*(?={_QUOTED}|{_BARE}+{_END})(?![a-z]+{_END})))"
    rf"(?:{_QUOTED}|{_BARE}+)",
    re.MULTILINE,
)

_known: set[str] = set()


class Secret:
    """A string that shows itself only by ``reveal()``; making one teaches the mask its value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        remember(value)

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)


def remember(value: str) -> None:
    """Mask this value from now on, in every output and log of this process."""
    if len(value) < _SHORTEST or value in PLACEHOLDERS:
        return
    _known.add(value)
    if re.search(r"[^A-Za-z0-9._~-]", value):
        # As it looks inside JSON, in a Python repr, in a URL.
        import json
        from urllib.parse import quote, quote_plus

        _known.update((json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]))
        _known.add(repr(value)[1:-1])
        for dress, safe in ((quote, ""), (quote, "/"), (quote_plus, "")):
            _known.add(dress(value, safe=safe, errors="surrogatepass"))  # bytes that are no UTF-8


def hide_userinfo(url: str) -> str:
    """A URL, or what should be one, without user and password, for messages.

    All up to the last @ goes: where the password ends is not certain in a URL that cannot be read.
    """
    scheme = re.match(r"[a-z][a-z0-9+.-]*://", url, re.IGNORECASE)
    before, at, after = url[scheme.end() if scheme else 0 :].rpartition("@")
    return f"{scheme[0] if scheme else ''}{MASK}@{after}" if at and before else url


def redact(text: str) -> str:
    """The text with known secrets, JWTs, URL passwords and assigned secrets masked."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, MASK)
    text = _JWT.sub(MASK, text)
    text = _URL_PASSWORD.sub(rf"\g<head>{MASK}", text)
    return _ASSIGNED.sub(lambda m: (m["keys"] or m["head"]) + MASK, text)


def redact_value(value: Any) -> Any:
    """``redact`` through JSON values: strings, lists and dict values."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: redact_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact_value(item) for item in value]
    return value
