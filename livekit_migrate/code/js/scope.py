"""Which declaration each identifier of a file means: scopes, hoisting, patterns, imports, types.

Values and types share one name space per scope: a class, an enum, or an interface beside a const of the same
name is one binding with several declarations, as a reader sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .parse import Node, Parsed, word


@dataclass(slots=True, eq=False)
class Binding:
    """A name that a file declares.

    Args:
        kind: ``import``, ``var``, ``let``, ``const``, ``using``, ``function``, ``class``, ``param``,
            ``catch``, ``type``, ``enum`` or ``namespace``.
        declared: byte offsets of the identifiers that declare it, in order.
        used: byte offsets of the identifiers that mean it, declarations not counted, in no order.
        written: those of ``used`` that are assigned to.
    """

    name: str
    kind: str
    scope: Scope
    declared: list[int] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Scope:
    """Where names are declared: the module, a function, a block, a type's parameters."""

    parent: Scope | None
    function: bool
    names: dict[str, Binding] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scopes:
    """The answer for a file.

    Args:
        at: the binding that the identifier at a byte offset declares or means.
        free: names that no declaration of the file gives, with the offsets of their uses.
    """

    module: Scope
    at: dict[int, Binding]
    free: dict[str, list[int]]
    bindings: list[Binding]


NO_SCOPES = Scopes(Scope(None, function=True), {}, {}, [])
"""For a file that cannot be resolved: nothing is declared and nothing is free."""


def resolve(parsed: Parsed) -> Scopes:
    """Resolve every identifier of the file.

    Raises:
        RecursionError: the file is nested deeper than any that a person wrote.
    """
    resolver = _Resolver()
    resolver.children(parsed.root, resolver.module)
    return resolver.finish()


IDENTIFIERS = ("identifier", "type_identifier", "shorthand_property_identifier")


class _Resolver:
    def __init__(self) -> None:
        self.module = Scope(None, function=True)
        self.at: dict[int, Binding] = {}
        self.bindings: list[Binding] = []
        self.uses: list[tuple[str, int, Scope, bool]] = []
        self.handlers: dict[str, Callable[[Node, Scope], None]] = {
            "import_statement": self.import_statement,
            "export_statement": self.export_statement,
            "lexical_declaration": self.lexical,
            "variable_declaration": self.lexical,
            "using_declaration": self.lexical,
            "function_declaration": self.function,
            "generator_function_declaration": self.function,
            "function_signature": self.function,
            "function_expression": self.function,
            "generator_function": self.function,
            "arrow_function": self.function,
            "method_definition": self.function,
            "method_signature": self.function,
            "abstract_method_signature": self.function,
            "function_type": self.function,
            "constructor_type": self.function,
            "call_signature": self.function,
            "construct_signature": self.function,
            "class_declaration": self.class_,
            "abstract_class_declaration": self.class_,
            "class": self.class_,
            "interface_declaration": self.type_,
            "type_alias_declaration": self.type_,
            "enum_declaration": self.enum,
            "internal_module": self.namespace,
            "module": self.namespace,
            "import_alias": self.import_alias,
            "catch_clause": self.catch,
            "for_in_statement": self.for_in,
            "for_statement": self.block,
            "statement_block": self.block,
            "switch_body": self.block,
            "class_static_block": self.block,
            "mapped_type_clause": self.mapped,
            "index_signature": self.index_signature,
            "infer_type": self.infer,
            "type_predicate": self.type_predicate,
            "conditional_type": self.block,
            "assignment_expression": self.assignment,
            "augmented_assignment_expression": self.assignment,
            "update_expression": self.update,
            "nested_type_identifier": self.nested_type,
            "nested_identifier": self.first_only,
            "binary_expression": self.chain,
            "union_type": self.chain,
            "intersection_type": self.chain,
            "jsx_opening_element": self.tag,
            "jsx_closing_element": self.tag,
            "jsx_self_closing_element": self.tag,
        }

    # Walking

    def visit(self, node: Node, scope: Scope) -> None:
        kind = node.type
        if kind in IDENTIFIERS:
            self.uses.append((word(node), node.start_byte, scope, False))
            return
        handler = self.handlers.get(kind)
        if handler is not None:
            handler(node, scope)
        elif node.named_child_count:
            for child in node.named_children:
                self.visit(child, scope)

    def chain(self, node: Node, scope: Scope) -> None:
        """A chain of operators is as deep as it is long, so its left sides are walked in a loop."""
        kind = node.type
        while True:
            parts = node.named_children
            for child in parts[1:]:
                self.visit(child, scope)
            if not parts or parts[0].type != kind:
                break
            node = parts[0]
        for child in parts[:1]:
            self.visit(child, scope)

    def tag(self, node: Node, scope: Scope) -> None:
        """``<div>`` is HTML's, ``<Div>`` means a component."""
        name = node.child_by_field_name("name")
        for child in node.named_children:
            if child != name or child.type != "identifier" or word(child)[:1].isupper():
                self.visit(child, scope)

    def children(self, node: Node, scope: Scope) -> None:
        for child in node.named_children:
            self.visit(child, scope)

    def declare(self, node: Node, kind: str, scope: Scope) -> None:
        if kind == "var":
            while not scope.function and scope.parent is not None:
                scope = scope.parent
        name = word(node)
        binding = scope.names.get(name)
        if binding is None:
            binding = scope.names[name] = Binding(name, kind, scope)
            self.bindings.append(binding)
        binding.declared.append(node.start_byte)
        self.at[node.start_byte] = binding

    def pattern(self, node: Node | None, kind: str, scope: Scope, outer: Scope) -> None:
        """Declare the names of a pattern in ``scope``; its defaults and computed keys read ``outer``."""
        if node is None:
            return
        match node.type:
            case "identifier" | "shorthand_property_identifier_pattern" | "type_identifier":
                self.declare(node, kind, scope)
            case "object_assignment_pattern" | "assignment_pattern":
                self.pattern(node.child_by_field_name("left"), kind, scope, outer)
                if (default := node.child_by_field_name("right")) is not None:
                    self.visit(default, outer)
            case "pair_pattern":
                key = node.child_by_field_name("key")
                if key is not None and key.type == "computed_property_name":
                    self.children(key, outer)
                self.pattern(node.child_by_field_name("value"), kind, scope, outer)
            case "required_parameter" | "optional_parameter":
                for decorator in node.children_by_field_name("decorator"):
                    self.visit(decorator, outer)
                self.pattern(node.child_by_field_name("pattern"), kind, scope, outer)
                for name in ("type", "value"):
                    if (child := node.child_by_field_name(name)) is not None:
                        self.visit(child, outer)
            case "object_pattern" | "array_pattern" | "rest_pattern":
                for child in node.named_children:
                    self.pattern(child, kind, scope, outer)
            case "this" | "comment":
                pass
            case _:
                self.visit(node, outer)

    # Declarations

    def import_statement(self, node: Node, scope: Scope) -> None:
        stack = list(node.named_children)
        while stack:
            child = stack.pop()
            if child.type == "identifier":
                self.declare(child, "import", scope)
            elif child.type == "import_specifier":
                name = child.child_by_field_name("alias") or child.child_by_field_name("name")
                if name is not None:
                    self.declare(name, "import", scope)
            elif child.type in (
                "import_clause",
                "named_imports",
                "namespace_import",
                "import_require_clause",
            ):
                stack += child.named_children

    def export_statement(self, node: Node, scope: Scope) -> None:
        if node.child_by_field_name("source") is not None:
            return
        for child in node.named_children:
            if child.type == "export_clause":
                for specifier in child.named_children:
                    name = specifier.child_by_field_name("name")
                    if name is not None and name.type == "identifier":
                        self.uses.append((word(name), name.start_byte, scope, False))
            elif child.type != "namespace_export":
                self.visit(child, scope)

    def lexical(self, node: Node, scope: Scope) -> None:
        kind = word(node.children[0]) if node.children else "var"
        for child in node.named_children:
            if child.type != "variable_declarator":
                continue
            self.pattern(child.child_by_field_name("name"), kind, scope, scope)
            for name in ("type", "value"):
                if (part := child.child_by_field_name(name)) is not None:
                    self.visit(part, scope)

    def function(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        inner = Scope(scope, function=True)
        if name is not None:
            if node.type in ("function_expression", "generator_function"):
                self.declare(name, "function", inner)
            elif name.type == "identifier":
                self.declare(name, "function", scope)
            elif name.type == "computed_property_name":
                self.children(name, scope)
        for child in node.named_children:
            if child == name:
                continue
            if child.type == "formal_parameters":
                for parameter in child.named_children:
                    self.pattern(parameter, "param", inner, inner)
            elif child.type == "statement_block":
                # The body shares the parameters' scope: a `let` of the same name is an error anyway.
                self.children(child, inner)
            elif child.type == "type_parameters":
                self.type_parameters(child, inner)
            elif (
                child.type == "identifier"
                and node.type == "arrow_function"
                and self.is_parameter(node, child)
            ):
                self.declare(child, "param", inner)
            else:
                self.visit(child, inner)

    @staticmethod
    def is_parameter(node: Node, child: Node) -> bool:
        parameter = node.child_by_field_name("parameter")
        return parameter is not None and parameter.start_byte == child.start_byte

    def type_parameters(self, node: Node, scope: Scope) -> None:
        for parameter in node.named_children:
            for child in parameter.named_children:
                if child == parameter.child_by_field_name("name"):
                    self.declare(child, "type", scope)
                else:
                    self.visit(child, scope)

    def class_(self, node: Node, scope: Scope) -> None:
        self.named(node, scope, "class")

    def type_(self, node: Node, scope: Scope) -> None:
        self.named(node, scope, "type")

    def named(self, node: Node, scope: Scope, kind: str) -> None:
        """A class, interface or alias: its name outside, its type parameters inside."""
        name = node.child_by_field_name("name")
        inner = Scope(scope, function=False)
        if name is not None:
            # The name of a class expression is known in it alone.
            self.declare(name, kind, inner if node.type == "class" else scope)
        for child in node.named_children:
            if child == name:
                continue
            if child.type == "type_parameters":
                self.type_parameters(child, inner)
            else:
                self.visit(child, inner)

    def enum(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            self.declare(name, "enum", scope)
        if (body := node.child_by_field_name("body")) is not None:
            self.children(body, scope)

    def namespace(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        if name is not None and name.type == "identifier":
            self.declare(name, "namespace", scope)
        if (body := node.child_by_field_name("body")) is not None:
            self.children(body, Scope(scope, function=True))

    def import_alias(self, node: Node, scope: Scope) -> None:
        first, *rest = node.named_children
        self.declare(first, "import", scope)
        for child in rest:
            self.visit(child, scope)

    def catch(self, node: Node, scope: Scope) -> None:
        inner = Scope(scope, function=False)
        parameter = node.child_by_field_name("parameter")
        self.pattern(parameter, "catch", inner, inner)
        for child in node.named_children:
            if child != parameter:
                self.visit(child, inner)

    def for_in(self, node: Node, scope: Scope) -> None:
        inner = Scope(scope, function=False)
        kind = node.child_by_field_name("kind")
        left = node.child_by_field_name("left")
        if kind is not None:
            self.pattern(left, word(kind), inner, inner)
        elif left is not None:
            self.target(left, scope)
        for name in ("right", "body"):
            if (child := node.child_by_field_name(name)) is not None:
                self.visit(child, inner)

    def block(self, node: Node, scope: Scope) -> None:
        self.children(node, Scope(scope, function=False))

    # Types

    def mapped(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        for child in node.named_children:
            if child == name:
                self.declare(child, "type", scope)
            else:
                self.visit(child, scope)

    def index_signature(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        inner = Scope(scope, function=False)
        for child in node.named_children:
            if child != name:
                self.visit(child, inner)

    def infer(self, node: Node, scope: Scope) -> None:
        first, *rest = node.named_children
        self.declare(first, "type", scope)
        for child in rest:
            self.visit(child, scope)

    def type_predicate(self, node: Node, scope: Scope) -> None:
        self.children(node, scope)

    def nested_type(self, node: Node, scope: Scope) -> None:
        if (module := node.child_by_field_name("module")) is not None:
            self.visit(module, scope)

    def first_only(self, node: Node, scope: Scope) -> None:
        if (first := node.child_by_field_name("object")) is not None:
            self.visit(first, scope)

    # Writes

    def assignment(self, node: Node, scope: Scope) -> None:
        left = node.child_by_field_name("left")
        if left is not None:
            self.target(left, scope)
        if (right := node.child_by_field_name("right")) is not None:
            self.visit(right, scope)

    def update(self, node: Node, scope: Scope) -> None:
        if (argument := node.child_by_field_name("argument")) is not None:
            self.target(argument, scope)

    def target(self, node: Node, scope: Scope) -> None:
        """The left side of an assignment: its names are written, what else is in it is read."""
        match node.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                self.uses.append((word(node), node.start_byte, scope, True))
            case "object_pattern" | "array_pattern" | "rest_pattern" | "parenthesized_expression":
                for child in node.named_children:
                    self.target(child, scope)
            case "pair_pattern":
                if (value := node.child_by_field_name("value")) is not None:
                    self.target(value, scope)
            case "object_assignment_pattern" | "assignment_pattern":
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                if left is not None:
                    self.target(left, scope)
                if right is not None:
                    self.visit(right, scope)
            case "non_null_expression" | "as_expression":
                self.target(node.named_children[0], scope)
                for child in node.named_children[1:]:
                    self.visit(child, scope)
            case _:
                self.visit(node, scope)

    def finish(self) -> Scopes:
        free: dict[str, list[int]] = {}
        for name, offset, start, written in self.uses:
            scope: Scope | None = start
            while scope is not None:
                binding = scope.names.get(name)
                if binding is not None:
                    self.at[offset] = binding
                    binding.used.append(offset)
                    if written:
                        binding.written.append(offset)
                    break
                scope = scope.parent
            else:
                free.setdefault(name, []).append(offset)
        return Scopes(self.module, self.at, free, self.bindings)
