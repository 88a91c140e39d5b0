"""Mounting /livekit in the server: Hono, Express, Fastify; behind what sets the app up, before its routes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from ...code.js.nodes import arguments, called, of_type, text_of
from ...code.js.parse import Node, Parsed, word
from ...code.js.restyle import end, quoted
from ...code.js.style import Style
from ...code.js.text import Edit
from ..sides import Side
from ..source import Sources
from .imports import add_import, after_line, import_line, imported, in_scope, indent_of, own_style, relative
from .model import Outcome
from .order import anchor_of
from .places import Place, chosen, line_of, made, places, roots
from .schema import Schema

ID = "init.routes"
WHAT = "mount /livekit in the server"
PATH = "/livekit"
NAMES = {"hono": "livekitRoutes", "express": "livekitRouter", "fastify": "livekitRoutes"}
"""What the template's routes.ts exports, by framework."""


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


def mount(side: Side, sources: Sources, style: Style, target: str, wiring: Wiring) -> Outcome:
    """The edit that mounts the routes.

    Args:
        target: the file that exports them, relative to the root.
    """
    hand = _Hand(side, style, target, wiring)
    found = roots(list(places(side, sources)), side, sources)
    if not found:
        if side.entry and (error := sources.first_error(side.entry)):
            return hand.outcome(side.entry, error, "the file has a syntax error")
        return hand.outcome(
            side.entry or side.package.file, None, f"no {made(side)} was found in {side.shown}"
        )
    place = chosen(found, side)
    if place is None:
        names = ", ".join(f"{each.file}:{line_of(sources, each)}" for each in found)
        first = found[0]
        why = f"which app is the server's cannot be told: {names}"
        return hand.outcome(first.file, line_of(sources, first), why, first)
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
    anchor, why = anchor_of(place, side.kind)
    if anchor is None:
        return hand.outcome(place.file, line_of(sources, place), why, place)
    if _known(place, name):
        why = f"the file has a {name} of its own"
        return hand.outcome(place.file, line_of(sources, place), why, place)
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
