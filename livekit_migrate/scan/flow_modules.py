"""Imports and exports: what flows between files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..code.js.parse import Node, word

if TYPE_CHECKING:
    from .flow import Flow


class Modules:
    """Reads imports and exports for a ``Flow``."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def import_(self, node: Node) -> int:
        source = node.child_by_field_name("source")
        for clause in node.named_children:
            if clause.type == "import_require_clause":
                specifier = word(clause.child_by_field_name("source"))[1:-1]
                self.flow.unit.tokens.append((self.flow.at(clause.named_children[0]), ("M", specifier)))
        if source is None:
            return -1
        specifier = word(source)[1:-1]
        for clause in node.named_children:
            if clause.type != "import_clause":
                continue
            for part in clause.named_children:
                if part.type == "identifier":
                    self.flow.unit.imports.append((self.flow.at(part), specifier, "default"))
                elif part.type == "namespace_import":
                    self.flow.unit.imports.append((self.flow.at(part.named_children[-1]), specifier, "*"))
                else:
                    self.import_names(part, specifier)
        return -1

    def import_names(self, node: Node, specifier: str) -> None:
        for child in node.named_children:
            name = child.child_by_field_name("name")
            if name is not None:
                local = child.child_by_field_name("alias") or name
                self.flow.unit.imports.append((self.flow.at(local), specifier, word(name).strip("'\"")))

    def import_alias(self, node: Node) -> int:
        first, *rest = node.named_children
        if rest:
            self.flow.edge(self.flow.types.name(rest[0]), self.flow.at(first))
        return -1

    def export(self, node: Node) -> int:
        source = node.child_by_field_name("source")
        specifier = word(source)[1:-1] if source is not None else ""
        declaration = node.child_by_field_name("declaration")
        value = node.child_by_field_name("value")
        kinds = {child.type for child in node.children}
        if declaration is not None:
            self.flow.ev(declaration)
            for name in self.declared(declaration):
                self.exported("default" if "default" in kinds else word(name), self.flow.at(name))
            if "default" in kinds and declaration.child_by_field_name("name") is None:
                self.exported("default", self.flow.node())
        elif value is not None:
            self.exported("default", self.flow.ev(value))
        elif "=" in kinds:
            self.flow.edge(self.flow.ev(node.named_children[-1]), self.flow.exports())
        for child in node.children:
            if child.type == "export_clause":
                self.export_names(child, specifier)
            elif child.type == "namespace_export":
                self.exported(word(child.named_children[-1]), self.flow.holding(("M", specifier)))
            elif child.type == "*" and specifier:
                self.flow.unit.stars.append(specifier)
            elif child.type == "decorator":
                self.flow.ev(child)
        return -1

    def exported(self, name: str, node: int) -> None:
        if self.flow.space is not None:
            self.flow.field(self.flow.space, name, node)
        elif node >= 0:
            self.flow.unit.exports[name] = node

    def export_names(self, clause: Node, specifier: str) -> None:
        for child in clause.named_children:
            name = child.child_by_field_name("name")
            if name is None:
                continue
            outside = word(child.child_by_field_name("alias") or name).strip("'\"")
            if specifier:
                node = self.flow.node()
                self.flow.unit.imports.append((node, specifier, word(name).strip("'\"")))
                self.exported(outside, node)
            else:
                self.exported(outside, self.flow.at(name))

    def declared(self, node: Node) -> list[Node]:
        name = node.child_by_field_name("name")
        if name is not None:
            return [name] if name.type in ("identifier", "type_identifier") else []
        found: list[Node] = []
        stack = [child.child_by_field_name("name") for child in node.named_children]
        while stack:
            part = stack.pop()
            if part is None:
                continue
            if part.type in ("identifier", "type_identifier", "shorthand_property_identifier_pattern"):
                found.append(part)
            elif part.type in ("object_pattern", "array_pattern", "rest_pattern"):
                stack += part.named_children
            elif part.type == "pair_pattern":
                stack.append(part.child_by_field_name("value"))
            elif part.type in ("object_assignment_pattern", "assignment_pattern"):
                stack.append(part.child_by_field_name("left"))
        return found

    def namespace(self, node: Node) -> int:
        name = node.child_by_field_name("name")
        before = self.flow.space
        if name is not None and name.type == "identifier":
            self.flow.space = self.flow.holder()
            self.flow.unit.tokens.append((self.flow.at(name), self.flow.space))
        self.flow.ev(node.child_by_field_name("body"))
        self.flow.space = before
        return -1
