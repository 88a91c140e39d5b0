"""Type annotations to the flow of values: what a variable of that type holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..code.js.parse import Node, word
from .unit import Function

if TYPE_CHECKING:
    from .flow import Flow

# Types that stand for their first argument.
TRANSPARENT = frozenset(
    [
        "Promise",
        "PromiseLike",
        "Awaited",
        "Partial",
        "Required",
        "Readonly",
        "NonNullable",
        "Omit",
        "Pick",
        "Exclude",
        "Extract",
        "DeepReadonly",
        "InstanceType",
        "UnwrapNestedRefs",
        "Mutable",
        "Maybe",
        "Nullable",
        "Optional",
        "Accessor",
    ]
)
SEVERAL = ("union_type", "intersection_type")
INNER = ("parenthesized_type", "readonly_type", "optional_type", "rest_type", "type_annotation")


class Types:
    """Reads types for a ``Flow``; every method gives a node or -1."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def annotation(self, node: Node | None) -> int:
        if node is None or node.type != "type_annotation" or not node.named_children:
            return -1
        return self.of(node.named_children[-1])

    def all(self, node: Node) -> int:
        """What any of several type arguments holds."""
        return self.flow.both([self.of(child) for child in node.named_children])

    def of(self, node: Node) -> int:
        flow = self.flow
        match node.type:
            case "type_identifier" | "identifier" | "nested_type_identifier" | "nested_identifier":
                return self.instance(self.name(node), -1)
            case "generic_type":
                return self.generic(node)
            case "union_type" | "intersection_type":
                return self.several(node)
            case "array_type" | "tuple_type":
                token = flow.container()
                flow.edge(self.all(node), flow.unit.elements[int(token[1])])
                return flow.holding(token)
            case "object_type" | "interface_body":
                return self.shape(node)
            case "function_type" | "constructor_type":
                return self.function(node)
            case "type_query":
                return flow.ev(node.named_children[0]) if node.named_children else -1
            case "lookup_type":
                return self.lookup(node)
            case "conditional_type":
                names = ("consequence", "alternative")
                parts = [node.child_by_field_name(name) for name in names]
                return flow.both([self.of(part) for part in parts if part is not None])
            case "member_expression" | "call_expression":
                # import("mediasoup").types.Worker
                return self.instance(flow.ev(node), -1)
            case "this_type" | "this":
                return flow.this
            case kind if kind in INNER and node.named_children:
                return self.of(node.named_children[-1])
            case "type_arguments":
                return self.all(node)
        return -1

    def several(self, node: Node) -> int:
        """A union is nested as deep as it is long, so it is walked in a loop."""
        found: list[int] = []
        stack = [node]
        while stack:
            part = stack.pop()
            if part.type in SEVERAL:
                stack += part.named_children
            else:
                found.append(self.of(part))
        return self.flow.both(found)

    def name(self, node: Node) -> int:
        """The node of a name that may be dotted, as it is: a class, an interface, a module."""
        flow = self.flow
        if node.type in ("type_identifier", "identifier"):
            binding = flow.scopes.at.get(node.start_byte)
            return flow.binding(binding) if binding is not None else -1
        if node.type in ("nested_type_identifier", "nested_identifier"):
            parts = node.named_children
            return flow.load(self.name(parts[0]), word(parts[-1])) if len(parts) > 1 else -1
        return flow.ev(node)

    def instance(self, kind: int, container: int) -> int:
        if kind < 0:
            return -1
        made = self.flow.node()
        self.flow.unit.instances.append((kind, made, container))
        return made

    def generic(self, node: Node) -> int:
        flow = self.flow
        name, arguments = node.child_by_field_name("name"), node.child_by_field_name("type_arguments")
        if name is None or arguments is None:
            return -1
        called = word(name).rsplit(".", 1)[-1]
        if called in TRANSPARENT:
            return self.of(arguments.named_children[0]) if arguments.named_children else -1
        if called == "ReturnType" and arguments.named_children:
            given = flow.node()
            target = self.of(arguments.named_children[0])
            if target >= 0:
                flow.unit.calls.append((target, (), given, False, -1))
            return given
        token = flow.container()
        flow.edge(self.all(arguments), flow.unit.elements[int(token[1])])
        kind = self.name(name)
        return self.instance(kind, int(token[1])) if kind >= 0 else flow.holding(token)

    def lookup(self, node: Node) -> int:
        parts = node.named_children
        if len(parts) < 2:
            return -1
        base, index = self.of(parts[0]), parts[1]
        inner = index.named_children[0] if index.type == "literal_type" and index.named_children else None
        name = word(inner)[1:-1] if inner is not None and inner.type == "string" else "[]"
        return self.flow.load(base, name)

    def shape(self, node: Node) -> int:
        flow = self.flow
        token = flow.holder()
        result = flow.holding(token)
        for child in node.named_children:
            match child.type:
                case "property_signature":
                    name = flow.key(child.child_by_field_name("name"))
                    flow.field(token, name, self.annotation(child.child_by_field_name("type")))
                case "method_signature":
                    flow.field(token, flow.key(child.child_by_field_name("name")), self.function(child))
                case "index_signature":
                    flow.field(token, "[]", self.annotation(child.child_by_field_name("type")))
                case "call_signature":
                    pass
        return result

    def function(self, node: Node) -> int:
        flow = self.flow
        function = Function([], -1, flow.node(), -1)
        flow.unit.functions.append(function)
        token = ("F", len(flow.unit.functions) - 1)
        owner, flow.owner = flow.owner, None
        flow.functions.parameters(node.child_by_field_name("parameters"), function)
        flow.owner = owner
        written = node.child_by_field_name("return_type")
        if written is not None:
            kind = self.annotation(written) if written.type == "type_annotation" else self.of(written)
            flow.edge(kind, function.returns)
        return flow.holding(token)

    def interface(self, node: Node) -> int:
        flow = self.flow
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            return -1
        target = flow.at(name)
        shape = self.shape(body)
        flow.edge(shape, target)
        for child in node.named_children:
            if child.type in ("extends_type_clause", "extends_clause"):
                for base in child.named_children:
                    flow.edge(self.of(base), target)
        return -1

    def alias(self, node: Node) -> int:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None and value is not None:
            self.flow.edge(self.of(value), self.flow.at(name))
        return -1
