"""Access tokens: the claims as livekit-api writes them, signed with PyJWT alone.

livekit-api would import aiohttp and protobuf, 20 times an empty Python start. A contract test holds the
claims equal to those of its `AccessToken`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..core.errors import ConfigError, UsageError
from .grants import BY_NAME, GRANTS, SECTION_DEFAULTS
from .keys import KeyPair

DEFAULT_TTL = 6 * 60 * 60
"""Seconds; livekit-api's default, too."""
LONGEST_TTL = 36525 * 24 * 60 * 60
"""Seconds: 100 years."""
LONGEST_NAME = 256
"""UTF-8 bytes of a room name or an identity: livekit-server's `limit.max_room_name_length` and its like."""
LARGEST_METADATA = 512 * 1024
"""Bytes: livekit-server's `limit.max_metadata_size`."""
LARGEST_ATTRIBUTES = 64 * 1024
"""Bytes of all names and values: livekit-server's `limit.max_attributes_size`."""

# What PyYAML's constructors let out besides its own errors: `!!bool x` is a KeyError, `!!timestamp x` an
# AttributeError, a number of 5,000 digits a ValueError.
_NO_VALUE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def claims(
    key: str,
    *,
    room: str | None = None,
    identity: str | None = None,
    grants: Mapping[str, object] | None = None,
    ttl: int = DEFAULT_TTL,
    name: str | None = None,
    metadata: str | None = None,
    attributes: Mapping[str, str] | None = None,
    kind: str | None = None,
    sha256: str | None = None,
    room_preset: str | None = None,
    room_config: Mapping[str, Any] | None = None,
    now: float | None = None,
) -> dict[str, Any]:
    """What a token says, in livekit-api's order.

    Args:
        key: the API key that signs.
        grants: names of ``grants.GRANTS`` → True, False, text or list; exactly these. None: join ``room``.
        ttl: seconds from ``now`` until it expires.
        room_config: a RoomConfiguration as its JSON form.
        now: Unix time in seconds; default: this moment.

    Raises:
        ValueError: a join without room or identity, or an unknown grant.
    """
    if grants is None:
        grants = {"room_join": True} if room else {}
    if unknown := set(grants) - set(BY_NAME):
        raise ValueError(f"unknown grants: {', '.join(sorted(unknown))}")
    if grants.get("room_join") and not (room and identity):
        raise ValueError("a token that joins needs a room and an identity")
    issued = int(time.time() if now is None else now)
    said: dict[str, Any] = {"name": name, "kind": kind, "metadata": metadata}
    said.update(_sections(room, grants))
    said.update(
        attributes=None if attributes is None else dict(attributes), sha256=sha256, roomPreset=room_preset
    )
    written = {claim: value for claim, value in said.items() if value is not None and value != ""}
    if room_config is not None:
        written["roomConfig"] = dict(room_config)
    return written | {"sub": identity or "", "iss": key, "nbf": issued, "exp": issued + ttl}


def _sections(room: str | None, grants: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    for section, defaults in SECTION_DEFAULTS.items():
        mine = [grant for grant in GRANTS if grant.section == section]
        asked = any(grants.get(grant.name) is not None for grant in mine)
        if not asked and not (section == "video" and room):
            continue
        body: dict[str, Any] = {}
        for grant in mine:
            value = grants.get(grant.name)
            if value is None:
                value = defaults.get(grant.claim)
            if value is not None and value != "":
                body[grant.claim] = value
            if grant.name == "room_join" and room:
                body["room"] = room  # between the two, where livekit-api has it
        sections[section] = body
    return sections


def sign(content: Mapping[str, Any], pair: KeyPair) -> str:
    """The JWT (HS256) of some claims."""
    import warnings

    encode = _encoder()
    with warnings.catch_warnings():
        # A short secret is the server's to judge (it logs an error) and ours to note, not PyJWT's to print.
        warnings.simplefilter("ignore")
        return encode(dict(content), pair.secret.reveal(), algorithm="HS256")


def _encoder() -> Callable[..., str]:
    """PyJWT's ``encode``, loaded without its HTTP client.

    `import jwt` also loads urllib, http.client, ssl and email, for PyJWKClient alone: three quarters of its
    time, and twice an empty Python start. So that one module is put off until somebody makes a PyJWKClient.
    """
    import sys
    from importlib import import_module
    from types import ModuleType

    name = "jwt.jwks_client"
    if "jwt" not in sys.modules:

        class PyJWKClient:
            def __new__(cls, *args: Any, **options: Any) -> Any:
                return import_module(name).PyJWKClient(*args, **options)

        later = ModuleType(name)
        later.PyJWKClient = PyJWKClient  # type: ignore[attr-defined]
        sys.modules[name] = later
        try:
            import_module("jwt")
        finally:
            sys.modules.pop(name, None)  # another thread may have been as quick
    encode: Callable[..., str] = import_module("jwt").encode
    return encode


def mint(
    pair: KeyPair,
    *,
    room: str | None = None,
    identity: str | None = None,
    grants: Mapping[str, object] | None = None,
    ttl: int = DEFAULT_TTL,
    **more: Any,
) -> str:
    """A signed token; the arguments are those of ``claims``.

    Raises:
        ValueError: as ``claims``.
    """
    content = claims(pair.key, room=room, identity=identity, grants=grants, ttl=ttl, **more)
    return sign(content, pair)


def parse_ttl(text: str) -> int:
    """Seconds of ``90s``, ``6h``, ``7d``, ``1h30m``.

    Raises:
        UsageError: it is none of these, nothing at all, or above 100 years.
    """
    parts = re.findall(r"([0-9]+)([smhdw])", text, re.ASCII)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        hint = (
            f"{text}s is {text} seconds"
            if text.isdecimal() and text.isascii()
            else "such as 90s, 6h, 7d, 1h30m"
        )
        raise UsageError(f"--ttl {text}: not a time with its unit", code="token.ttl", hint=hint)
    if max(len(number) for number, _ in parts) > 12:
        seconds = LONGEST_TTL + 1
    else:
        seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
    if not 0 < seconds <= LONGEST_TTL:
        raise UsageError(
            f"--ttl {text}: a token lives between 1 second and 100 years",
            code="token.ttl",
            hint="such as 90s, 6h, 7d, 1h30m",
        )
    return seconds


def read_room_config(path: Path) -> dict[str, Any]:
    """A RoomConfiguration from a JSON or YAML file, in the form that tokens carry.

    Raises:
        ConfigError: it cannot be read, or livekit-api's RoomConfiguration refuses it.
    """
    import yaml
    from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
    from livekit.protocol.room import RoomConfiguration

    from ..code.yaml import load

    document = load(path, what="room configuration", limit=LARGEST_METADATA)
    if document.aliases:
        raise ConfigError(f"{path}: write out what its YAML aliases stand for", code="token.room-config")
    try:
        content = yaml.safe_load(document.text)
    except _NO_VALUE as error:
        raise ConfigError(
            f"{path}: a value is not what it should be: {error}", code="token.room-config"
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(
            f"{path}{where}: not plain YAML: {getattr(error, 'problem', None) or error}",
            code="token.room-config",
        ) from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: not a mapping of RoomConfiguration's fields", code="token.room-config")
    try:
        return MessageToDict(ParseDict(content, RoomConfiguration()))
    except (ParseError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise ConfigError(
            f"{path}: not a RoomConfiguration: {error}",
            code="token.room-config",
            detail="fields: " + ", ".join(field.name for field in RoomConfiguration.DESCRIPTOR.fields),
        ) from error
