"""Where a server's app is made, and which of several is the one that is served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...code.js.nodes import above, arguments, bare, called, of_type, text_of
from ...code.js.parse import Node, Parsed, word
from ..sides import Side
from ..source import Sources
from .imports import imported

_WORDS = {"hono": b"Hono", "express": b"express", "fastify": b"astify"}


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


def made(side: Side) -> str:
    return {"hono": "`new Hono()`", "express": "`express()`", "fastify": "`fastify()`"}[side.kind]


def line_of(sources: Sources, place: Place) -> int | None:
    text = sources.text(place.file)
    return text.line(place.statement.start_byte) if text is not None else None


def places(side: Side, sources: Sources) -> Iterator[Place]:
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


def roots(places: list[Place], side: Side, sources: Sources) -> list[Place]:
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


def chosen(places: list[Place], side: Side) -> Place | None:
    for kept in (
        places,
        [each for each in places if each.served],
        [each for each in places if each.served and each.file == side.entry],
        [each for each in places if each.file == side.entry],
    ):
        if len(kept) == 1:
            return kept[0]
    return None
