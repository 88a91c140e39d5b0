"""Mounting /livekit in the server: Hono, Express, Fastify; behind what sets the app up, before its routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ...code.js.nodes import above, arguments, bare, called, of_type, text_of, walk
from ...code.js.parse import Node, Parsed, word
from ...code.js.restyle import end, quoted
from ...code.js.style import Style
from ...code.js.text import Edit
from ..sides import Side
from ..source import Sources
from .imports import add_import, after_line, import_line, imported, in_scope, indent_of, own_style, relative
from .model import Outcome
from .schema import Schema

ID = "init.routes"
WHAT = "mount /livekit in the server"
PATH = "/livekit"
NAMES = {"hono": "livekitRoutes", "express": "livekitRouter", "fastify": "livekitRoutes"}
"""What the template's routes.ts exports, by framework."""

_WORDS = {"hono": b"Hono", "express": b"express", "fastify": b"astify"}
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "all", "options", "head", "on"})
_SETUP_NAMES = re.compile(r"middleware|cors|security|helmet|parser|session|auth|plugin", re.IGNORECASE)
_ROUTE_NAMES = re.compile(r"route|controller|swagger|error|listen|start|notfound|static", re.IGNORECASE)
_FUNCTIONS = ("function_declaration", "function_expression", "arrow_function", "method_definition")


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the routes are given.

    Args:
        schema: where the server's variables are checked, when LiveKit's are among them.
        resolves: whether an import of a file means the schema's.
        authorize: the expression that decides who may join, ``""`` for the template's own.
        authorize_file, authorize_name: what that expression needs to import.
    """

    schema: Schema | None
    resolves: Callable[[str, str], bool]
    authorize: str = ""
    authorize_file: str = ""
    authorize_name: str = ""


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


def mount(side: Side, sources: Sources, style: Style, target: str, wiring: Wiring) -> Outcome:
    """The edit that mounts the routes.

    Args:
        target: the file that exports them, relative to the root.
    """
    hand = _Hand(side, style, target, wiring)
    places = _roots(list(_places(side, sources)), side, sources)
    if not places:
        return hand.outcome(
            side.entry or side.package.file, None, f"no {_made(side)} was found in {side.shown}"
        )
    place = _chosen(places, side)
    if place is None:
        names = ", ".join(f"{each.file}:{_line(sources, each)}" for each in places)
        first = places[0]
        why = f"which app is the server's cannot be told: {names}"
        return hand.outcome(first.file, _line(sources, first), why, first)
    if not place.parsed.sound:
        error = sources.first_error(place.file)
        return hand.outcome(place.file, error, f"the file has a syntax error in line {error}", place)
    style = own_style(place.parsed, style)
    name = NAMES[side.kind]
    if name in imported(place.parsed, relative(place.file, target, style)).values():
        return Outcome(ID, WHAT, place.file, "already")
    if (taken := _taken(place)) is not None:
        why = f"something answers {PATH} already: {word(taken)[:60]}"
        return hand.outcome(place.file, taken.start_point[0] + 1, why, place)
    anchor, why = _anchor(place, side.kind)
    if anchor is None:
        return hand.outcome(place.file, _line(sources, place), why, place)
    if _known(place, name):
        why = f"the file has a {name} of its own"
        return hand.outcome(place.file, _line(sources, place), why, place)
    env, extra = _env_there(place, anchor, wiring, style)
    lines = [_import(name, relative(place.file, target, style), side, style), *extra]
    if wiring.authorize_file and not _known(place, wiring.authorize_name):
        lines.append(
            _import(wiring.authorize_name, relative(place.file, wiring.authorize_file, style), side, style)
        )
    statement = _call(side.kind, place.name, env, wiring.authorize, style)
    if side.kind == "fastify" and _is_awaited(anchor):
        statement = f"await {statement}"
    gap = style.newline * (2 if _blank_after(place.parsed, anchor) else 1)
    imports = add_import(place.parsed, style.newline.join(lines), style)
    use = after_line(place.parsed, anchor, f"{gap}{indent_of(place.parsed, anchor)}{statement}")
    if use.start == imports.start:  # nothing between the imports and the app
        return Outcome(ID, WHAT, place.file, "edit", (Edit(use.start, use.end, imports.text + use.text),))
    return Outcome(ID, WHAT, place.file, "edit", (imports, use))


def _import(name: str, specifier: str, side: Side, style: Style) -> str:
    return import_line(name, specifier, style, commonjs=side.module == "cjs")


@dataclass(frozen=True, slots=True)
class _Hand:
    """What to write by hand where lkm does not."""

    side: Side
    style: Style
    target: str
    wiring: Wiring

    def outcome(self, file: str, line: int | None, why: str, place: Place | None = None) -> Outcome:
        name = NAMES[self.side.kind]
        imports = _import(name, relative(file, self.target, self.style), self.side, self.style)
        app = place.name if place is not None else "app"
        call = _call(self.side.kind, app, "", self.wiring.authorize, self.style)
        return Outcome(ID, WHAT, file, "by-hand", (), line, why, f"{imports}\n{call}")


def _env_there(place: Place, anchor: Node, wiring: Wiring, style: Style) -> tuple[str, list[str]]:
    """How the place names the checked variables, and what it has to import for that."""
    schema = wiring.schema
    if schema is None:
        return "", []
    if schema.file == place.file and schema.exported:
        return schema.exported, []
    specifiers = {
        text_of(node.child_by_field_name("source"))
        for node in place.parsed.root.named_children
        if node.type == "import_statement"
    }
    own = relative(place.file, schema.file, replace(style, ending=""))
    knows = any(
        re.sub(r"\.[cm]?[jt]s$", "", each) == own or wiring.resolves(place.file, each) for each in specifiers
    )
    for name in filter(None, (schema.exported, "env")):
        if knows and in_scope(anchor, name):
            return name, []
    if schema.exported and not _known(place, schema.exported):
        line = import_line(schema.exported, relative(place.file, schema.file, style), style, commonjs=False)
        return schema.exported, [line]
    return "", []


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


def _roots(places: list[Place], side: Side, sources: Sources) -> list[Place]:
    """Without the apps that another one mounts: ``app.route("/api", routes)``."""
    if len(places) < 2:
        return places
    mounted: set[tuple[str, str]] = set()
    for path, parsed in sources.with_words(side.folder, b".route(", b".use("):
        for node in of_type(parsed.root, "call_expression"):
            given = arguments(node)
            if called(node).rpartition(".")[2] in ("route", "use") and len(given) > 1:
                mounted |= _meant(path, parsed, word(bare(given[-1])), sources)
    left = [each for each in places if not {(each.file, each.name), (each.file, "default")} & mounted]
    return left or places


def _meant(path: str, parsed: Parsed, name: str, sources: Sources) -> set[tuple[str, str]]:
    """The file and the name there that a name of a file means: its own, or an imported one."""
    for node in parsed.root.named_children:
        if node.type == "import_statement":
            specifier = text_of(node.child_by_field_name("source"))
            its = imported(parsed, specifier).get(name)
            target = sources.app.resolver.resolve(path, specifier) if its else None
            if its and target:
                return {(target, its)}
    return {(path, name)}


def _constructors(parsed: Parsed, kind: str) -> set[str]:
    """What is called to make an app, by the names that the file gives it."""
    if kind == "hono":
        names = {**imported(parsed, "hono"), **imported(parsed, "@hono/zod-openapi")}
        return {f"new {own}" for own, its in names.items() if its in ("Hono", "OpenAPIHono")}
    return {own for own, its in imported(parsed, kind).items() if its in ("default", "*", kind, "Fastify")}


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
        hands_over = what.rpartition(".")[2] in ("createServer", "serve", "handle", "serverless")
        if hands_over and any(word(bare(each)) == name for each in arguments(node)):
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


def _blank_after(parsed: Parsed, node: Node) -> bool:
    return bool(re.match(rb"[^\n]*\r?\n[ \t]*\r?\n", parsed.code[node.end_byte :]))


def _is_awaited(statement: Node) -> bool:
    return bool(statement.named_children) and statement.named_children[0].type == "await_expression"


def _call(kind: str, app: str, env: str, authorize: str, style: Style) -> str:
    path = quoted(PATH, style)
    name = NAMES[kind]
    if kind == "fastify":
        options = [f"prefix: {path}"]
        options += ["env" if env == "env" else f"env: {env}"] if env else []
        options += [f"authorize: {authorize}"] if authorize else []
        return f"{app}.register({name}, {{ {', '.join(options)} }}){end(style)}"
    given = [env or "process.env", authorize] if authorize else [env] if env else []
    return f"{app}.{'route' if kind == 'hono' else 'use'}({path}, {name}({', '.join(given)})){end(style)}"
