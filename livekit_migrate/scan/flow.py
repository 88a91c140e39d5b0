"""A file's statements and expressions to the flow of values in it."""

from __future__ import annotations

from collections.abc import Callable

from ..code.js.parse import Node, Parsed, word
from ..code.js.scope import Binding, Scopes
from ..code.js.text import Text
from . import api
from .behaviour import PLATFORM
from .flow_functions import Functions
from .flow_modules import Modules
from .flow_patterns import Patterns
from .flow_types import Types
from .sites import GLOBALS
from .unit import Token, Unit

PASSES = (
    "parenthesized_expression",
    "non_null_expression",
    "await_expression",
    "satisfies_expression",
    "instantiation_expression",
    "spread_element",
    "yield_expression",
)
FUNCTIONS = (
    "function_expression",
    "arrow_function",
    "generator_function",
    "function_declaration",
    "generator_function_declaration",
    "function_signature",
)


def unit_of(parsed: Parsed, scopes: Scopes, text: Text) -> Unit:
    """The flow of one file.

    Raises:
        RecursionError: the file is nested deeper than any that a person wrote.
    """
    flow = Flow(scopes, text)
    flow.each(parsed.root)
    return flow.finish(parsed)


class Flow:
    """Walks the tree once. Every ``ev`` gives the node of the expression's value, -1 for none of interest."""

    def __init__(self, scopes: Scopes, text: Text) -> None:
        self.scopes = scopes
        self.text = text
        self.unit = Unit()
        self.known: dict[int, int] = {}
        self.loaded: dict[tuple[int, str], int] = {}
        self.this = -1
        self.returns = -1
        self.owner: Token | None = None
        self.space: Token | None = None
        self.types = Types(self)
        self.patterns = Patterns(self)
        self.functions = Functions(self)
        self.modules = Modules(self)
        self.handlers: dict[str, Callable[[Node], int]] = {
            "identifier": self.identifier,
            "shorthand_property_identifier": self.identifier,
            "this": lambda _: self.this,
            "member_expression": self.member,
            "subscript_expression": self.subscript,
            "call_expression": self.call,
            "new_expression": self.new,
            "assignment_expression": self.assignment,
            "augmented_assignment_expression": self.assignment,
            "binary_expression": self.binary,
            "ternary_expression": self.ternary,
            "sequence_expression": self.sequence,
            "as_expression": self.cast,
            "type_assertion": self.assertion,
            "object": self.object,
            "array": self.array,
            "class": self.functions.class_,
            "class_declaration": self.functions.class_,
            "abstract_class_declaration": self.functions.class_,
            "variable_declarator": self.declarator,
            "return_statement": self.return_,
            "for_in_statement": self.for_in,
            "import_statement": self.modules.import_,
            "export_statement": self.modules.export,
            "interface_declaration": self.types.interface,
            "type_alias_declaration": self.types.alias,
            "internal_module": self.modules.namespace,
            "import_alias": self.modules.import_alias,
            "jsx_element": self.jsx,
            "jsx_self_closing_element": self.jsx,
            "type_annotation": self.nothing,
            "type_parameters": self.nothing,
            "type_arguments": self.nothing,
            "string": self.nothing,
            "comment": self.nothing,
            **dict.fromkeys(FUNCTIONS, self.functions.function),
            **dict.fromkeys(PASSES, self.passes),
        }

    # Building blocks

    def node(self) -> int:
        self.unit.nodes += 1
        return self.unit.nodes - 1

    def holding(self, token: Token) -> int:
        node = self.node()
        self.unit.tokens.append((node, token))
        return node

    def edge(self, source: int, target: int) -> None:
        if source >= 0 and target >= 0 and source != target:
            self.unit.edges.append((source, target))

    def load(self, base: int, name: str) -> int:
        if base < 0:
            return -1
        key = (base, name)
        found = self.loaded.get(key)
        if found is None:
            found = self.loaded[key] = self.node()
            self.unit.loads.append((base, name, found))
        return found

    def store(self, base: int, name: str, source: int) -> None:
        if base >= 0 and source >= 0:
            self.unit.stores.append((base, name, source))

    def container(self) -> Token:
        self.unit.elements.append(self.node())
        return ("C", len(self.unit.elements) - 1)

    def holder(self) -> Token:
        self.unit.objects += 1
        return ("O", self.unit.objects - 1)

    def field(self, token: Token, name: str, node: int) -> None:
        if node >= 0:
            self.unit.fields.append((token, name, node))

    def both(self, nodes: list[int]) -> int:
        real = [node for node in nodes if node >= 0]
        if len(real) < 2:
            return real[0] if real else -1
        joined = self.node()
        for node in real:
            self.edge(node, joined)
        return joined

    def binding(self, binding: Binding) -> int:
        key = id(binding)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self.node()
        return found

    def at(self, node: Node) -> int:
        """The node of the variable that an identifier declares or means."""
        binding = self.scopes.at.get(node.start_byte)
        return self.binding(binding) if binding is not None else self.free(word(node))

    def free(self, name: str) -> int:
        if name in ("exports", "module") and name == "exports":
            return self.exports()
        found = self.unit.free.get(name)
        if found is None:
            found = self.unit.free[name] = self.node()
            if name in GLOBALS:
                self.unit.tokens.append((found, ("M", GLOBALS[name])))
            elif name in PLATFORM:
                self.unit.tokens.append((found, ("X", name)))
        return found

    def exports(self) -> int:
        if self.unit.cjs < 0:
            self.unit.cjs = self.holding(self.holder())
        return self.unit.cjs

    # Walking

    def ev(self, node: Node | None) -> int:
        if node is None:
            return -1
        handler = self.handlers.get(node.type)
        if handler is not None:
            return handler(node)
        if node.named_child_count:
            self.each(node)
        return -1

    def each(self, node: Node) -> None:
        for child in node.named_children:
            self.ev(child)

    def nothing(self, _: Node) -> int:
        return -1

    def passes(self, node: Node) -> int:
        inner = [child for child in node.named_children if child.type != "comment"]
        return self.ev(inner[0]) if inner else -1

    # Expressions

    def identifier(self, node: Node) -> int:
        return self.at(node)

    def member(self, node: Node) -> int:
        # By place: in import("x").types.Y the grammar gives both properties the same field.
        base, name = node.named_children[0], word(node.named_children[-1])
        if name == "exports" and self.is_free(base, "module"):
            return self.exports()
        return self.load(self.ev(base), name)

    def is_free(self, node: Node, name: str) -> bool:
        return node.type == "identifier" and word(node) == name and node.start_byte not in self.scopes.at

    def subscript(self, node: Node) -> int:
        base, index = node.child_by_field_name("object"), node.child_by_field_name("index")
        source = self.ev(base)
        if index is None or index.type != "string":
            self.ev(index)
        return self.load(source, self.key(index))

    def key(self, node: Node | None) -> str:
        """A property's name; ``[]`` where it is computed."""
        if node is None:
            return "[]"
        if node.type == "string":
            return word(node)[1:-1]
        if node.type in ("property_identifier", "private_property_identifier", "identifier") or (
            node.type == "shorthand_property_identifier"
        ):
            return word(node) if node.type != "identifier" else "[]"
        if node.type == "computed_property_name":
            inner = node.named_children[0] if node.named_children else None
            if inner is not None and inner.type == "string":
                return word(inner)[1:-1]
            self.ev(inner)
        return "[]"

    def call(self, node: Node) -> int:
        callee = node.child_by_field_name("function")
        arguments = node.child_by_field_name("arguments")
        if callee is None:
            return -1
        if callee.type == "import" or (self.is_free(callee, "require")):
            specifier = self.literal(arguments)
            if specifier:
                return self.holding(("M", specifier))
        while callee.type in ("parenthesized_expression", "non_null_expression") and callee.named_children:
            callee = callee.named_children[0]
        if callee.type == "member_expression":
            base = callee.child_by_field_name("object")
            name = word(callee.child_by_field_name("property"))
            source = self.ev(base)
            args = self.arguments(arguments)
            given = self.node()
            place = self.place(callee, base, name, arguments) if name in api.METHODS else -1
            if source >= 0 or place >= 0:
                source = source if source >= 0 else self.node()
                self.unit.methods.append((source, name, args, given, place))
            return self.generic(node, given)
        target = self.ev(callee)
        args = self.arguments(arguments)
        if callee.type == "super":
            return -1
        given = self.node()
        place = -1
        if callee.type == "identifier":
            name = word(callee)
            if callee.start_byte not in self.scopes.at:
                target = self.somebodys(target, name)
            place = self.place(callee, None, name, arguments)
        if target < 0:
            return -1
        self.unit.calls.append((target, args, given, False, place))
        return self.generic(node, given)

    def somebodys(self, free: int, name: str) -> int:
        """A function that the file does not declare: of the platform, auto-imported, or of the page."""
        target = self.holding(("X", name))
        self.edge(free, target)
        return target

    def generic(self, node: Node, given: int) -> int:
        """Type arguments say what a state or ref holds: ``useRef<Device>(null)``."""
        written = node.child_by_field_name("type_arguments")
        if written is None:
            return given
        holds = self.types.all(written)
        if holds < 0:
            return given
        token = self.container()
        self.edge(holds, self.unit.elements[int(token[1])])
        # The call's own container, if it makes one, is another: what is put into either is in both.
        self.unit.tokens.append((given, token))
        return given

    def place(self, callee: Node, base: Node | None, name: str, arguments: Node | None) -> int:
        row, column = callee.start_point
        if base is not None:
            prop = callee.child_by_field_name("property")
            row = prop.start_point.row if prop is not None else row
            column = callee.start_point.column
        receiver = " ".join(word(base).split()) if base is not None else ""
        if len(receiver) > 80:
            receiver = receiver[:77] + "..."
        event = self.literal(arguments) if name in api.EVENTS else ""
        hint = ""
        if name == "produce" and arguments is not None:
            hint = "encodings" if b"encodings" in (arguments.text or b"") else ""
        self.unit.places.append((row + 1, column + 1, receiver, name, event, hint))
        return len(self.unit.places) - 1

    def literal(self, arguments: Node | None) -> str:
        if arguments is None or not arguments.named_children:
            return ""
        first = arguments.named_children[0]
        if first.type == "string" or (first.type == "template_string" and not first.named_child_count):
            return word(first)[1:-1]
        if first.type == "template_string" and all(c.type == "string_fragment" for c in first.named_children):
            return word(first)[1:-1]
        return ""

    def arguments(self, node: Node | None) -> tuple[int, ...]:
        if node is None:
            return ()
        if node.type == "template_string":
            self.each(node)
            return ()
        return tuple([self.ev(child) for child in node.named_children if child.type != "comment"])

    def new(self, node: Node) -> int:
        callee = node.child_by_field_name("constructor")
        arguments = node.child_by_field_name("arguments")
        target = self.ev(callee)
        args = self.arguments(arguments)
        if callee is None:
            return -1
        if callee.type == "identifier" and callee.start_byte not in self.scopes.at:
            name = word(callee)
            target = self.somebodys(target, "new Promise" if name == "Promise" else name)
        if target < 0:
            return -1
        given = self.node()
        row, column = node.start_point
        name = word(callee).rsplit(".", 1)[-1]
        self.unit.places.append((row + 1, column + 1, word(callee)[:80], f"new {name}", "", ""))
        self.unit.calls.append((target, args, given, True, len(self.unit.places) - 1))
        return self.generic(node, given)

    def assignment(self, node: Node) -> int:
        value = self.ev(node.child_by_field_name("right"))
        target = node.child_by_field_name("left")
        if target is not None:
            self.patterns.assign(target, value)
        return value

    def binary(self, node: Node) -> int:
        """A chain of operators is as deep as it is long, so the left side is walked in a loop."""
        nodes: list[int] = []
        while True:
            operator = node.child_by_field_name("operator")
            keeps = operator is not None and operator.type in ("||", "&&", "??")
            right = self.ev(node.child_by_field_name("right"))
            if keeps:
                nodes.append(right)
            left = node.child_by_field_name("left")
            if left is None or left.type != "binary_expression":
                value = self.ev(left)
                if keeps:
                    nodes.append(value)
                return self.both(nodes)
            node = left

    def ternary(self, node: Node) -> int:
        self.ev(node.child_by_field_name("condition"))
        return self.both([self.ev(node.child_by_field_name(n)) for n in ("consequence", "alternative")])

    def sequence(self, node: Node) -> int:
        values = [self.ev(child) for child in node.named_children]
        return values[-1] if values else -1

    def cast(self, node: Node) -> int:
        inner, *written = node.named_children
        return self.both([self.ev(inner), *(self.types.of(kind) for kind in written)])

    def assertion(self, node: Node) -> int:
        written, inner = node.named_children[0], node.named_children[-1]
        return self.both([self.ev(inner), self.types.all(written)])

    def object(self, node: Node) -> int:
        token = self.holder()
        result = self.holding(token)
        before, self.this = self.this, result
        for child in node.named_children:
            match child.type:
                case "pair":
                    name = self.key(child.child_by_field_name("key"))
                    value = child.child_by_field_name("value")
                    if value is not None and value.type in FUNCTIONS and value.type != "arrow_function":
                        self.field(token, name, self.functions.function(value, this=result))
                    else:
                        self.this = before
                        self.field(token, name, self.ev(value))
                        self.this = result
                case "shorthand_property_identifier":
                    self.field(token, word(child), self.at(child))
                case "spread_element":
                    self.this = before
                    spread = self.passes(child)
                    self.this = result
                    if spread >= 0:
                        self.unit.bases.append((token, spread))
                case "method_definition":
                    self.functions.method(child, token, result)
                case _:
                    self.ev(child)
        self.this = before
        return result

    def array(self, node: Node) -> int:
        token = self.container()
        element = self.unit.elements[int(token[1])]
        for child in node.named_children:
            value = self.ev(child)
            self.edge(self.load(value, "[]") if child.type == "spread_element" else value, element)
        return self.holding(token)

    # Statements

    def declarator(self, node: Node) -> int:
        name = node.child_by_field_name("name")
        value = self.ev(node.child_by_field_name("value"))
        written = self.types.annotation(node.child_by_field_name("type"))
        if name is not None:
            if name.type == "identifier":
                target = self.at(name)
                self.edge(value, target)
                self.edge(written, target)
            else:
                self.patterns.pattern(name, self.both([value, written]))
        return -1

    def return_(self, node: Node) -> int:
        for child in node.named_children:
            self.edge(self.ev(child), self.returns)
        return -1

    def for_in(self, node: Node) -> int:
        source = self.ev(node.child_by_field_name("right"))
        left, operator = node.child_by_field_name("left"), node.child_by_field_name("operator")
        if left is not None and operator is not None and operator.type == "of":
            self.patterns.pattern(left, self.load(source, "[]"))
        return self.ev(node.child_by_field_name("body"))

    def jsx(self, node: Node) -> int:
        opening = node.child_by_field_name("open_tag") or node
        name = opening.child_by_field_name("name")
        token = self.holder()
        props = self.holding(token)
        given = -1
        for child in opening.named_children:
            if child.type == "jsx_attribute":
                parts = child.named_children
                value = (
                    self.ev(parts[1].named_children[0]) if len(parts) > 1 and parts[1].named_children else -1
                )
                if word(parts[0]) == "value":
                    given = value
                self.field(token, word(parts[0]), value)
            elif child.type == "jsx_expression" and child.named_children:
                spread = self.ev(child.named_children[0])
                if spread >= 0:
                    self.unit.bases.append((token, spread))
        if name is not None and (name.type != "identifier" or word(name)[:1].isupper()):
            target = self.ev(name)
            # What a context's provider is given is what its readers get.
            args = (props, given) if given >= 0 and word(name).endswith("Provider") else (props,)
            if target >= 0:
                self.unit.calls.append((target, args, self.node(), False, -1))
        if opening is not node:
            for child in node.named_children:
                if child.type not in ("jsx_opening_element", "jsx_closing_element", "jsx_text"):
                    self.ev(child)
        return -1

    def finish(self, parsed: Parsed) -> Unit:
        unit = self.unit
        module = unit.imports or unit.exports or unit.cjs >= 0 or unit.stars
        if not module and parsed.grammar == "javascript":
            for name, binding in self.scopes.module.names.items():
                unit.globals[name] = self.binding(binding)
        return unit
