"""An effect of React that connects to a room and never leaves it."""

from __future__ import annotations

from collections.abc import Iterator

from ...code.js.parse import Node
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.names import Definition, Origin, meaning
from ..source.nodes import FUNCTIONS, arguments, callee, inside, method, receiver, unwrap
from ..source.problem import Problem, report
from ..source.rooms import CLIENT, made_rooms
from ..source.sources import Module, Sources


def problems(sources: Sources) -> Iterator[Problem]:
    rooms = {(each.module.path, each.node.id) for each in made_rooms(sources)}
    for module in sources.holding(CLIENT.encode()):
        if b".disconnect" in module.text.code or b"useEffect" not in module.text.code:
            continue  # somewhere it leaves: whether at the right moment is not followed
        for call in module.nodes("call_expression"):
            found = meaning(sources, module, callee(call))
            given = arguments(call)
            if not (
                isinstance(found, Origin) and found.package == "react" and found.name == "useEffect" and given
            ):
                continue
            effect = unwrap(given[0])
            if effect is None or effect.type not in FUNCTIONS or _cleans(effect):
                continue
            for inner in module.nodes("call_expression"):
                if method(inner) == "connect" and inside(inner, effect):
                    room = meaning(sources, module, receiver(inner))
                    if isinstance(room, Definition) and (room.module.path, room.node.id) in rooms:
                        yield _problem(module, inner)


def _cleans(effect: Node) -> bool:
    """Whether an effect gives a function back."""
    body = effect.child_by_field_name("body")
    if body is None or body.type != "statement_block":
        return True  # what the expression gives back is not followed
    stack = list(body.named_children)
    while stack:
        node = stack.pop()
        if node.type == "return_statement" and node.named_children:
            return True
        if node.type not in FUNCTIONS:
            stack.extend(node.named_children)
    return False


def _problem(module: Module, call: Node) -> Problem:
    return Problem(
        "warn",
        "an effect connects to a room and never leaves it",
        module.path,
        module.line(call),
        module.column(call),
        "React runs effects twice in StrictMode, and again whenever a dependency changes: each time "
        "connects once more. With one identity the server throws the first connection out; and who leaves "
        "the page's part stays in the call.",
        "give back a function that leaves: return () => { room.disconnect(); }",
        evidence={"module_has_disconnect": False},
    )


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="app.effect-connects",
    title="Effects that join a call leave it, too",
    category="app",
    run=_run,
    seconds=10.0,
    order=36,
    why="A connection that is made in an effect and not closed by it is made twice in development, and "
    "stays after the component is gone.",
    source="React's manual on StrictMode; LiveKit: a second participant of the same identity disconnects "
    "the first (DUPLICATE_IDENTITY)",
    evidence="`Disconnected` with reason DUPLICATE_IDENTITY right after joining, in development only.",
    remedy="Return a function from the effect that calls `room.disconnect()`, or use <LiveKitRoom>, which "
    "does.",
    faults=(
        Fault(
            "`useEffect(() => { room.connect(url, token); }, [])` and nothing that disconnects",
            "an effect connects to a room and never leaves it",
            "two joins in the server's log, one after the other; the first ends at once",
        ),
    ),
)
