"""Where routes go in a server: behind what sets its app up, before the first route of its own."""

from __future__ import annotations

import re

from ...code.js.nodes import arguments, bare, called, text_of, walk
from ...code.js.parse import Node, word
from .places import Place

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "all", "options", "head", "on"})
_SETUP_NAMES = re.compile(r"middleware|cors|security|helmet|parser|session|auth|plugin", re.IGNORECASE)
_ROUTE_NAMES = re.compile(r"route|controller|swagger|error|listen|start|notfound|static", re.IGNORECASE)
_FUNCTIONS = ("function_declaration", "function_expression", "arrow_function", "method_definition")


def anchor_of(place: Place, kind: str) -> tuple[Node | None, str]:
    """The statement behind which the routes go, or why none is sure."""
    if "basePath(" in word(place.statement):
        return None, "the app has a base path: with it /livekit lies somewhere else than its clients ask"
    block = place.statement.parent
    anchor = place.statement
    if block is None:
        return None, "the app is made in an unusual place"
    member = anchor.type == "expression_statement" and place.name.startswith("this.")
    if member and not any(_kind_of(each, place.name, kind) == "setup" for each in block.named_children):
        return None, f"{place.name} is set up in several methods: which comes when cannot be told"
    for statement in block.named_children:
        if statement.start_byte <= place.statement.start_byte:
            continue
        match _kind_of(statement, place.name, kind):
            case "setup":
                anchor = statement
            case "route":
                break
    return anchor, ""


def _kind_of(statement: Node, name: str, kind: str) -> str:
    """What a statement does with the app: ``setup``, ``route``, or nothing."""
    if statement.type != "expression_statement":
        return ""
    call = bare(statement.named_children[0]) if statement.named_children else None
    if call is None or call.type != "call_expression":
        return ""
    what = called(_first_call(call, name))
    given = arguments(_first_call(call, name))
    if name.startswith("this.") and what.startswith("this.") and not what.startswith(f"{name}."):
        # A class that sets its app up in methods, one after the other.
        return "setup" if _SETUP_NAMES.search(what) else "route" if _ROUTE_NAMES.search(what) else ""
    if not what.startswith(f"{name}."):
        if any(word(bare(each)) == name for each in given):
            return "setup" if _SETUP_NAMES.search(what) else "route"
        return ""
    method = what.removeprefix(f"{name}.")
    if kind == "hono":
        return "setup" if method == "use" else "route" if method in _VERBS | {"route", "mount"} else ""
    if kind == "fastify":
        if method == "register":
            prefixed = any(word(node) == "prefix" for each in given[1:] for node in walk(each))
            return "route" if prefixed else "setup"
        if method in _VERBS | {"route", "listen"}:
            return "route"
        return "setup" if method in ("addHook", "decorate", "decorateRequest", "setErrorHandler") else ""
    if method == "use":
        if given and (text_of(given[0]) not in ("", "/", "*") or given[0].type in ("array", "regex")):
            return "route"
        return "route" if any(_is_error_handler(each) or _is_router(each) for each in given) else "setup"
    if method in _VERBS:
        return "route" if len(given) > 1 else ""
    return "setup" if method in ("set", "disable", "enable") else "route" if method == "listen" else ""


def _first_call(call: Node, name: str) -> Node:
    """Of ``app.use(a).use(b)`` the call that is made on the app itself."""
    while True:
        function = call.child_by_field_name("function")
        inner = bare(function.child_by_field_name("object")) if function is not None else None
        if inner is None or inner.type != "call_expression" or not word(inner).startswith(name):
            return call
        call = inner


def _is_error_handler(node: Node) -> bool:
    parameters = node.child_by_field_name("parameters") if node.type in _FUNCTIONS else None
    return parameters is not None and parameters.named_child_count not in {0, 3}


def _is_router(node: Node) -> bool:
    """Something that is called like routes, or what answers when nothing else did."""
    return node.type == "identifier" and bool(re.search(r"rout|notfound|error", word(node), re.IGNORECASE))
