"""What a file exports by name, and whether anybody takes it through a file that passes it on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..code.js.parse import Node, word
from .nodes import read, source_of, unquoted, walk
from .work import Work


def taken_through(
    work: Work, via: str, origin: str, whole: set[str], targets: Mapping[str, Mapping[str, str]]
) -> bool:
    """Whether a file that stays takes through ``via`` what ``origin`` exports; where it is unsure, yes.

    Args:
        whole: the files that go.
        targets: source file → specifier → the file that it means.
    """
    names = exported(origin, work.now(origin) or b"")
    if names is None or not origin:
        return True
    for path, found in targets.items():
        if path in whole or path in (via, origin) or via not in found.values():
            continue
        names_taken = taken(path, work.now(path) or b"", {s for s, t in found.items() if t == via})
        if names_taken is None or names_taken & names:
            return True
    return False


def exported(path: str, data: bytes) -> set[str] | None:
    """The names that a file exports; None where it passes on all of another's, or cannot be read."""
    parsed = read(path, data)
    if parsed is None:
        return None
    found: set[str] = set()
    for statement in parsed.root.named_children:
        if statement.type != "export_statement":
            continue
        declaration = statement.child_by_field_name("declaration")
        clause = next((c for c in statement.named_children if c.type == "export_clause"), None)
        if declaration is not None:
            found.update(_declared(declaration))
        elif clause is not None:
            for each in clause.named_children:
                found.add(word(each.child_by_field_name("alias") or each.child_by_field_name("name")))
        elif any(child.type == "default" for child in statement.children):
            found.add("default")
        else:
            return None
    return found


def _declared(declaration: Node) -> Iterator[str]:
    name = declaration.child_by_field_name("name")
    if name is not None:
        yield word(name)
    for each in declaration.named_children:
        if each.type == "variable_declarator":
            stack = [each.child_by_field_name("name")]
            while stack:
                node = stack.pop()
                if node is None:
                    continue
                if node.type in ("identifier", "shorthand_property_identifier_pattern"):
                    yield word(node)
                stack.extend(node.named_children)


def taken(path: str, data: bytes, specifiers: set[str]) -> set[str] | None:
    """The names that a file takes from specifiers; None where it takes all of them, or some unknown ones."""
    parsed = read(path, data)
    if parsed is None:
        return None
    found: set[str] = set()
    stack = [parsed.root]
    while stack:
        node = stack.pop()
        if node.type == "import_statement" and source_of(node) in specifiers:
            for each in walk(node, ()):
                if each.type == "namespace_import":
                    return None
                if each.type == "import_specifier":
                    found.add(word(each.child_by_field_name("name")))
                if each.type == "import_clause" and each.named_children[0].type == "identifier":
                    found.add("default")
        elif unquoted(_specifier(node)) in specifiers:
            return None
        stack.extend(node.named_children)
    return found


def _specifier(node: Node) -> Node | None:
    """What an ``export … from``, a ``require`` or an ``import()`` names: all of it may be taken there."""
    if node.type == "export_statement":
        return node.child_by_field_name("source")
    above = node.parent
    outside = above is None or above.type not in ("import_statement", "export_statement")
    return node if node.type == "string" and outside else None
