"""Random tokens around the good one: claims, types, names, doubled keys, broken bytes, odd headers."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from .tokens import HEAD, KEY, sign

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.5, 1e20, 4102444800, "", "x", "true", "1", "4102444800"),
    *([], ["a"], [1], [None], {}, {"a": 1}, {"a": "b"}, {"room": "z"}, {"roomJoin": True}, {"admin": 1}),
]
TOP = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "identity",
    "name",
    "kind",
    "kindDetails",
    "video",
    "sip",
    "agent",
    "inference",
    "observability",
    "roomConfig",
    "roomPreset",
    "sha256",
    "metadata",
    "attributes",
    "x",
    "Video",
    "SUB",
    "Exp",
    "ROOMCONFIG",
]
VIDEO = [
    "roomCreate",
    "roomList",
    "roomAdmin",
    "roomJoin",
    "room",
    "canPublish",
    "canSubscribe",
    "canPublishData",
    "canPublishSources",
    "canUpdateOwnMetadata",
    "ingressAdmin",
    "hidden",
    "recorder",
    "agent",
    "canSubscribeMetrics",
    "canManageAgentSession",
    "destinationRoom",
    "roomjoin",
    "ROOM",
    "x",
    "roomConfiguration",
]
ROOM = [
    "name",
    "emptyTimeout",
    "empty_timeout",
    "departureTimeout",
    "maxParticipants",
    "egress",
    "minPlayoutDelay",
    "syncStreams",
    "agents",
    "metadata",
    "tags",
    "x",
]
Pairs = list[tuple[str, Any]]


def written(pairs: Pairs) -> str:
    """JSON in which a name may stand twice."""
    inner = (
        f"{json.dumps(name)}:{written(value) if _is_pairs(value) else json.dumps(value)}"
        for name, value in pairs
    )
    return "{" + ",".join(inner) + "}"


def _is_pairs(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], tuple)


def mutations(now: float, seed: int, count: int) -> Iterator[tuple[str, str]]:
    """``count`` tokens with what they are made of; the same for the same seed."""
    draw = random.Random(seed)
    for _ in range(count):
        text = _spoiled(draw, written(_claims(draw, now)), 0.15, ["", '"', ",", "}", " ", "\\", "é", "0"])
        header = draw.choice(
            [
                *[HEAD] * 8,
                {"alg": "HS512"},
                {"alg": draw.choice(VALUES)},
                {
                    "alg": "HS256",
                    draw.choice(["kid", "crit", "typ", "b64", "nonce", "zip"]): draw.choice(VALUES),
                },
            ]
        )
        by = draw.choice([*["HS256"] * 8, "HS512"])
        token = _spoiled(draw, sign(header, text.encode(), by=by), 0.2, ["", "=", "\n", " ", ".", "+", "A"])
        yield f"{text} {header} {by}", token


def _claims(draw: random.Random, now: float) -> Pairs:
    video: Pairs = [("roomJoin", True), ("room", "demo")]
    for _ in range(draw.choice([0, 0, 1, 1, 2, 3])):
        video.insert(draw.randint(0, len(video)), (draw.choice(VIDEO), draw.choice(VALUES)))
    top: Pairs = [("iss", KEY), ("sub", "ada"), ("nbf", int(now) - 5), ("exp", int(now) + 600)]
    top.insert(draw.randint(0, 4), ("video", video))
    for _ in range(draw.choice([0, 1, 1, 2, 3])):
        name, value = draw.choice(TOP), draw.choice(VALUES)
        if name.lower() == "roomconfig" and draw.random() < 0.7:
            value = [(draw.choice(ROOM), draw.choice(VALUES)) for _ in range(draw.randint(1, 2))]
        top.insert(draw.randint(0, len(top)), (name, value))
    if draw.random() < 0.15:
        top.pop(draw.randrange(len(top)))
    return top


def _spoiled(draw: random.Random, text: str, chance: float, signs: list[str]) -> str:
    """The text, now and then with one sign replaced, put in or taken out."""
    if draw.random() >= chance:
        return text
    at = draw.randrange(len(text))
    return text[:at] + draw.choice(signs) + text[at + draw.choice([0, 1]) :]
