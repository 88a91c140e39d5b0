"""Mounting /livekit in the server: Hono, Express, Fastify; behind what sets the app up, before its routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...code.js.nodes import above, arguments, bare, called, of_type, text_of, walk
from ...code.js.parse import Node, Parsed, word
from ...code.js.restyle import end, quoted
from ...code.js.style import Style
from ..sides import Side
from ..source import Sources
from .imports import add_import, after_line, import_line, imported, indent_of, relative
from .model import Outcome

ID = "init.routes"
WHAT = "mount /livekit in the server"
PATH = "/livekit"
NAME = "livekitRoutes"

_WORDS = {"hono": b"Hono", "express": b"express", "fastify": b"astify"}
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "all", "options", "head", "on"})
_SETUP_NAMES = re.compile(r"middleware|cors|security|helmet|parser|session|auth|plugin", re.IGNORECASE)
_FUNCTIONS = ("function_declaration", "function_expression", "arrow_function", "method_definition")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server's app is made.

    Args:
        name: what it is called there: ``app``, ``this.app``.
        statement: the one that makes it.
        served: something in the file hands it to a server.
    """

    file: str
    parsed: Parsed
    name: str
    statement: Node
    served: bool


def mount(side: Side, sources: Sources, style: Style, target: str) -> Outcome:
    """The edit that mounts the routes.

    Args:
        target: the file that exports ``livekitRoutes``, relative to the root.
    """
    places = list(_places(side, sources))
    commonjs = side.module == "cjs"
    if not places:
        file = side.entry or side.package.file
        return _by_hand(side, file, None, f"no {_made(side)} was found in {side.shown}", style, target)
    place = _chosen(places, side)
    if place is None:
        names = ", ".join(f"{each.file}:{_line(sources, each)}" for each in places)
        first = places[0]
        why = f"which app is the server's cannot be told: {names}"
        return _by_hand(side, first.file, _line(sources, first), why, style, target)
    if not place.parsed.sound:
        error = sources.first_error(place.file)
        why = f"the file has a syntax error in line {error}"
        return _by_hand(side, place.file, error, why, style, target, place)
    there = imported(place.parsed, relative(place.file, target, style))
    if NAME in there.values():
        return Outcome(ID, WHAT, place.file, "already")
    if (taken := _taken(place)) is not None:
        text = sources.text(place.file)
        line = text.line(taken.start_byte) if text else None
        why = f"something answers {PATH} already: {word(taken)[:60]}"
        return _by_hand(side, place.file, line, why, style, target, place)
    anchor, why = _anchor(place, side.kind)
    if anchor is None:
        return _by_hand(side, place.file, _line(sources, place), why, style, target, place)
    local = NAME if not _known(place, NAME) else "liveKitRoutes"
    statement = _statement(side.kind, place, local, style, anchor)
    indent = indent_of(place.parsed, anchor)
    gap = style.newline * (2 if _blank_after(place.parsed, anchor) else 1)
    name = NAME if local == NAME else f"{NAME}{': ' if commonjs else ' as '}{local}"
    line_of_import = import_line(name, relative(place.file, target, style), style, commonjs=commonjs)
    imports = add_import(place.parsed, line_of_import, style)
    use = after_line(place.parsed, anchor, f"{gap}{indent}{statement}")
    if use.start == imports.start:  # nothing between the imports and the app
        use = type(use)(use.start, use.end, imports.text + use.text)
        return Outcome(ID, WHAT, place.file, "edit", (use,))
    return Outcome(ID, WHAT, place.file, "edit", (imports, use))


def by_hand_text(kind: str, app: str, specifier: str, style: Style, *, commonjs: bool) -> str:
    """The two lines to write where lkm does not."""
    lines = [import_line(NAME, specifier, style, commonjs=commonjs), _call(kind, app, NAME, style)]
    return "\n".join(lines)


def _by_hand(
    side: Side,
    file: str,
    line: int | None,
    why: str,
    style: Style,
    target: str,
    place: Place | None = None,
) -> Outcome:
    specifier = relative(file, target, style)
    app = place.name if place is not None else "app"
    text = by_hand_text(side.kind, app, specifier, style, commonjs=side.module == "cjs")
    return Outcome(ID, WHAT, file, "by-hand", (), line, why, text)


def _made(side: Side) -> str:
    return {"hono": "`new Hono()`", "express": "`express()`", "fastify": "`fastify()`"}[side.kind]


def _line(sources: Sources, place: Place) -> int | None:
    text = sources.text(place.file)
    return text.line(place.statement.start_byte) if text is not None else None


def _places(side: Side, sources: Sources) -> Iterator[Place]:
    """Every app that the package makes."""
    for path, parsed in sources.with_words(side.folder, _WORDS[side.kind]):
        names = _constructors(parsed, side.kind)
        if not names:
            continue
        for node in of_type(parsed.root, "variable_declarator", "assignment_expression"):
            declared = node.type == "variable_declarator"
            left = node.child_by_field_name("name" if declared else "left")
            value = _innermost(node.child_by_field_name("value" if declared else "right"))
            if left is None or value is None or called(value) not in names:
                continue
            statement = above(
                node,
                "lexical_declaration",
                "variable_declaration",
                "expression_statement",
                "export_statement",
            )
            if left.type not in ("identifier", "member_expression") or statement is None:
                continue
            if statement.parent is not None and statement.parent.type == "export_statement":
                statement = statement.parent
            name = word(left)
            yield Place(path, parsed, name, statement, _served(parsed, name, side.kind))


def _constructors(parsed: Parsed, kind: str) -> set[str]:
    """What is called to make an app, by the names that the file gives it."""
    if kind == "hono":
        names = {**imported(parsed, "hono"), **imported(parsed, "@hono/zod-openapi")}
        return {f"new {own}" for own, its in names.items() if its in ("Hono", "OpenAPIHono")}
    found = {own for own, its in imported(parsed, kind).items() if its in ("default", "*", kind, "Fastify")}
    return found


def _innermost(node: Node | None) -> Node | None:
    """``new Hono().basePath("/x").use(y)`` begins with ``new Hono()``; so does an ``app`` behind an await."""
    node = bare(node)
    while node is not None and node.type == "call_expression":
        function = node.child_by_field_name("function")
        if function is None or function.type != "member_expression":
            return node
        inner = bare(function.child_by_field_name("object"))
        if inner is None or inner.type not in ("call_expression", "new_expression"):
            return node
        node = inner
    return node


def _served(parsed: Parsed, name: str, kind: str) -> bool:
    """Whether the app is handed to a server in its file, or listens itself."""
    for node in of_type(parsed.root, "call_expression", "member_expression"):
        if node.type == "member_expression":
            if kind == "hono" and word(node) == f"{name}.fetch":
                return True
            continue
        what = called(node)
        if what in (f"{name}.listen", f"{name}.ready") and kind != "hono":
            return True
        if what.rpartition(".")[2] in ("createServer", "serve", "handle", "serverless"):
            if any(word(bare(each)) == name for each in arguments(node)):
                return True
    return False


def _chosen(places: list[Place], side: Side) -> Place | None:
    for kept in (
        places,
        [each for each in places if each.served],
        [each for each in places if each.served and each.file == side.entry],
        [each for each in places if each.file == side.entry],
    ):
        if len(kept) == 1:
            return kept[0]
    return None


def _taken(place: Place) -> Node | None:
    """A call that answers below /livekit already."""
    for node in of_type(place.parsed.root, "call_expression"):
        given = arguments(node)
        if given and called(node).startswith(f"{place.name}."):
            path = text_of(given[0])
            if path == PATH or path.startswith(f"{PATH}/"):
                return node
    return None


def _known(place: Place, name: str) -> bool:
    return any(word(node) == name for node in of_type(place.parsed.root, "identifier"))


def _anchor(place: Place, kind: str) -> tuple[Node | None, str]:
    """The statement behind which the routes go, or why none is sure."""
    if "basePath(" in word(place.statement):
        return None, "the app has a base path: with it /livekit lies somewhere else than its clients ask"
    block = place.statement.parent
    anchor = place.statement
    if block is None:
        return None, "the app is made in an unusual place"
    if anchor.type == "expression_statement" and place.name.startswith("this."):
        if not any(_kind_of(each, place.name, kind) == "setup" for each in block.named_children):
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
    return parameters is not None and parameters.named_child_count != 3 and parameters.named_child_count != 0


def _is_router(node: Node) -> bool:
    """Something that is called like routes, or what answers when nothing else did."""
    return node.type == "identifier" and bool(re.search(r"rout|notfound|error", word(node), re.IGNORECASE))


def _blank_after(parsed: Parsed, node: Node) -> bool:
    return bool(re.match(rb"[^\n]*\r?\n[ \t]*\r?\n", parsed.code[node.end_byte :]))


def _statement(kind: str, place: Place, local: str, style: Style, anchor: Node) -> str:
    call = _call(kind, place.name, local, style)
    awaited = kind == "fastify" and anchor.type == "expression_statement" and anchor.named_children
    return f"await {call}" if awaited and anchor.named_children[0].type == "await_expression" else call


def _call(kind: str, app: str, name: str, style: Style) -> str:
    path = quoted(PATH, style)
    if kind == "fastify":
        return f"{app}.register({name}, {{ prefix: {path} }}){end(style)}"
    return f"{app}.{'route' if kind == 'hono' else 'use'}({path}, {name}){end(style)}"
