"""The token in what somebody pasted: without the quotes, header names and URLs that came along with it."""

from __future__ import annotations

import json
import re
from typing import NamedTuple
from urllib.parse import unquote

from ...core.errors import UsageError
from .rules import LARGEST_TOKEN

_FIELDS = ("token", "accessToken", "access_token", "participantToken", "participant_token", "jwt")
_NAMES = r"(?:access_token|accessToken|token|jwt)"


class Pasted(NamedTuple):
    """A token, and what was taken off to get it, in words: ``Bearer``, ``quotes``."""

    token: str
    stripped: tuple[str, ...]


def take(data: bytes, where: str) -> Pasted:
    """The one token in ``data``.

    Args:
        where: named in errors: ``stdin``, ``the argument``.

    Raises:
        UsageError: there is none, or more than one; what is there is not repeated.
    """
    if len(data) > LARGEST_TOKEN:
        raise UsageError(
            f"{where}: more than {LARGEST_TOKEN // 1024:,} KiB is no token",
            code="token.too-large",
            detail="no LiveKit server reads a longer one: it answers 431",
            hint="lkm token verify < FILE, where FILE holds one token and nothing else",
        )
    text = data.decode("utf-8", "surrogateescape")
    if re.fullmatch(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\n?", text):
        return Pasted(text.rstrip("\n"), ())
    stripped: list[str] = []
    if text.startswith("\ufeff"):
        text = text[1:]
        stripped.append("a byte order mark")
    text = _trim(text, stripped)
    _must_be_one(text, where)
    if text.startswith(("{", '"{')):
        text = _from_json(text, where, stripped)
    for what, pattern in _AROUND:
        match = re.fullmatch(pattern, text, re.DOTALL | re.IGNORECASE)
        if match is not None and match[1]:
            text = _trim(match[1], stripped)
            stripped.append(what)
    if re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE) or re.match(rf"[^=]*[?&#]{_NAMES}=", text):
        text = _from_url(text, where, stripped)
    text = _unquote(text, stripped)
    if not text:
        raise UsageError(f"{where}: there is no token in it", code="token.none", hint=_HOW)
    return Pasted(text, tuple(dict.fromkeys(stripped)))


_HOW = "pipe one in: lkm token --room demo | lkm token verify"
_AROUND = (
    ("export", r"export\s+(.*)"),
    ("the header's name", r"[\"']?authorization[\"']?\s*:\s*(.*)"),
    ("the variable's name", r"(?-i:[A-Z][A-Z0-9_]*)=(.*)"),
    ("quotes", r"\"(.+)\""),
    ("quotes", r"'(.+)'"),
    ("quotes", r"`(.+)`"),
    ("Bearer", r"bearer\s+(.*)"),
    ("the parameter's name", rf"(?-i:{_NAMES})=([^&]*)(?:&.*)?"),
)
"""What stands around a token, each once, in this order."""


def _trim(text: str, stripped: list[str]) -> str:
    body = text.strip(" \t\r\n\v\f\u00a0\u200b\ufeff")
    if body != text:
        around = text.replace(body, "", 1) if body else text
        # One line break at the end is how every program prints a token: nothing to speak of.
        if around not in ("\n", ""):
            stripped.append("CRLF" if around == "\r\n" else "white space around it")
    return body


def _must_be_one(text: str, where: str) -> None:
    if text in ("[object Promise]", "{}", '"{}"'):
        raise UsageError(
            f"{where}: {text} is no token",
            code="token.promise",
            detail="livekit-server-sdk's toJwt() is async: this is its promise, not its result",
            hint="await it where tokens are made: const token = await at.toJwt()",
        )
    if text in ("undefined", "null", "None"):
        raise UsageError(
            f"{where}: {text} is no token",
            code="token.none",
            detail="what made it had no token to give",
            hint=_HOW,
        )
    lines = [line for line in text.splitlines() if line.strip()]
    whole = [line for line in lines if line.count(".") == 2 and len(line) > 40]
    if len(whole) > 1:
        raise UsageError(
            f"{where}: {len(whole)} tokens",
            code="token.many",
            hint="one at a time: … | head -n 1 | lkm token verify",
        )


def _from_json(text: str, where: str, stripped: list[str]) -> str:
    """A token endpoint's answer, or ``lkm token --json``."""
    try:
        document = json.loads(text)
        if isinstance(document, str):
            document = json.loads(document)
    except (ValueError, RecursionError):
        return text
    if not isinstance(document, dict):
        return text
    inner = document.get("data")
    for place in (document, inner if isinstance(inner, dict) else {}):
        for field in _FIELDS:
            if isinstance(value := place.get(field), str) and value:
                stripped.append(f"the JSON around {field}")
                return value.strip()
    if {"iss", "sub", "video", "exp"} & set(document):
        raise UsageError(
            f"{where}: these are the claims of a token, not a token", code="token.claims", hint=_HOW
        )
    raise UsageError(
        f"{where}: JSON without a token in it",
        code="token.none",
        detail="looked for " + ", ".join(_FIELDS),
        hint=_HOW,
    )


def _from_url(text: str, where: str, stripped: list[str]) -> str:
    match = re.search(rf"[?&#]{_NAMES}=([^&#\s\"']*)", text)
    if match is None:
        raise UsageError(f"{where}: a URL without access_token= in it", code="token.none", hint=_HOW)
    stripped.append("the URL around it")
    return unquote(match[1])


def _unquote(text: str, stripped: list[str]) -> str:
    """Percent signs have no place in a token: it was copied out of a URL."""
    if "%" in text:
        stripped.append("percent encoding")
        return unquote(text)
    return text
