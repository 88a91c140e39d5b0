"""Good, odd and bad tokens, written byte by byte: no library would make most of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from typing import Any

KEY, SECRET = "APItestkey0001", "test-secret-0123456789abcdefghijklmnop"
HEAD = {"alg": "HS256", "typ": "JWT"}
HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def sign(head: Any, body: Any, *, secret: str = SECRET, by: str = "HS256") -> str:
    """Header and payload as they are (bytes) or as JSON, signed with HMAC whatever the header says."""
    signed = f"{b64(raw(head))}.{b64(raw(body))}"
    return f"{signed}.{b64(hmac.new(secret.encode(), signed.encode(), HASHES[by]).digest())}"


def body(now: float, video: Any = None, /, **changes: Any) -> dict[str, Any]:
    """The claims of a token that joins; ``changes`` replace some, and ``...`` takes one out."""
    claims: dict[str, Any] = {
        "iss": KEY,
        "sub": "ada",
        "nbf": int(now) - 5,
        "exp": int(now) + 600,
        "video": {"roomJoin": True, "room": "demo"} if video is None else video,
    }
    claims.update(changes)
    return {name: value for name, value in claims.items() if value is not ...}


def doubled(now: float, text: str) -> bytes:
    """The claims' JSON with more pairs in front of its end, equal names included."""
    return raw(body(now))[:-1] + b"," + text.encode() + b"}"


def join(**grants: Any) -> dict[str, Any]:
    return {"roomJoin": True, "room": "demo"} | grants


def cases(now: float) -> dict[str, str]:
    """Every kind of token by its name. Times lie 10 s and more beside the leeway's edges."""
    good = sign(HEAD, body(now))
    head, claims, tail = good.split(".")
    found: dict[str, str] = {"good": good}
    kinds: list[tuple[str, Iterable[tuple[str, str]]]] = [
        ("header", ((name, sign(changed, body(now), by=by)) for name, changed, by in _headers())),
        ("signed", _signatures(now, head, claims)),
        ("shape", _shapes(good, head, claims, tail)),
        ("time", _times(now)),
        ("identity", _identities(now)),
        ("video", _videos(now)),
        ("claims", ((name, sign(HEAD, body(now, **changes))) for name, changes in CLAIMS.items())),
        ("roomConfig", ((name, sign(HEAD, body(now, roomConfig=value))) for name, value in ROOMS.items())),
        ("payload", ((name, sign(HEAD, text)) for name, text in _payloads(now))),
    ]
    for kind, tokens in kinds:
        for name, token in tokens:
            assert f"{kind}: {name}" not in found, name
            found[f"{kind}: {name}"] = token
    return found


def without(now: float, name: str, text: str) -> bytes:
    """The claims' JSON, one of them replaced by a text."""
    return raw(body(now, **{name: ...}))[:-1] + b", " + text.encode() + b"}"


def _signatures(now: float, head: str, claims: str) -> Iterator[tuple[str, str]]:
    yield "alg none, no signature", f"{b64(raw({'alg': 'none'}))}.{claims}."
    yield "no signature", f"{head}.{claims}."
    yield "another secret", sign(HEAD, body(now), secret="another-secret-0123456789abcdefghijkl")
    yield "an empty secret", sign(HEAD, body(now), secret="")
    yield "an unknown key", sign(HEAD, body(now, iss="APIunknown"))
    yield "no key", sign(HEAD, body(now, iss=...))
    yield "an empty key", sign(HEAD, body(now, iss=""))
    yield "the key in another case", sign(HEAD, body(now, iss=KEY.lower()))
    yield "no LiveKit token", sign(HEAD, {"sub": "1234567890", "name": "John Doe", "iat": int(now)})


def _times(now: float) -> Iterator[tuple[str, str]]:
    n = int(now)

    def claim(name: str, **changes: Any) -> tuple[str, str]:
        return name, sign(HEAD, body(now, **changes))

    for margin in (50, 70):
        yield claim(f"expired {margin} s ago", nbf=n - 900, exp=n - margin)
        yield claim(f"valid in {margin} s", nbf=n + margin)
        yield claim(f"issued in {margin} s", iat=n + margin)
    yield claim("expired and not yet valid", nbf=n + 900, exp=n - 900)
    values: dict[str, dict[str, Any]] = {
        "exp": {
            "none": ...,
            "null": None,
            "zero": 0,
            "negative": -1,
            "a float": n + 600.75,
            "exponent": 4.1e9,
            "text": str(n + 600),
            "an empty text": "",
            "a date": "2030-01-01",
            "true": True,
            "a list": [n + 600],
            "an object": {},
            "milliseconds": n * 1000,
            "beyond int64": 9.3e18,
            "below int64": -1e30,
            "the last second": 9223372036854775000,
        },
        "nbf": {"none": ..., "null": None, "text": str(n), "negative": -1, "beyond int64": 1e19},
        "iat": {"text": str(n), "null": None, "words": "now"},
        "aud": {"text": "livekit", "a list": ["a"], "null": None, "a number": 1, "mixed": ["a", 1]},
    }
    for claimed, kinds in values.items():
        for name, value in kinds.items():
            yield claim(f"{claimed} {name}", **{claimed: value})
    yield "exp beyond float64", sign(HEAD, without(now, "exp", '"exp": 1e400'))
    yield "exp in capitals", sign(HEAD, without(now, "exp", f'"EXP": {n - 900}'))


def _identities(now: float) -> Iterator[tuple[str, str]]:
    values: dict[str, dict[str, Any]] = {
        "none": {"sub": ...},
        "empty": {"sub": ""},
        "null": {"sub": None},
        "a number": {"sub": 7},
        "true": {"sub": True},
        "a list": {"sub": []},
        "from jti": {"sub": ..., "jti": "ada"},
        "jti a number": {"jti": 5},
        "as identity": {"sub": ..., "identity": "ada"},
        "the claim identity a number": {"identity": 5},
        "256 bytes": {"sub": "i" * 256},
        "257 bytes": {"sub": "i" * 257},
        "128 letters of two bytes": {"sub": "é" * 128},
        "129 letters of two bytes": {"sub": "é" * 129},
        "64 signs of four bytes": {"sub": "😀" * 64},
        "65 signs of four bytes": {"sub": "😀" * 65},
        "control characters": {"sub": "a\x00\x1b[31m\n"},
    }
    for name, changes in values.items():
        yield name, sign(HEAD, body(now, **changes))
    # A byte that is no UTF-8 becomes a sign of three: 85 of them fit, 86 do not.
    for count in (85, 86):
        sub = b'"sub": "' + b"\xff" * count + b'"}'
        yield f"{count} bytes that are not UTF-8", sign(HEAD, raw(body(now, sub=...))[:-1] + b", " + sub)
    yield "half a surrogate pair", sign(HEAD, without(now, "sub", '"sub": "\\ud800"'))


def _videos(now: float) -> Iterator[tuple[str, str]]:
    for name, value in VIDEOS.items():
        yield name, sign(HEAD, body(now, value))
    yield "null", sign(HEAD, body(now, ...) | {"video": None})
    yield "grants at the top", sign(HEAD, body(now, ..., roomJoin=True, room="demo"))
    yield "named VIDEO", sign(HEAD, body(now, ..., VIDEO=join()))


VIDEOS: dict[str, Any] = {
    "none": ...,
    "empty": {},
    "text": "x",
    "a list": [],
    "true": True,
    "no roomJoin": {"room": "demo"},
    "roomJoin false": join(roomJoin=False),
    "roomJoin text": join(roomJoin="true"),
    "roomJoin 1": join(roomJoin=1),
    "roomJoin null": join(roomJoin=None),
    "snake case": {"room_join": True, "room": "demo"},
    "small letters": {"roomjoin": True, "room": "demo"},
    "capitals": {"ROOMJOIN": True, "ROOM": "demo"},
    "folded": {"roomJoin": True, "ROOM": "x", "\u212aind": 1},
    "admin only": {"roomAdmin": True, "room": "demo"},
    "no room": {"roomJoin": True},
    "room empty": join(room=""),
    "room null": join(room=None),
    "room a number": join(room=5),
    "room with spaces": join(room="my room"),
    "room with slashes": join(room="a/b?c#d"),
    "room emoji": join(room="😀"),
    "room wildcard": join(room="*"),
    "room 256 bytes": join(room="r" * 256),
    "room 257 bytes": join(room="r" * 257),
    "canPublish text": join(canPublish="yes"),
    "canPublish null": join(canPublish=None),
    "sources": join(canPublishSources=["camera"]),
    "sources unknown": join(canPublishSources=["webcam"]),
    "sources text": join(canPublishSources="camera"),
    "sources of numbers": join(canPublishSources=[1]),
    "sources of null": join(canPublishSources=[None]),
    "hidden a number": join(hidden=0),
    "canManageAgentSession text": join(canManageAgentSession="x"),
    "destinationRoom a number": join(destinationRoom=5),
    "roomConfiguration a number": join(roomConfiguration=5),
    "unknown grants": join(canFly=True, some={"a": [1]}),
    "hidden": join(hidden=True),
}
CLAIMS: dict[str, dict[str, Any]] = {
    "sip a list": {"sip": []},
    "sip admin text": {"sip": {"admin": "x"}},
    "agent text": {"agent": "x"},
    "agent admin text": {"agent": {"admin": "x"}},
    "inference text": {"inference": "x"},
    "observability a list": {"observability": []},
    "name a number": {"name": 5},
    "kind a number": {"kind": 1},
    "kind unknown": {"kind": "robot"},
    "kindDetails text": {"kindDetails": "x"},
    "simulationAdmin text": {"agent": {"simulationAdmin": "x"}},
    "createSimulation text": {"agent": {"createSimulation": "x"}},
    "sha256 a number": {"sha256": 1},
    "roomPreset a list": {"roomPreset": []},
    "metadata an object": {"metadata": {"a": 1}},
    "metadata null": {"metadata": None},
    "attributes": {"attributes": {"a": "1"}},
    "attributes with a number": {"attributes": {"a": 1}},
    "attributes with null": {"attributes": {"a": None}},
    "attributes a list": {"attributes": ["a"]},
    "attributes null": {"attributes": None},
    "unknown claims": {"admin": True, "scope": ["a"], "deep": {"a": {"b": 1}}},
    "metadata 64 kB": {"metadata": "m" * 64_000},
    "attributes 64 kB": {"attributes": {"a": "v" * 65_000}},
    "all sections null": {"sip": None, "agent": None, "inference": None, "observability": None},
}
ROOMS: dict[str, Any] = {
    "empty": {},
    "null": None,
    "text": "x",
    "a list": [],
    "agents": {"agents": [{"agentName": "bot"}]},
    "snake case": {"empty_timeout": 30, "agents": [{"agent_name": "bot"}]},
    "unknown field": {"emptyTimeOut": 1},
    "wrong type": {"emptyTimeout": "soon"},
    "number as text": {"emptyTimeout": "60"},
    "number as float": {"emptyTimeout": 6.0e1},
    "broken number": {"emptyTimeout": 1.5},
    "negative": {"emptyTimeout": -1},
    "too large": {"maxParticipants": 4294967296},
    "bool as text": {"syncStreams": "true"},
    "twice under two names": {"emptyTimeout": 1, "empty_timeout": 2},
    "tags": {"tags": {"a": "b"}},
    "tags with a number": {"tags": {"a": 1}},
    "metadata": {"metadata": "x"},
    "restart policy": {"agents": [{"restartPolicy": "NEVER"}]},
    "agent attributes": {"agents": [{"attributes": {"a": "b"}}]},
    "egress": {
        "egress": {"room": {"roomName": "x", "fileOutputs": [{"filepath": "a.mp4", "s3": {"secret": "x"}}]}}
    },
    "two outputs": {"egress": {"tracks": {"s3": {}, "gcp": {}}}},
    "enum by number": {"egress": {"room": {"preset": 1}}},
    "enum by name": {"egress": {"room": {"preset": "H264_1080P_30"}}},
    "enum unknown": {"egress": {"room": {"preset": "x"}}},
    "null field": {"agents": None},
    "null in a list": {"agents": [None]},
    "nested unknown": {"agents": [{"x": 1}]},
}


def _headers() -> Iterator[tuple[str, Any, str]]:
    for algorithm in (
        "HS384",
        "HS512",
        "none",
        "None",
        "NONE",
        "RS256",
        "ES256",
        "PS256",
        "EdDSA",
        "ES256K",
        "hs256",
        "",
    ):
        yield f"alg {algorithm or 'empty'}", {"alg": algorithm}, "HS256"
    yield "alg HS384, signed so", {"alg": "HS384"}, "HS384"
    yield "alg HS512, signed so", {"alg": "HS512"}, "HS512"
    yield "alg HS256, signed with HS512", HEAD, "HS512"
    values: dict[str, Any] = {
        "no alg": {"typ": "JWT"},
        "alg null": {"alg": None},
        "alg a number": {"alg": 256},
        "alg a list": {"alg": ["HS256"]},
        "ALG": {"ALG": "HS256"},
        "no typ": {"alg": "HS256"},
        "typ wrong": {"alg": "HS256", "typ": "at+jwt"},
        "kid": {"alg": "HS256", "kid": "x"},
        "kid a number": {"alg": "HS256", "kid": 1},
        "crit": {"alg": "HS256", "crit": ["x"]},
        "crit b64": {"alg": "HS256", "crit": ["b64"], "b64": True},
        "crit text": {"alg": "HS256", "crit": "x"},
        "jku": {"alg": "HS256", "jku": "https://example.com"},
        "a list": [],
        "text": "HS256",
        "null": None,
        "empty": {},
        "nested": {"alg": "HS256", "x": {"y": [1, {"z": None}]}},
    }
    for name, value in values.items():
        yield name, value, "HS256"
    yield "not JSON", b"alg=HS256", "HS256"
    yield "alg twice", b'{"alg":"none","alg":"HS256"}', "HS256"
    yield "alg twice, none last", b'{"alg":"HS256","alg":"none"}', "HS256"
    yield "typ twice", b'{"alg":"HS256","typ":"JWT","typ":"JWT"}', "HS256"
    yield "twice within", b'{"alg":"HS256","x":{"a":1,"a":2}}', "HS256"
    yield "a huge number", b'{"alg":"HS256","x":1e999}', "HS256"
    yield "spaces", b' { "alg" : "HS256" } ', "HS256"
    yield "empty text", b"", "HS256"


def _shapes(good: str, head: str, claims: str, tail: str) -> Iterator[tuple[str, str]]:
    yield "empty", ""
    yield "one word", "token"
    yield "two parts", f"{head}.{claims}"
    yield "four parts", f"{good}.x"
    yield "a dot at the end", f"{good}."
    yield "five parts", "a.b.c.d.e"
    yield "only dots", ".."
    yield "cut by one sign", good[:-1]
    yield "cut by two signs", good[:-2]
    yield "cut in half", good[: len(good) // 2]
    yield "payload cut", f"{head}.{claims[:-2]}.{tail}"
    yield "parts swapped", f"{claims}.{head}.{tail}"
    yield "header and signature swapped", f"{tail}.{claims}.{head}"
    yield "signature of another", f"{head}.{claims}.{b64(b'x' * 32)}"
    yield "signature padded", f"{good}="
    yield "signature padded twice", f"{good}=="
    yield "header padded", f"{head}{'=' * (-len(head) % 4 or 4)}.{claims}.{tail}"
    yield "unused bits set", _unused_bits(good)
    yield "a sign of base64", f"{head}.{claims}.{'+' + tail[1:]}"
    yield "line break at the end", f"{good}\n"
    yield "CRLF at the end", f"{good}\r\n"
    yield "line break in the signature", f"{head}.{claims}.{tail[:9]}\n{tail[9:]}"
    yield "line break in the payload", f"{head}.{claims[:9]}\n{claims[9:]}.{tail}"
    yield "space at the end", f"{good} "
    yield "space in front", f" {good}"
    yield "space within", f"{head} .{claims}.{tail}"
    yield "tab within", f"{head}.{claims}\t.{tail}"
    yield "no-break space", f"{good}\u00a0"
    yield "a letter beyond ASCII", f"{good[:-1]}é"
    yield "quotes", f'"{good}"'
    yield "Bearer", f"Bearer {good}"
    yield "twice", f"{good}{good}"
    yield "NUL at the end", f"{good}\0"
    yield "JSON", '{"token": "x"}'
    yield "a promise", "[object Promise]"
    yield "100 kB of nothing", "a" * 100_000
    yield "100 kB of dots", "." * 100_000


def _unused_bits(good: str) -> str:
    """The last sign of 43 carries two bits of nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return good[:-1] + alphabet[alphabet.index(good[-1]) | 3 if alphabet.index(good[-1]) & 3 != 3 else 0]


def _payloads(now: float) -> Iterator[tuple[str, bytes]]:
    whole = raw(body(now))
    yield "empty", b""
    yield "null", b"null"
    yield "a list", b"[]"
    yield "text", b'"x"'
    yield "a number", b"1"
    yield "an empty object", b"{}"
    yield "not JSON", b"iss=API"
    yield "single quotes", whole.replace(b'"', b"'")
    yield "a comma too many", whole[:-1] + b",}"
    yield "something after it", whole + b"x"
    yield "two objects", whole + whole
    yield "white space around", b" \r\n\t" + whole + b" \n"
    yield "a BOM", b"\xef\xbb\xbf" + whole
    yield "NaN", doubled(now, '"x": NaN')
    yield "a NUL in text", doubled(now, '"x": "\0"')
    yield "an unknown escape", doubled(now, r'"x": "\x41"')
    yield "a huge number nobody reads", doubled(now, '"x": 1e999')
    yield "sub twice", doubled(now, '"sub": "bob"')
    yield "sub twice, empty last", doubled(now, '"sub": ""')
    yield "sub in two cases", doubled(now, '"SUB": ""')
    yield "exp twice, past last", doubled(now, f'"exp": {int(now) - 900}')
    yield "exp twice, null last", doubled(now, '"exp": null')
    yield "video twice, merged", doubled(now, '"video": {"room": "other"}')
    yield "video twice, null last", doubled(now, '"video": null')
    yield "video in two cases", doubled(now, '"Video": {"roomJoin": false}')
    yield (
        "roomJoin twice",
        raw(body(now)).replace(b'"roomJoin": true', b'"roomJoin": true, "roomJoin": false'),
    )
    yield "attributes twice", doubled(now, '"attributes": {"a": "1"}, "attributes": {"b": "2"}')
    yield "attribute twice", doubled(now, '"attributes": {"a": "1", "a": "2"}')
    yield "unknown twice", doubled(now, '"x": 1, "x": 2')
    yield "unknown twice within", doubled(now, '"x": {"a": 1, "a": 2}')
    yield "roomConfig field twice", doubled(now, '"roomConfig": {"emptyTimeout": 1, "emptyTimeout": 2}')
    yield "roomConfig not UTF-8", raw(body(now))[:-1] + b', "roomConfig": {"name": "\xff"}}'
    yield "deep", doubled(now, f'"x": {"[" * 500}{"]" * 500}')
    yield "deeper than Python goes", doubled(now, f'"x": {"[" * 5000}{"]" * 5000}')
    yield "deeper than Go goes", doubled(now, f'"x": {"[" * 10_001}{"]" * 10_001}')
    yield "as deep as Go goes", doubled(now, f'"x": {"[" * 9999}{"]" * 9999}')
