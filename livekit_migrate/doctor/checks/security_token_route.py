"""The route that signs tokens: whether it knows who asks, and whether the request names identity and room."""

from __future__ import annotations

from collections.abc import Iterator

from ...code.js.parse import Node
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.problem import Problem, report
from ..source.requests import Route, asks_who, routes, said_by
from ..source.sources import Module, Sources
from ..source.tokens import Token, tokens

REQUEST = frozenset({"request"})


def problems(sources: Sources) -> Iterator[Problem]:
    for token in tokens(sources):
        identity = _decided(sources, token.options.get("identity"))
        room = frozenset().union(*(_decided(sources, _room(token, i)) for i in range(len(token.grants))))
        for route in routes(sources, token.module, token.function):
            yield from _judge(sources, token, route, identity, room)


def _room(token: Token, index: int) -> tuple[Module, Node] | None:
    grant = token.grants[index]
    node = grant.fields.get("room")
    return (grant.module, node) if node is not None else None


def _decided(sources: Sources, value: tuple[Module, Node] | None) -> frozenset[str]:
    return said_by(sources, *value) if value is not None else frozenset()


def _judge(
    sources: Sources, token: Token, route: Route, identity: frozenset[str], room: frozenset[str]
) -> Iterator[Problem]:
    line, column = route.module.line(route.function), route.module.column(route.function)
    file = route.module.path
    at = f"{token.module.path}:{token.module.line(token.node)}"
    seen = {"route": route.label, "signed_at": at, "identity": sorted(identity), "room": sorted(room)}
    names = [what for what, by in (("the identity", identity), ("the room", room)) if "request" in by]
    if not asks_who(sources, route):
        if not names:
            return  # a token for a room of the app's choice, as somebody of its choice: maybe meant for all
        what = " and ".join(names)
        yield Problem(
            "fail",
            f"{route.label}: whoever reaches it gets a token, for {what} that the request names",
            file,
            line,
            column,
            f"Nothing in the route or in front of it looks at who asks; the token is signed at {at}.",
            "check the session first, take the identity from it, and sign only rooms that this user may "
            "enter",
            evidence=seen,
        )
    elif identity and identity <= REQUEST | {"app"} and "request" in identity:
        yield Problem(
            "info",
            f"{route.label}: the request names the identity that is signed",
            file,
            line,
            column,
            f"The route seems to know who asks; whether it compares that with the identity is not proven. "
            f"Where it "
            f"does not, a user joins as another one, who is thrown out of the room. Signed at {at}.",
            "take the identity from the session, not from the request",
            evidence=seen,
        )


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="security.token-route",
    title="Tokens are signed for those who may have them",
    category="security",
    run=_run,
    seconds=10.0,
    order=20,
    why="With Mediasoup the socket's own checks let people into a room; with LiveKit the token does, for "
    "hours. A route that signs whatever it is sent lets anybody into every room, as anybody.",
    source="what migrations lost most often; LiveKit's docs on tokens: the back end authenticates the user "
    "first",
    evidence="`curl` the token route without a cookie or header: it answers 200 with a token for any room.",
    remedy="Authenticate the request, take identity and name from the session, look up whether this user "
    "may enter that room, and sign for as short a time as joining takes.",
    faults=(
        Fault(
            "the token route has no auth and signs identity and room of the request",
            "… whoever reaches it gets a token, for the identity and the room that the request names",
            "`curl '…/token?room=any&identity=admin'` answers 200 with a token; nothing looks wrong in a "
            "call",
        ),
    ),
)
