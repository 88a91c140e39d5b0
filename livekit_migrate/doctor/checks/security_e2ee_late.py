"""End-to-end encryption that is switched on without having been set up, or after media has gone out."""

from __future__ import annotations

from collections.abc import Iterator

from ...code.js.parse import Node, word
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.names import Definition, meaning
from ..source.nodes import ancestors, arguments, callee, method, receiver
from ..source.problem import Problem, report
from ..source.rooms import made_rooms
from ..source.sources import Module, Sources

_PUBLISHES = frozenset(
    {
        "setCameraEnabled",
        "setMicrophoneEnabled",
        "enableCameraAndMicrophone",
        "publishTrack",
        "setScreenShareEnabled",
    }
)


def problems(sources: Sources) -> Iterator[Problem]:
    rooms = {(each.module.path, each.node.id): each for each in made_rooms(sources)}
    for module in sources.holding(b"setE2EEEnabled"):
        for call in module.nodes("call_expression"):
            given = arguments(call)
            if method(call) != "setE2EEEnabled" or not given or word(given[0]) == "false":
                continue
            found = meaning(sources, module, receiver(call))
            made = rooms.get((found.module.path, found.node.id)) if isinstance(found, Definition) else None
            if (
                made is not None
                and made.options is not None
                and not {"e2ee", "encryption"} & made.options.keys()
            ):
                yield _unset(module, call, f"{made.module.path}:{made.module.line(made.node)}")
            elif (sent := _published_before(call)) is not None:
                yield _late(module, call, sent)


def _unset(module: Module, call: Node, made_at: str) -> Problem:
    return Problem(
        "fail",
        "end-to-end encryption is switched on, and the room was made without it",
        module.path,
        module.line(call),
        module.column(call),
        f"The room of {made_at} has neither `encryption` nor `e2ee` among its options: setE2EEEnabled throws "
        "`e2ee not configured`.",
        "hand key provider and worker to the constructor: new Room({ encryption: { keyProvider, worker } })",
        evidence={"made_at": made_at},
    )


def _late(module: Module, call: Node, sent: Node) -> Problem:
    line = module.line(sent)
    return Problem(
        "fail",
        "media goes out before end-to-end encryption is switched on",
        module.path,
        module.line(call),
        module.column(call),
        f"`{method(sent)}` at line {line} publishes first: until then the server, and whoever listens, can "
        f"decode it.",
        "await setE2EEEnabled(true) before connect, and publish after that",
        evidence={"published_at": line},
    )


def _published_before(call: Node) -> Node | None:
    """What publishes in an earlier statement of the same block, after a connect of the same room."""
    statement = call
    for outer in ancestors(call):
        if outer.type == "statement_block":
            break
        statement = outer
    room = word(receiver(call))
    connected = False
    found: Node | None = None
    at = statement.parent.named_children if statement.parent is not None else []
    for each in at:
        if each.id == statement.id:
            return found if connected else None
        for inner in _awaited(each):
            base = word(receiver(inner))
            if method(inner) == "connect" and base == room:
                connected = True
            elif connected and method(inner) in _PUBLISHES and base in (room, f"{room}.localParticipant"):
                found = found or inner
    return None


def _awaited(statement: Node) -> Iterator[Node]:
    """The call that a statement awaits: ``await f();`` and ``const x = await f();``."""
    stack = [statement]
    while stack:
        node = stack.pop()
        if node.type == "await_expression" and node.named_children:
            inner = node.named_children[0]
            if inner.type == "call_expression" and callee(inner) is not None:
                yield inner
        elif node.type in ("expression_statement", "lexical_declaration", "variable_declarator"):
            stack.extend(node.named_children)


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="security.e2ee-late",
    title="End-to-end encryption is set up before media is sent",
    category="security",
    run=_run,
    seconds=10.0,
    order=30,
    why="What is published before encryption is on goes to the server in the clear, and the users were "
    "told otherwise.",
    source="livekit-client, Room.setE2EEEnabled: `e2ee not configured, please set e2ee settings within the "
    "room options`",
    evidence="`room.isE2EEEnabled` in the console right after the first track is published.",
    remedy="Give `encryption` to the constructor, set the key and enable it before `connect`.",
    faults=(
        Fault(
            "setE2EEEnabled(true) on a room that was made without `encryption`",
            "end-to-end encryption is switched on, and the room was made without it",
            "`Error: e2ee not configured` in the console, and a call without encryption",
        ),
    ),
)
