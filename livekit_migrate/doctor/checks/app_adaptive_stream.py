"""adaptiveStream with video that no `attach()` shows: the client stops what it thinks nobody sees."""

from __future__ import annotations

from collections.abc import Iterator

from ...code.js.parse import Node, word
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.names import Definition, meaning, uses
from ..source.nodes import ancestors, fields, inside, members, unwrap
from ..source.problem import Problem, report
from ..source.rooms import handlers, made_rooms, parameters
from ..source.sources import Module, Sources

_SHOWS = (
    b".attach(",
    b"VideoTrack",
    b"ParticipantTile",
    b"VideoConference",
    b"GridLayout",
    b"TrackLoop",
    b"MediaTrack",
)


def problems(sources: Sources) -> Iterator[Problem]:
    where = next(_adaptive(sources), None)
    if where is None or any(True for _ in sources.holding(*_SHOWS)):
        return
    for handler in handlers(sources, "TrackSubscribed"):
        given = parameters(handler.function)
        binding = handler.where.binding(given[0]) if given else None
        for use in uses(handler.where, binding) if binding is not None else ():
            member = use.parent
            if (
                member is not None
                and members(member)[1:] == ["mediaStreamTrack"]
                and _is_shown(handler.function, member)
            ):
                yield _problem(handler.where, member, where)


def _adaptive(sources: Sources) -> Iterator[str]:
    """Where adaptiveStream is switched on."""
    for made in made_rooms(sources):
        option = (made.options or {}).get("adaptiveStream")
        if option is not None and option.type in ("true", "object"):
            yield f"{made.module.path}:{made.module.line(made.node)}"
    for module in sources.holding(b"adaptiveStream"):
        for node in module.nodes("jsx_attribute"):
            parts = node.named_children
            if len(parts) < 2 or word(parts[0]) != "options" or parts[1].type != "jsx_expression":
                continue
            inner = parts[1].named_children[0] if parts[1].named_children else None
            found = meaning(sources, module, inner)
            option = fields(found.node).get("adaptiveStream") if isinstance(found, Definition) else None
            if option is not None and option.type in ("true", "object"):
                yield f"{module.path}:{module.line(node)}"


def _is_shown(function: Node, member: Node) -> bool:
    """Whether it becomes a stream of a media element here, and may be video."""
    text = word(function)
    if "audio" in text.lower() and "video" not in text.lower():
        return False
    stream = next((each for each in ancestors(member) if each.type == "new_expression"), None)
    return (
        stream is not None
        and inside(stream, function)
        and word(unwrap(stream.child_by_field_name("constructor"))) == ("MediaStream")
    )


def _problem(module: Module, member: Node, where: str) -> Problem:
    return Problem(
        "fail",
        "adaptiveStream is on, and video is shown without attach()",
        module.path,
        module.line(member),
        module.column(member),
        f"adaptiveStream ({where}) pauses every video track that is attached to no visible element. A "
        f"stream made of "
        "`mediaStreamTrack` is none that it knows of, and nothing in the app calls `attach`.",
        "`track.attach(element)` in place of the stream, and `track.detach(element)` in the end",
        evidence={"adaptive_stream_at": where},
    )


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="app.adaptive-stream",
    title="Video is attached where adaptiveStream looks for it",
    category="app",
    run=_run,
    seconds=10.0,
    order=34,
    why="With Mediasoup, video was shown by `srcObject = new MediaStream([consumer.track])`. Kept like "
    "that, the picture stops after a moment: the client tells the server that nobody sees it.",
    source="livekit-client: RemoteVideoTrack counts the elements that attach() was called with; found in "
    "real migrations",
    evidence="The video is black or frozen; `webrtc-internals` shows that no more frames arrive.",
    remedy="Show tracks by attach() or <VideoTrack>, or switch adaptiveStream off.",
    faults=(
        Fault(
            "`video.srcObject = new MediaStream([track.mediaStreamTrack])` with `adaptiveStream: true`",
            "adaptiveStream is on, and video is shown without attach()",
            "sound is fine, pictures freeze or never come; no error anywhere",
        ),
    ),
)
