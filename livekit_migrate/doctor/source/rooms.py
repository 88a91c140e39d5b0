"""How an app uses livekit-client: its Room objects, their options, handlers of their events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...code.js.parse import Node
from .names import Definition, Origin, literal, meaning
from .nodes import FUNCTIONS, arguments, callee, members, method, string, unwrap
from .sources import Module, Sources

CLIENT = "livekit-client"


@dataclass(frozen=True, slots=True, eq=False)
class MadeRoom:
    """One ``new Room(…)``; ``options`` is None where they cannot be read, empty where there are none."""

    module: Module
    node: Node
    options: dict[str, Node] | None


@dataclass(frozen=True, slots=True, eq=False)
class Handler:
    """A function that gets an event of a room."""

    module: Module
    call: Node
    event: str
    where: Module
    function: Node


def is_client(found: object, name: str) -> bool:
    return isinstance(found, Origin) and found.package == CLIENT and found.name == name


def made_rooms(sources: Sources) -> Iterator[MadeRoom]:
    for module in sources.holding(CLIENT.encode()):
        for node in module.nodes("new_expression"):
            if is_client(meaning(sources, module, callee(node)), "Room"):
                yield MadeRoom(module, node, _options(sources, module, arguments(node)))


def _options(sources: Sources, module: Module, given: list[Node]) -> dict[str, Node] | None:
    if not given:
        return {}
    found = literal(sources, module, given[0])
    return found[2] if found is not None else None


def handlers(sources: Sources, *events: str) -> Iterator[Handler]:
    """The handlers of some of ``RoomEvent``'s events, named by the enum or by its text."""
    texts = {event[:1].lower() + event[1:]: event for event in events}
    for module in sources.holding(*(event.encode() for event in events), *(text.encode() for text in texts)):
        if CLIENT.encode() not in module.text.code:
            continue
        for call in module.nodes("call_expression"):
            given = arguments(call)
            if method(call) not in ("on", "once", "addListener") or len(given) < 2:
                continue
            event = _event(sources, module, given[0], texts)
            found = meaning(sources, module, given[1]) if event in events else None
            if event and isinstance(found, Definition):
                function = _function(found.node)
                if function is not None:
                    yield Handler(module, call, event, found.module, function)


def _event(sources: Sources, module: Module, node: Node, texts: dict[str, str]) -> str:
    text = string(node)
    if text is not None:
        return texts.get(text, "")
    parts = members(node)
    inner = unwrap(node)
    if len(parts) < 2 or inner is None:
        return ""
    base = inner.child_by_field_name("object")
    if is_client(meaning(sources, module, base), "RoomEvent"):
        return parts[-1]
    if len(parts) == 3 and parts[1] == "RoomEvent" and base is not None:
        whole = meaning(sources, module, base.child_by_field_name("object"))
        return parts[-1] if is_client(whole, "*") else ""
    return ""


def _function(node: Node) -> Node | None:
    if node.type in FUNCTIONS:
        return node
    if node.type == "call_expression" and method(node) == "useCallback" and arguments(node):
        inner = unwrap(arguments(node)[0])
        return inner if inner is not None and inner.type in FUNCTIONS else None
    return None


def parameters(function: Node) -> list[Node | None]:
    """The identifiers of a function's parameters; None for patterns."""
    listed = function.child_by_field_name("parameters")
    if listed is None:
        single = function.child_by_field_name("parameter")
        return [single] if single is not None else []
    found: list[Node | None] = []
    for each in listed.named_children:
        if each.type == "comment":
            continue
        name = each.child_by_field_name("pattern") or each
        found.append(name if name.type == "identifier" else None)
    return found
