"""Functions and classes: what they take, give, and keep in ``this``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..code.js.parse import Node, word
from .unit import Function, Token

if TYPE_CHECKING:
    from .flow import Flow


class Functions:
    """Reads functions and classes for a ``Flow``; every method that gives an int gives a node."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def function(self, node: Node, this: int | None = None) -> int:
        arrow = node.type == "arrow_function"
        function = Function([], -1, self.flow.node(), -1)
        self.flow.unit.functions.append(function)
        token: Token = ("F", len(self.flow.unit.functions) - 1)
        name = node.child_by_field_name("name")
        if name is not None and name.type == "identifier":
            result = self.flow.at(name)
            self.flow.unit.tokens.append((result, token))
        else:
            result = self.flow.holding(token)
        before = self.flow.this, self.flow.returns
        if not arrow:
            self.flow.this = function.this = this if this is not None else self.flow.node()
        self.flow.returns = function.returns
        single = node.child_by_field_name("parameter")
        if single is not None:
            function.params.append(self.flow.at(single))
        self.parameters(node.child_by_field_name("parameters"), function)
        self.flow.edge(self.flow.types.annotation(node.child_by_field_name("return_type")), function.returns)
        body = node.child_by_field_name("body")
        value = self.flow.ev(body)
        if body is not None and body.type != "statement_block":
            self.flow.edge(value, function.returns)
        self.flow.this, self.flow.returns = before
        return result

    def parameters(self, node: Node | None, function: Function) -> None:
        for child in node.named_children if node is not None else ():
            pattern = child.child_by_field_name("pattern") or child
            if child.type in ("comment", "this") or pattern.type == "this":
                continue
            if child.type == "assignment_pattern":
                pattern = child.child_by_field_name("left") or child
            for decorator in child.children_by_field_name("decorator"):
                self.flow.ev(decorator)
            rest = pattern.type == "rest_pattern"
            taken = self.flow.node()
            self.flow.edge(self.flow.types.annotation(child.child_by_field_name("type")), taken)
            self.flow.edge(
                self.flow.ev(child.child_by_field_name("value") or child.child_by_field_name("right")), taken
            )
            self.flow.patterns.pattern(pattern, taken)
            if rest:
                function.rest = taken
            else:
                function.params.append(taken)
            if self.flow.owner is not None and any(
                c.type in ("accessibility_modifier", "readonly", "override_modifier") for c in child.children
            ):
                self.flow.field(self.flow.owner, word(pattern), taken)

    def method(self, node: Node, token: Token, this: int) -> None:
        for child in node.named_children:
            if child.type == "decorator":
                self.flow.ev(child)
        name = self.flow.key(node.child_by_field_name("name"))
        before, self.flow.owner = (
            self.flow.owner,
            token if name == "constructor" and token[0] == "I" else None,
        )
        value = self.function(node, this=this)
        self.flow.owner = before
        kinds = {child.type for child in node.children if not child.is_named}
        if "get" in kinds:
            self.flow.field(token, name, self.flow.unit.functions[int(self.last_function(value)[1])].returns)
        elif "set" in kinds:
            function = self.flow.unit.functions[int(self.last_function(value)[1])]
            if function.params:
                self.flow.unit.loads.append((this, name, function.params[0]))
        else:
            self.flow.field(token, name, value)

    def last_function(self, node: int) -> Token:
        for held, token in reversed(self.flow.unit.tokens):
            if held == node and token[0] == "F":
                return token
        return ("F", 0)

    def class_(self, node: Node) -> int:
        number = self.flow.unit.classes
        self.flow.unit.classes += 1
        kind: Token = ("K", number)
        instance: Token = ("I", number)
        name = node.child_by_field_name("name")
        result = self.flow.at(name) if name is not None else self.flow.node()
        self.flow.unit.tokens.append((result, kind))
        this = self.flow.holding(instance)
        for child in node.named_children:
            if child.type == "class_heritage":
                self.heritage(child, kind, instance)
            elif child.type == "decorator":
                self.flow.ev(child)
        before = self.flow.this, self.flow.returns, self.flow.owner
        self.flow.this, self.flow.returns = this, -1
        body = node.child_by_field_name("body")
        for member in body.named_children if body is not None else ():
            static = any(child.type == "static" for child in member.children)
            token = kind if static else instance
            match member.type:
                case "method_definition" | "method_signature" | "abstract_method_signature":
                    self.method(member, token, result if static else this)
                case "public_field_definition" | "field_definition":
                    self.flow.this = result if static else this
                    self.class_field(member, token)
                    self.flow.this = this
                case _:
                    self.flow.ev(member)
        self.flow.this, self.flow.returns, self.flow.owner = before
        return result

    def heritage(self, node: Node, kind: Token, instance: Token) -> None:
        for child in node.named_children:
            if child.type == "implements_clause":
                continue
            value = self.flow.ev(
                child.child_by_field_name("value") if child.type == "extends_clause" else child
            )
            if value >= 0:
                self.flow.unit.bases.append((kind, value))
                made = self.flow.node()
                self.flow.unit.instances.append((value, made, -1))
                self.flow.unit.bases.append((instance, made))

    def class_field(self, node: Node, token: Token) -> None:
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        for decorator in node.children_by_field_name("decorator"):
            self.flow.ev(decorator)
        field = self.flow.node()
        self.flow.edge(self.flow.types.annotation(node.child_by_field_name("type")), field)
        self.flow.edge(self.flow.ev(node.child_by_field_name("value")), field)
        self.flow.field(token, self.flow.key(name), field)
