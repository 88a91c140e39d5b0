"""Handlers of TrackSubscribed whose parameters are in another order than the client's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...code.js.parse import Node, word
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.names import uses
from ..source.problem import Problem, report
from ..source.rooms import Handler, handlers, parameters
from ..source.sources import Module, Sources

_ORDER = ("track", "publication", "participant")
# What only one of the three has.
_ONLY = {
    "attach": "track", "detach": "track", "attachedElements": "track",
    "setSubscribed": "publication", "isSubscribed": "publication", "setVideoQuality": "publication",
    "trackSid": "publication",
    "identity": "participant", "trackPublications": "participant", "getTrackPublication": "participant",
    "isSpeaking": "participant", "audioLevel": "participant", "connectionQuality": "participant",
}  # fmt: skip
_NAMED = {
    "participant": re.compile(r"^(remote|the)?participant$", re.IGNORECASE),
    "publication": re.compile(r"^(track|remote)?publication$", re.IGNORECASE),
    "track": re.compile(r"^(remote|media)?track$", re.IGNORECASE),
}


def problems(sources: Sources) -> Iterator[Problem]:
    for handler in handlers(sources, "TrackSubscribed", "TrackUnsubscribed"):
        given = parameters(handler.function)
        for index, name in enumerate(given[:3]):
            if name is None:
                continue
            used = _used_as(handler.where, name)
            if used and used[0] != _ORDER[index]:
                yield _problem(handler, name, index, used[0], used[1], word(used[2]))
                break
        else:
            yield from _by_name(handler, given)


def _used_as(module: Module, name: Node) -> tuple[str, Node, Node] | None:
    """What a parameter is used as: kind, place, and the property that says so; None where uses disagree."""
    binding = module.binding(name)
    found: tuple[str, Node, Node] | None = None
    for use in uses(module, binding) if binding is not None and not binding.written else ():
        parent = use.parent
        if (
            parent is None
            or parent.type != "member_expression"
            or parent.child_by_field_name("object") != use
        ):
            continue
        prop = parent.child_by_field_name("property")
        kind = _ONLY.get(word(prop))
        if kind is None or prop is None:
            continue
        if found is not None and found[0] != kind:
            return None
        found = found or (kind, use, prop)
    return found


def _by_name(handler: Handler, given: list[Node | None]) -> Iterator[Problem]:
    """All that are given bear names of the three, in another order."""
    kinds = [
        next((kind for kind, pattern in _NAMED.items() if name is not None and pattern.match(word(name))), "")
        for name in given[:3]
    ]
    if len(kinds) < 2 or "" in kinds or len(set(kinds)) != len(kinds) or tuple(kinds) == _ORDER[: len(kinds)]:
        return
    index = next(i for i, kind in enumerate(kinds) if kind != _ORDER[i])
    name = given[index]
    if name is not None:
        yield _problem(handler, name, index, kinds[index], name, word(name))


def _problem(  # noqa: PLR0917
    handler: Handler, name: Node, index: int, kind: str, at: Node, why: str
) -> Problem:
    return Problem(
        "fail",
        f"{handler.event} gives the {_ORDER[index]} here, and it is used as the {kind}",
        handler.where.path,
        handler.where.line(at),
        handler.where.column(at),
        f"The handler gets (track, publication, participant); `{word(name)}` is number {index + 1} of them"
        + (f", and only a {kind} has `{why}`." if why != word(name) else "."),
        "put the parameters in the order (track, publication, participant)",
        evidence={"event": handler.event, "parameter": word(name), "position": index + 1, "used_as": kind},
    )


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="app.track-arguments",
    title="Handlers of TrackSubscribed take what the client gives",
    category="app",
    run=_run,
    seconds=10.0,
    order=32,
    why="In JavaScript nothing says that the arguments are swapped: the handler throws, or shows nothing, "
    "whenever somebody publishes.",
    source="livekit-client: RoomEvent.TrackSubscribed, args: (RemoteTrack, RemoteTrackPublication, "
    "RemoteParticipant)",
    evidence="`TypeError: … .attach is not a function` in the console as soon as a second person joins.",
    remedy="(track, publication, participant)",
    faults=(
        Fault(
            "`room.on(RoomEvent.TrackSubscribed, (participant, track) => …)`",
            "TrackSubscribed gives the track here, and it is used as the participant",
            "nobody sees or hears anybody; the server's log is fine",
        ),
    ),
)
