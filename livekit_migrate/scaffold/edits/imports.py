"""Adding an import to a file, in its own style: what is imported already, and where the next one goes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from ...app.manifests import folder_of
from ...code.js.nodes import arguments, called, of_type, text_of
from ...code.js.parse import Node, Parsed, word
from ...code.js.restyle import end, quoted
from ...code.js.style import Style, measure
from ...code.js.text import Edit

_ENDING = re.compile(r"\.(?:[cm]?[jt]sx?)$")


def relative(from_file: str, to_file: str, style: Style) -> str:
    """How a file names another one of the app's, in the style's way of endings."""
    stem = _ENDING.sub("", to_file)
    path = posixpath.relpath(stem, folder_of(from_file) or ".")
    return (path if path.startswith(".") else f"./{path}") + style.ending


def imported(parsed: Parsed, module: str) -> dict[str, str]:
    """Names that a file has from a module: its own name → the module's (``default``, ``*``)."""
    found: dict[str, str] = {}
    for node in parsed.root.named_children:
        if node.type == "import_statement":
            if text_of(node.child_by_field_name("source")) == module:
                found.update(_clause(node))
        elif node.type in ("lexical_declaration", "variable_declaration"):
            for declared in node.named_children:
                value = (
                    declared.child_by_field_name("value") if declared.type == "variable_declarator" else None
                )
                if value is not None and called(value) == "require":
                    given = arguments(value)
                    if given and text_of(given[0]) == module:
                        found.update(_required(declared.child_by_field_name("name")))
    return found


def _clause(node: Node) -> Iterator[tuple[str, str]]:
    for child in of_type(node, "import_specifier", "namespace_import", "import_clause"):
        if child.type == "import_specifier":
            name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
            yield word(alias or name), word(name)
        elif child.type == "namespace_import":
            yield word(child.named_children[0]), "*"
        elif child.named_children and child.named_children[0].type == "identifier":
            yield word(child.named_children[0]), "default"


def _required(pattern: Node | None) -> Iterator[tuple[str, str]]:
    if pattern is None:
        return
    if pattern.type == "identifier":
        yield word(pattern), "default"
    elif pattern.type == "object_pattern":
        for child in pattern.named_children:
            if child.type == "shorthand_property_identifier_pattern":
                yield word(child), word(child)
            elif child.type == "pair_pattern":
                yield word(child.child_by_field_name("value")), word(child.child_by_field_name("key"))


def import_line(name: str, specifier: str, style: Style, *, commonjs: bool, default: bool = False) -> str:
    """The statement that imports one name."""
    source = quoted(specifier, style)
    names = name if default else f"{{ {name} }}"
    if commonjs:
        return f"const {names} = require({source}){end(style)}"
    return f"import {names} from {source}{end(style)}"


def add_import(parsed: Parsed, line: str, style: Style) -> Edit:
    """The edit that puts an import behind the last one, or at the file's beginning."""
    last: Node | None = None
    first: Node | None = None
    for node in parsed.root.named_children:
        if _is_import(node):
            last = node
        elif node.type == "expression_statement" and node.named_children[0].type == "string" and not last:
            first = node  # "use client"
        elif node.type == "hash_bang_line":
            first = node
    if last is not None:
        return after_line(parsed, last, style.newline + line)
    if first is not None:
        return after_line(parsed, first, style.newline * 2 + line)
    start = next((n.start_byte for n in parsed.root.named_children if n.type != "comment"), 0)
    return Edit(start, start, line + style.newline * 2)


def _is_import(node: Node) -> bool:
    if node.type == "import_statement":
        return True
    if node.type not in ("lexical_declaration", "variable_declaration"):
        return False
    values = [each.child_by_field_name("value") for each in node.named_children]
    return any(value is not None and called(value) == "require" for value in values)


def after_line(parsed: Parsed, node: Node, text: str) -> Edit:
    """An edit behind a node, and behind a comment that follows it in its line."""
    at = node.end_byte
    stop = parsed.code.find(b"\n", at)
    rest = parsed.code[at : stop if stop >= 0 else len(parsed.code)].rstrip(b"\r")
    if re.fullmatch(rb"[ \t]*;?[ \t]*(?://.*|/\*[^*]*\*/[ \t]*)?", rest):
        at += len(rest)
    return Edit(at, at, text)


def indent_of(parsed: Parsed, node: Node) -> str:
    """The blanks at the start of the line that a node begins in."""
    start = parsed.code.rfind(b"\n", 0, node.start_byte) + 1
    line = parsed.code[start : node.start_byte]
    return line[: len(line) - len(line.lstrip())].decode("utf-8", "replace")


def own_style(parsed: Parsed, style: Style) -> Style:
    """The style of the file that is edited; import endings are the package's."""
    return replace(measure([parsed], style), ending=style.ending)


def in_scope(node: Node, name: str) -> bool:
    """Whether a name is declared where a node stands: around it or imported, and before it."""
    inner: Node | None = node
    while inner is not None:
        parameters = inner.child_by_field_name("parameters")
        if parameters is not None and name in _declared(parameters):
            return True
        if inner.type in ("statement_block", "program"):
            for statement in inner.named_children:
                if statement.start_byte < node.start_byte and name in _declared_by(statement):
                    return True
        inner = inner.parent
    return False


def _declared_by(statement: Node) -> set[str]:
    if statement.type == "import_statement":
        return {own for own, _ in _clause(statement)}
    if statement.type == "export_statement":
        declaration = statement.child_by_field_name("declaration")
        return _declared_by(declaration) if declaration is not None else set()
    if statement.type in ("lexical_declaration", "variable_declaration"):
        names = [each.child_by_field_name("name") for each in statement.named_children]
        return {found for name in names if name is not None for found in _declared(name)}
    return set()


def _declared(pattern: Node) -> set[str]:
    """The names in a pattern or in parameters; those of types among them do no harm."""
    return {word(node) for node in of_type(pattern, "identifier", "shorthand_property_identifier_pattern")}
