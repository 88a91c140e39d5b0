"""What signed tokens allow: no more than an ordinary user needs, for one room, for a short time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...code.js.parse import Node, word
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.names import Definition, meaning
from ..source.nodes import number, string
from ..source.problem import Problem, report
from ..source.requests import routes
from ..source.sources import Module, Sources
from ..source.tokens import ADMIN, Grant, Token, tokens

LONGEST_HOURS = 24
_SPAN = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$", re.IGNORECASE)
_HOURS = {
    "s": 1 / 3600, "sec": 1 / 3600, "second": 1 / 3600, "m": 1 / 60, "min": 1 / 60, "minute": 1 / 60,
    "h": 1.0, "hr": 1.0, "hour": 1.0, "d": 24.0, "day": 24.0, "w": 168.0, "week": 168.0,
    "y": 8766.0, "yr": 8766.0, "year": 8766.0,
}  # fmt: skip


def problems(sources: Sources) -> Iterator[Problem]:
    for token in tokens(sources):
        reached = any(True for _ in routes(sources, token.module, token.function))
        for grant in token.grants:
            if reached:
                yield from _wide(grant)
            yield from _no_room(token, grant)
        if (life := token.options.get("ttl")) is not None:
            yield from _long(sources, *life)


def _wide(grant: Grant) -> Iterator[Problem]:
    """Rights of a back end in the token of somebody who joins."""
    if not _true(grant.fields.get("roomJoin")):
        return  # a token for calls of the server's API, maybe
    for name in ADMIN:
        node = grant.fields.get(name)
        if node is not None and _true(node):
            yield Problem(
                "warn",
                f"everybody who joins gets `{name}`",
                grant.module.path,
                grant.module.line(node),
                grant.module.column(node),
                _MEANS[name],
                f"leave `{name}` out, or set it for hosts only; let the back end do such things with its "
                f"own key",
                evidence={"grant": name},
            )


_MEANS = {
    "roomAdmin": "With it a browser removes others, mutes them and changes what they may do.",
    "roomCreate": "With it a browser creates and deletes rooms on the server.",
    "roomList": "With it a browser lists all rooms of the server.",
    "roomRecord": "With it a browser starts and stops recordings.",
    "ingressAdmin": "With it a browser creates and deletes ingresses of the server.",
}


def _no_room(token: Token, grant: Grant) -> Iterator[Problem]:
    written = _true(grant.fields.get("roomJoin"))
    others = [each for each in token.grants if each is not grant]
    if not written or "room" in grant.fields or others or not token.complete:
        return
    yield Problem(
        "fail",
        "a token to join, but for no room: the server refuses it",
        grant.module.path,
        grant.module.line(grant.node),
        grant.module.column(grant.node),
        "livekit-server answers 400 `no room name`, whatever room the client asks for.",
        "name the room in the grant: `room: roomName`",
        evidence={"grant": " ".join(word(grant.node).split())[:120]},
    )


def _true(node: Node | None) -> bool:
    return node is not None and node.type == "true"


def _long(sources: Sources, module: Module, node: Node) -> Iterator[Problem]:
    hours = _hours(sources, module, node)
    if hours is None or hours <= LONGEST_HOURS:
        return
    yield Problem(
        "warn",
        f"tokens are valid for {_said(hours)}",
        module.path,
        module.line(node),
        module.column(node),
        "Who was removed, and whoever gets hold of one, joins again with it until then: the server has no "
        "list of withdrawn tokens. A running call outlives its token: the server renews it.",
        "a token is needed while joining only: `ttl: '10m'`",
        evidence={"ttl_hours": round(hours, 2)},
    )


def _said(hours: float) -> str:
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"


def _hours(sources: Sources, module: Module, node: Node) -> float | None:
    """A number is of seconds, a text as the package `ms` reads it."""
    found = meaning(sources, module, node)
    if not isinstance(found, Definition):
        return None
    seconds = number(found.node)
    if seconds is not None:
        return seconds / 3600
    text = string(found.node)
    match = _SPAN.match(text) if text is not None else None
    if match is None:
        return None
    unit = match[2].lower()
    unit = unit if unit in _HOURS else unit.removesuffix("s")
    return float(match[1]) * _HOURS[unit] if unit in _HOURS else None


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="security.token-grants",
    title="Tokens allow no more than their users need",
    category="security",
    run=_run,
    seconds=10.0,
    order=22,
    why="A token is a signed right: the server does not ask the app again before somebody is removed, a "
    "room deleted or a recording started with it.",
    source="LiveKit's docs on grants; livekit-server 1.13.5 answers `no room name` (400) to a grant "
    "without a room",
    evidence="`lkm token inspect` on a token out of the browser's network tab: `roomAdmin`, `roomCreate`, "
    "`exp`.",
    remedy="Grant `roomJoin` with one room and what the user may publish; keep `ttl` at minutes.",
    faults=(
        Fault(
            "every participant's token has `roomAdmin: true`",
            "everybody who joins gets `roomAdmin`",
            "nothing: calls work, until a user calls RemoveParticipant with the token of the browser",
        ),
        Fault(
            "`addGrant({ roomJoin: true })` without a room",
            "a token to join, but for no room: the server refuses it",
            "`curl …/rtc/validate?access_token=…` answers 400 `no room name`",
        ),
    ),
)
