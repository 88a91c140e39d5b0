"""A join that waits for the state that only joining sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...code.js.parse import Node, word
from ...code.js.scope import Binding
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.names import Origin, meaning, name_of, uses
from ..source.nodes import FUNCTIONS, ancestors, arguments, callee, function_of, inside, same, unwrap
from ..source.problem import Problem, report
from ..source.react import tag_meaning
from ..source.sources import Module, Sources

_PACKAGES = (b"livekit-client", b"@livekit/components-react")


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """``const [connected, setConnected] = useState(false)``."""

    module: Module
    name: Node
    value: Binding
    setter: Binding


def problems(sources: Sources) -> Iterator[Problem]:
    for module in sources.holding(*_PACKAGES):
        for state in _states(sources, module):
            yield from _judge(sources, state)


def _states(sources: Sources, module: Module) -> Iterator[State]:
    """The states of components that begin as false and whose setter no other function gets."""
    for node in module.nodes("variable_declarator"):
        pattern, value = node.child_by_field_name("name"), unwrap(node.child_by_field_name("value"))
        if (
            pattern is None
            or value is None
            or pattern.type != "array_pattern"
            or value.type != "call_expression"
        ):
            continue
        found = meaning(sources, module, callee(value))
        given = arguments(value)
        names = pattern.named_children
        if not (isinstance(found, Origin) and found.package == "react" and found.name == "useState"):
            continue
        if len(names) != 2 or len(given) != 1 or given[0].type != "false":
            continue
        value_is, setter = module.binding(names[0]), module.binding(names[1])
        if value_is is not None and setter is not None:
            yield State(module, names[0], value_is, setter)


def _judge(sources: Sources, state: State) -> Iterator[Problem]:
    module = state.module
    sets = [_set(use) for use in uses(module, state.setter)]
    if not sets or any(each is None for each in sets):
        return  # somebody else may set it
    on = [each for each in sets if each is not None and word(arguments(each)[0]) != "false"]
    if not on or any(arguments(each)[0].type != "true" for each in on):
        return
    name = word(state.name)
    guards = [_guard(sources, state, each) for each in on]
    if all(guards):
        guard, how = next(each for each in guards if each)
        yield Problem(
            "fail",
            f"joining waits for `{name}`, which only joining sets",
            module.path,
            module.line(guard),
            module.column(guard),
            f"{how} `{name}` begins as false, and is set at line "
            f"{', '.join(str(module.line(each)) for each in on)} "
            "only: after the join that never begins.",
            f"ask for what has to hold before joining (a token, a name), not for `{name}`",
            evidence={"state": name, "set_at": [module.line(each) for each in on]},
        )


def _set(use: Node) -> Node | None:
    """The call of a setter with one plain value; None for all other uses of it."""
    call = use.parent
    if (
        call is None
        or call.type != "call_expression"
        or not same(callee(call), use)
        or len(arguments(call)) != 1
    ):
        return None
    return call if arguments(call)[0].type in ("true", "false") else None


def _guard(sources: Sources, state: State, call: Node) -> tuple[Node, str] | None:
    """What keeps the setter from being called while the state is false; None where nothing proven does."""
    attribute = next((each for each in ancestors(call) if each.type == "jsx_attribute"), None)
    if attribute is not None:
        return _of_room(sources, state, attribute)
    function = function_of(call)
    while function is not None:
        if (guard := _returns_early(state, function, call)) is not None:
            return guard, "The function ends where the state is false."
        found = _buttons(state, function)
        if found is not None:
            return found
        outer = function_of(function)
        if outer is None or name_of(function) is not None:
            return None
        function = outer
    return None


def _of_room(sources: Sources, state: State, attribute: Node) -> tuple[Node, str] | None:
    """``<LiveKitRoom connect={connected} onConnected={() => setConnected(true)}>``."""
    if word(attribute.named_children[0]) != "onConnected":
        return None
    element = attribute.parent
    if element is None or tag_meaning(sources, state.module, element) != Origin(
        "@livekit/components-react", "LiveKitRoom"
    ):
        return None
    for each in element.named_children:
        if (
            each.type == "jsx_attribute"
            and word(each.named_children[0]) == "connect"
            and len(each.named_children) > 1
        ):
            inner = each.named_children[1]
            value = (
                inner.named_children[0] if inner.type == "jsx_expression" and inner.named_children else None
            )
            if value is not None and state.module.binding(value) is state.value:
                return each, "LiveKitRoom connects once the state is true."
    return None


def _returns_early(state: State, function: Node, call: Node) -> Node | None:
    """``if (!connected) return;`` before anything that the function does on the way to a call."""
    body = function.child_by_field_name("body")
    if body is None or body.type != "statement_block":
        return None
    for statement in body.named_children:
        if inside(call, statement):
            return None
        if statement.type != "if_statement" or statement.child_by_field_name("alternative") is not None:
            continue
        condition = unwrap(statement.child_by_field_name("condition"))
        then = statement.child_by_field_name("consequence")
        first = (
            then.named_children[0]
            if then is not None and then.type == "statement_block" and (then.named_children)
            else then
        )
        if _asks_for(state, condition) and first is not None and first.type == "return_statement":
            return statement
    return None


def _asks_for(state: State, node: Node | None) -> bool:
    """``!connected``, alone or as one of several with ``||``."""
    node = unwrap(node)
    if node is None:
        return False
    if node.type == "unary_expression" and word(node.child_by_field_name("operator")) == "!":
        return state.module.binding(unwrap(node.child_by_field_name("argument"))) is state.value
    if node.type == "binary_expression" and word(node.child_by_field_name("operator")) == "||":
        return any(_asks_for(state, node.child_by_field_name(side)) for side in ("left", "right"))
    return False


def _buttons(state: State, function: Node) -> tuple[Node, str] | None:
    """What keeps all buttons that call a function disabled, or away, while the state is false."""
    module = state.module
    holder = function.parent
    places: list[Node] = []
    if holder is not None and holder.type == "jsx_expression":
        places = [function]
    else:
        binding = module.binding(name_of(function))
        if binding is None:
            return None
        places = uses(module, binding)
    if not places:
        return None
    found: tuple[Node, str] | None = None
    for place in places:
        attribute = next((each for each in ancestors(place) if each.type == "jsx_attribute"), None)
        if attribute is None or word(attribute.named_children[0]) not in ("onClick", "onPress", "onSubmit"):
            return None
        guard = _disabled(state, attribute) or _hidden(state, attribute)
        if guard is None:
            return None
        found = guard
    return found


def _disabled(state: State, attribute: Node) -> tuple[Node, str] | None:
    element = attribute.parent
    for each in element.named_children if element is not None else []:
        if (
            each.type == "jsx_attribute"
            and word(each.named_children[0]) == "disabled"
            and len(each.named_children) > 1
        ):
            inner = each.named_children[1]
            value = (
                inner.named_children[0] if inner.type == "jsx_expression" and inner.named_children else None
            )
            if _asks_for(state, value):
                return each, "The button is disabled while the state is false."
    return None


def _hidden(state: State, attribute: Node) -> tuple[Node, str] | None:
    """``{connected && <button …>}``."""
    for outer in ancestors(attribute):
        if outer.type in FUNCTIONS:
            return None
        if outer.type == "binary_expression" and word(outer.child_by_field_name("operator")) == "&&":
            left = unwrap(outer.child_by_field_name("left"))
            if not inside(attribute, left or outer) and state.module.binding(left) is state.value:
                return outer, "The button is there only once the state is true."
    return None


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="app.join-waits",
    title="Joining waits for nothing that only joining brings",
    category="app",
    run=_run,
    seconds=10.0,
    order=38,
    why="With Mediasoup the socket was connected before anybody joined; with LiveKit, connecting is "
    "joining. A button that waited for `connected` waits for ever.",
    source="found in real migrations",
    evidence="The join button does nothing, and there is no request to the server in the network tab.",
    remedy="Let the button wait for the token, or for nothing, and show `connected` after the join.",
    faults=(
        Fault(
            "`<button disabled={!connected} onClick={join}>`, where join sets `connected`",
            "joining waits for `connected`, which only joining sets",
            "a grey button; no error, no request",
        ),
    ),
)
