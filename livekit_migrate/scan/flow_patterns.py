"""Assignments and patterns: taking a value apart into names and fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..code.js.parse import Node, word

if TYPE_CHECKING:
    from .flow import Flow


class Patterns:
    """Takes values apart for a ``Flow``."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def assign(self, target: Node, value: int) -> None:
        match target.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                self.flow.edge(value, self.flow.at(target))
            case "member_expression":
                base, name = (
                    target.child_by_field_name("object"),
                    word(target.child_by_field_name("property")),
                )
                if base is not None and name == "exports" and self.flow.is_free(base, "module"):
                    self.flow.edge(value, self.flow.exports())
                else:
                    self.flow.store(self.flow.ev(base), name, value)
            case "subscript_expression":
                index = target.child_by_field_name("index")
                self.flow.store(
                    self.flow.ev(target.child_by_field_name("object")), self.flow.key(index), value
                )
                self.flow.ev(index)
            case "parenthesized_expression" | "non_null_expression" | "as_expression" if (
                target.named_children
            ):
                self.assign(target.named_children[0], value)
            case _:
                self.pattern(target, value)

    def pattern(self, node: Node, base: int) -> None:
        """Take ``base`` apart into the names of a pattern, declared or assigned."""
        match node.type:
            case "object_pattern":
                for child in node.named_children:
                    self.part(child, base)
            case "array_pattern":
                for index, part in enumerate(self.elements_of(node)):
                    if part is not None and part.type == "rest_pattern":
                        self.pattern(part, base)
                    elif part is not None:
                        self.pattern(part, self.flow.load(base, f"[{min(index, 3)}]"))
            case "assignment_pattern" | "object_assignment_pattern":
                self.default(node, base)
            case "rest_pattern" if node.named_children:
                self.pattern(node.named_children[0], base)
            case "identifier" | "member_expression" | "subscript_expression" | "non_null_expression":
                self.assign(node, base)
            case "shorthand_property_identifier_pattern":
                self.assign(node, base)
            case _:
                self.flow.ev(node)

    def part(self, child: Node, base: int) -> None:
        match child.type:
            case "shorthand_property_identifier_pattern":
                self.flow.edge(self.flow.load(base, word(child)), self.flow.at(child))
            case "pair_pattern":
                value = child.child_by_field_name("value")
                if value is not None:
                    self.pattern(value, self.flow.load(base, self.flow.key(child.child_by_field_name("key"))))
            case "object_assignment_pattern":
                left = child.child_by_field_name("left")
                if left is not None:
                    self.part(left, base) if left.type.startswith("shorthand") else self.pattern(left, base)
                    self.default_value(left, child)
            case _:
                self.pattern(child, base)

    def default(self, node: Node, base: int) -> None:
        left = node.child_by_field_name("left")
        if left is not None:
            self.pattern(left, base)
            self.default_value(left, node)

    def default_value(self, left: Node, node: Node) -> None:
        value = self.flow.ev(node.child_by_field_name("right"))
        if value >= 0:
            self.pattern(left, value)

    @staticmethod
    def elements_of(node: Node) -> list[Node | None]:
        """What stands at each place of an array pattern; ``[, b]`` has None first."""
        found: list[Node | None] = [None]
        for child in node.children[1:-1]:
            if child.type == ",":
                found.append(None)
            elif child.type != "comment":
                found[-1] = child
        return found
