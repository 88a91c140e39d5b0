"""A token's three parts, as the two libraries take it apart that LiveKit servers have used.

golang-jwt 5.3.1 since server 1.13.0, go-jose 3.0.5 (3.0.3) before it.
"""

from __future__ import annotations

import base64
import re
from typing import Any, NamedTuple

from . import gojson
from .gojson import NotJsonError, Number, Object
from .words import safe


class UnreadableError(Exception):
    """The server cannot make a token of it."""


class UnsureError(Exception):
    """A form that these rules do not cover."""


class Parsed(NamedTuple):
    header: Any
    payload: Any
    signed: bytes
    signature: bytes


def read_part(text: str, what: str, *, trim: bool = False) -> bytes:
    """A part's bytes, as Go's base64.RawURLEncoding gives them.

    It passes over line breaks and over the unused bits of the last character, and takes no padding.

    Args:
        trim: as go-jose, which takes padding off first.

    Raises:
        UnreadableError: it is not base64url.
    """
    body = re.sub(r"[\r\n]", "", text.rstrip("=") if trim else text)
    if (odd := re.search(r"[^A-Za-z0-9_-]", body)) is not None:
        sign = odd[0]
        why = "it is padded" if sign == "=" else f"{safe(sign)!r} in it"
        if sign in "+/":
            why = f"{sign!r} in it, which is base64 and not base64url"
        raise UnreadableError(f"the {what} is not base64url: {why}")
    if len(body) % 4 == 1:
        raise UnreadableError(f"the {what} is not base64url: it was cut")
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))


def _json(data: bytes, what: str, *, max_depth: int | None = gojson.MAX_DEPTH) -> Any:
    try:
        return gojson.parse(data, max_depth=max_depth)
    except NotJsonError as error:
        raise UnreadableError(f"the {what} is not JSON: {error}") from error


def _three(token: str) -> list[str]:
    parts = token.split(".")
    if len(parts) != 3:
        count = f"{len(parts)} part{'s' if len(parts) != 1 else ''}"
        why = " (five: an encrypted JWT, which LiveKit does not know)" if len(parts) == 5 else ""
        raise UnreadableError(f"it has {count} between dots, not three{why}")
    return parts


_KNOWN_TO_GOLANG_JWT = frozenset(
    {"none", "EdDSA", *(f"{kind}{bits}" for kind in ("HS", "RS", "ES", "PS") for bits in (256, 384, 512))}
)


def parse_golang_jwt(token: str) -> Parsed:
    """golang-jwt: Parser.ParseUnverified."""
    head, body, tail = _three(token)
    header = _json(read_part(head, "header"), "header")
    if header is not None and not isinstance(header, Object):
        raise UnreadableError("the header is no JSON object")
    if not gojson.in_range(header):
        raise UnreadableError("the header holds a number that is too large")
    payload = _json(read_part(body, "payload"), "payload")
    algorithm = header.last("alg") if header is not None else None
    if not isinstance(algorithm, str) or isinstance(algorithm, Number):
        raise UnreadableError("the header names no algorithm (alg)")
    if algorithm not in _KNOWN_TO_GOLANG_JWT:
        raise UnreadableError(f"the header names an algorithm that does not exist: alg {safe(algorithm)!r}")
    signature = read_part(tail, "signature")
    return Parsed(header, payload, f"{head}.{body}".encode(), signature)


# Go's unicode.IsSpace.
_SPACES = "[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"


def parse_go_jose(token: str) -> Parsed:
    """go-jose: ParseSigned. It drops all white space, and signs what it decoded, encoded anew."""
    token = re.sub(_SPACES, "", token)
    if token.startswith("{"):
        whole = _json(token.encode("utf-8", "surrogateescape"), "token", max_depth=None)
        if not isinstance(whole.last("payload"), str):
            raise UnreadableError("it is JSON, and no token")
        raise UnsureError("it is a JWS in JSON form, which no LiveKit library makes")
    head, body, tail = _three(token)
    raw = read_part(head, "header", trim=True)
    payload, signature = read_part(body, "payload", trim=True), read_part(tail, "signature", trim=True)
    header = _json(raw, "header", max_depth=None) if raw else None
    if header is not None and not isinstance(header, Object):
        raise UnreadableError("the header is no JSON object")
    for name, value in header or ():
        if value is None:
            continue
        if name in ("kid", "alg", "nonce"):
            if not isinstance(value, str) or isinstance(value, Number):
                raise UnreadableError(f"the header's {name} is no text")
        elif name in ("jwk", "x5c") and value != []:
            raise UnsureError(f"its header has {name}, which no LiveKit library writes")
        elif not gojson.in_range(value):
            raise UnreadableError("the header holds a number that is too large")
    if header is not None and (twice := gojson.doubled(header)) is not None:
        raise UnreadableError(f"the header has {safe(twice)!r} twice")
    plain = header is not None and header.last("b64") is False
    signed = _encode(raw) + b"." + (payload if plain else _encode(payload))
    return Parsed(header, _json(payload, "payload", max_depth=None), signed, signature)


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def read_token(token: str) -> tuple[Any, Any, bytes] | str:
    """Header, payload and signature of any JWT, read with as much patience as any server has.

    A text says why it is none.
    """
    token = re.sub(_SPACES, "", token)
    try:
        head, body, tail = _three(token)
        header = _json(read_part(head, "header", trim=True), "header")
        payload = _json(read_part(body, "payload", trim=True), "payload")
        if not isinstance(header, Object) or not isinstance(payload, Object):
            raise UnreadableError("header and payload are not both JSON objects")
        return header, payload, read_part(tail, "signature", trim=True)
    except UnreadableError as error:
        return str(error)
