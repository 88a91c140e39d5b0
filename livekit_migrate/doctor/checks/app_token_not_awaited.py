"""`toJwt()` of livekit-server-sdk 2 gives a promise; what sends it without `await` sends `{}`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...code.js.parse import Node, word
from ...code.js.text import Edit
from ...core.changes import ChangeSet
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.names import callers, uses
from ..source.nodes import FUNCTIONS, callee, function_of, is_async, method, outward, receiver, same
from ..source.problem import Problem, mend, report
from ..source.sources import Module, Sources
from ..source.tokens import jwt_calls, sdk_major

_SENDS = frozenset({"json", "send", "end", "stringify", "header", "setHeader"})
_WIRE = re.compile(r"socket|\bio\b|\bws\b|client|peer|conn", re.IGNORECASE)
_DEEPEST = 6


def problems(sources: Sources) -> Iterator[Problem]:
    for module, call in jwt_calls(sources):
        major = sdk_major(sources, module.path)
        if major is not None and major < 2:
            continue  # there it gives the text itself
        for where, sink, how in _wrong(sources, module, call, _DEEPEST):
            yield _problem(module, call, where, sink, how)


def _problem(module: Module, call: Node, where: Module, sink: Node, how: str) -> Problem:
    here = f"{module.path}:{module.line(call)}"
    elsewhere = "" if where is module and sink.id == call.id else f" `{word(call)}` is at {here}."
    function = function_of(sink)
    edits: tuple[Edit, ...] = ()
    if where is module and function is not None and is_async(function) and sink.type == "call_expression":
        edits = (Edit(sink.start_byte, sink.start_byte, "await "),)
    text = (
        f"put `await` before it: `await {_short(sink)}`"
        if function is None or is_async(function)
        else "make the function around it `async` and put `await` before it"
    )
    return Problem(
        "fail",
        f"toJwt() is not awaited: {how}",
        where.path,
        where.line(sink),
        where.column(sink),
        f"In livekit-server-sdk 2 it gives a promise, and the client refuses what arrives.{elsewhere}",
        text,
        edits,
        {"call": " ".join(word(call).split())[:120], "call_at": here, "arrives": how},
    )


def _short(node: Node) -> str:
    """An expression in one line; a long call without its arguments."""
    said = " ".join(word(node).split())
    function = node.child_by_field_name("function")
    if len(said) > _LINE and node.type == "call_expression" and function is not None:
        said = f"{' '.join(word(function).split())}(…)"
    return said if len(said) <= _LINE else f"{said[:_LINE]}…"


_LINE = 60


def _wrong(sources: Sources, module: Module, node: Node, depth: int) -> Iterator[tuple[Module, Node, str]]:
    """Where a promise ends up in what is sent: the module, what holds the promise there, and how."""
    at = outward(node)
    parent = at.parent
    if parent is None or depth <= 0:
        return
    match parent.type:
        case "template_substitution":
            yield module, node, "`[object Promise]` stands in the text"
        case "binary_expression" if word(parent.child_by_field_name("operator")) == "+":
            yield module, node, "`[object Promise]` stands in the text"
        case "arguments":
            if _sends(parent):
                yield module, node, "`{}` is sent in its place"
        case "pair" | "object":
            yield from _in_object(sources, module, node, parent, depth)
        case "ternary_expression" | "binary_expression" if _is_value_of(at, parent):
            yield from _followed(sources, module, node, parent, depth)
        case "variable_declarator" if same(parent.child_by_field_name("value"), at):
            binding = module.binding(parent.child_by_field_name("name"))
            if binding is None or binding.written:
                return
            for use in uses(module, binding):
                yield from _blamed(_wrong(sources, module, use, depth - 1), module, use, node)
        case "return_statement" | "arrow_function":
            yield from _returned(sources, module, at, parent, depth)
        case "await_expression":
            yield from _awaited(sources, module, parent, depth)
        case _:
            return


def _is_value_of(node: Node, outer: Node) -> bool:
    if outer.type == "ternary_expression":
        return not same(outer.child_by_field_name("condition"), node)
    return word(outer.child_by_field_name("operator")) in ("||", "??")


def _followed(
    sources: Sources, module: Module, node: Node, outer: Node, depth: int
) -> Iterator[tuple[Module, Node, str]]:
    yield from _blamed(_wrong(sources, module, outer, depth - 1), module, outer, node)


def _blamed(
    found: Iterator[tuple[Module, Node, str]], module: Module, old: Node, new: Node
) -> Iterator[tuple[Module, Node, str]]:
    """What was found of a name or an outer expression, told of the call itself: there the `await` belongs."""
    for where, sink, how in found:
        yield (where, new, how) if where is module and sink.id == old.id else (where, sink, how)


def _sends(given: Node) -> bool:
    call = given.parent
    if call is None:
        return False
    if call.type == "new_expression":
        return word(callee(call)) in ("Response", "NextResponse")
    whom = receiver(call)
    if whom is None:
        return False
    return method(call) in _SENDS or (method(call) == "emit" and bool(_WIRE.search(word(whom))))


def _in_object(
    sources: Sources, module: Module, node: Node, parent: Node, depth: int
) -> Iterator[tuple[Module, Node, str]]:
    """A field of an object literal: an `await` of the object does not reach it."""
    if parent.type == "pair" and not same(parent.child_by_field_name("value"), outward(node)):
        return
    whole = parent.parent if parent.type == "pair" else parent
    over = outward(whole) if whole is not None else None
    outer = over.parent if over is not None else None
    if whole is None or outer is None:
        return
    if outer.type == "arguments" and _sends(outer):
        yield module, node, "`{}` is sent in its place"
    elif outer.type in ("pair", "object"):
        yield from _blamed(_in_object(sources, module, whole, outer, depth - 1), module, whole, node)
    elif outer.type == "return_statement" and _is_sent(function_of(outer)):
        yield module, node, "`{}` is sent in its place"
    elif outer.type == "variable_declarator" and depth > 0:
        binding = module.binding(outer.child_by_field_name("name"))
        for use in uses(module, binding) if binding is not None and not binding.written else ():
            given = outward(use).parent
            if given is not None and given.type == "arguments" and _sends(given):
                yield module, node, "`{}` is sent in its place"
                return


def _is_sent(function: Node | None) -> bool:
    """Whether a framework makes JSON of what a function gives back: a method of a Nest controller."""
    if function is None or function.type != "method_definition":
        return False
    before = function.prev_named_sibling
    while before is not None and before.type == "decorator":
        if word(before).startswith(("@Get(", "@Post(", "@All(", "@Put(")):
            return True
        before = before.prev_named_sibling
    return False


def _awaited(sources: Sources, module: Module, node: Node, depth: int) -> Iterator[tuple[Module, Node, str]]:
    """What an async function awaits and gives back is a promise again, for whoever calls it."""
    at = outward(node)
    parent = at.parent
    if parent is not None and parent.type in ("return_statement", "arrow_function"):
        yield from _returned(sources, module, at, parent, depth)
    elif parent is not None and parent.type == "variable_declarator":
        binding = module.binding(parent.child_by_field_name("name"))
        for use in uses(module, binding) if binding is not None and not binding.written else ():
            over = outward(use).parent
            if over is not None and over.type == "return_statement":
                yield from _returned(sources, module, outward(use), over, depth)


def _returned(
    sources: Sources, module: Module, node: Node, parent: Node, depth: int
) -> Iterator[tuple[Module, Node, str]]:
    """What a function gives back is for its callers to await, be it async or not."""
    function = parent if parent.type in FUNCTIONS else function_of(parent)
    if function is None or (
        parent.type == "arrow_function" and not same(parent.child_by_field_name("body"), node)
    ):
        return
    for where, call in callers(sources, module, function):
        yield from _wrong(sources, where, call, depth - 1)


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


def _fix(context: Context, finding: Finding) -> ChangeSet | None:
    return mend(context, finding, "lkm doctor --fix", problems)


CHECK = Check(
    id="app.token-not-awaited",
    title="Tokens are awaited before they are sent",
    category="app",
    run=_run,
    fix=_fix,
    seconds=10.0,
    order=10,
    why="Since livekit-server-sdk 2 `toJwt()` is asynchronous. JSON makes `{}` of a promise, a text makes "
    "`[object Promise]` of it, and no client can connect with either.",
    source="livekit-server-sdk: `toJwt(): string` in 1.2.7, `toJwt(): Promise<string>` in 2.0.0",
    evidence='The answer of the token route: `{"token":{}}`; a 401 of /rtc/validate in the network tab.',
    remedy="`await` the call, in an `async` function, and await the functions that give its promise back.",
    faults=(
        Fault(
            "a route sends `at.toJwt()` without `await`",
            "toJwt() is not awaited: `{}` is sent in its place",
            '`curl …/token` prints `{"token":{}}` with status 200; the server answers the join with 401 '
            "`invalid authorization token`",
        ),
    ),
)
