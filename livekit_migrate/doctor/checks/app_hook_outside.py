"""A hook of @livekit/components-react in a component that no LiveKitRoom is around."""

from __future__ import annotations

from collections.abc import Iterator

from ...code.js.parse import Node, word
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.names import Origin, meaning, name_of
from ..source.nodes import arguments, callee, fields, spreads, unwrap
from ..source.problem import Problem, report
from ..source.react import component_of, is_component, place_of, tag_meaning
from ..source.sources import Module, Sources

_COMPONENTS = "@livekit/components-react"
_PROVIDERS = frozenset({"LiveKitRoom", "RoomContext", "SessionProvider"})
# Those that throw without a room; what a hook may be given instead is its argument.
HOOKS = frozenset(
    {
        "useRoomContext", "useLocalParticipant", "useRemoteParticipants", "useParticipants",
        "useConnectionState", "useRoomInfo", "useTracks", "useChat", "useSpeakingParticipants",
        "useIsRecording", "useVoiceAssistant", "useLocalParticipantPermissions", "useTranscriptions",
        "useDisconnectButton",
    }
)  # fmt: skip


def problems(sources: Sources) -> Iterator[Problem]:
    for module in sources.holding(_COMPONENTS.encode()):
        for call in module.nodes("call_expression"):
            found = meaning(sources, module, callee(call))
            if not isinstance(found, Origin) or found.package != _COMPONENTS or found.name not in HOOKS:
                continue
            if not _given(call):
                yield from _judge(sources, module, call, found.name)


def _given(call: Node) -> bool:
    """Whether a hook may have been handed the room: by name, or in something that cannot be read."""
    for each in arguments(call):
        node = unwrap(each)
        if node is None or node.type == "array":
            continue
        if node.type != "object" or "room" in fields(node) or spreads(node):
            return True
    return False


def is_provider(found: Origin) -> bool:
    return "livekit" in found.package and found.name in _PROVIDERS


def _judge(sources: Sources, module: Module, call: Node, hook: str) -> Iterator[Problem]:
    component = component_of(call)
    if component is None:
        return
    if place_of(sources, module, component, is_provider) != "outside":
        return
    name = word(name_of(component)) or "the page"
    own = is_component(name) and _renders_provider(sources, module, component)
    yield Problem(
        "fail",
        f"{hook}() is called where no LiveKitRoom is around it",
        module.path,
        module.line(call),
        module.column(call),
        f"{name} renders the LiveKitRoom itself: it is around what {name} renders, not around {name}."
        if own
        else (
            f"Every place that renders {name} was followed to its page, and none is inside of a LiveKitRoom."
        ),
        "move what needs the hook into a component below <LiveKitRoom>"
        if own
        else "render it below <LiveKitRoom> or <RoomContext.Provider>, or hand the hook its room",
        evidence={"hook": hook, "component": name},
    )


def _renders_provider(sources: Sources, module: Module, component: Node) -> bool:
    for element in module.nodes("jsx_opening_element", "jsx_self_closing_element"):
        if component.start_byte <= element.start_byte < component.end_byte:
            found = tag_meaning(sources, module, element)
            if isinstance(found, Origin) and is_provider(found):
                return True
    return False


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="app.hook-outside",
    title="Hooks of LiveKit are inside of a room",
    category="app",
    run=_run,
    seconds=10.0,
    order=30,
    why="The hooks take the room from the LiveKitRoom around them. Without one they throw when the page is "
    "rendered.",
    source="@livekit/components-react: useRoomContext throws where there is no RoomContext",
    evidence="`No room provided, make sure you are inside a Room context or pass the room explicitly` in "
    "the console.",
    remedy="Put components that use the hooks below <LiveKitRoom>, or pass `{ room }`.",
    faults=(
        Fault(
            "a page calls useRoomContext and renders <LiveKitRoom> itself",
            "useRoomContext() is called where no LiveKitRoom is around it",
            "the page is blank; the console says that no room was provided",
        ),
    ),
)
