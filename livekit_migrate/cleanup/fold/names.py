"""Which names of a file have a value that the flag decides, and which are another name for something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .pure import pure
from .reduce import Const, Facts, Part, Reducer, env_name, initialiser, is_environment
from .source import Binding, Node, Source, bare, children, field, statements

_FUNCTIONS = frozenset(
    {
        "arrow_function",
        "function_expression",
        "function_declaration",
        "method_definition",
        "generator_function",
        "generator_function_declaration",
    }
)
_SCOPES = _FUNCTIONS | {
    "program",
    "statement_block",
    "switch_body",
    "for_statement",
    "for_in_statement",
    "class_body",
    "catch_clause",
}


class Names:
    """What is known of one file, growing until nothing follows any more.

    Args:
        flags: variables of the environment and their texts.
    """

    def __init__(self, source: Source, flags: dict[str, str]) -> None:
        self.source = source
        self.facts = Facts(flags)
        self.reducer = Reducer(source, self.facts)
        self.places: set[int] = set()
        self._waiting: list[int] = []
        self._checked: Mapping[str, Const] = {}

    @property
    def hot(self) -> set[int]:
        """The nodes with something in them that the flag decides."""
        return self.source.hot(self.places)

    def start(self, checked: Mapping[str, Const]) -> None:
        """Find the reads of the environment.

        Args:
            checked: what variables are that a schema of the project has checked.
        """
        self._checked = checked
        for name in self.facts.flags:
            for match in re.finditer(
                rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])", self.source.code
            ):
                self._mention(match.start(), name)

    def _mention(self, at: int, name: str) -> None:
        node = self.source.at(at)
        parent = self.source.parent(node)
        if parent is None:
            return
        if node.type == "string_fragment":
            node, parent = parent, self.source.parent(parent)
        if parent is None:
            return
        if parent.type in ("member_expression", "subscript_expression"):
            if env_name(self.source, parent) == name:
                self.add([node.start_byte])
            elif name in self._checked and field(parent, "property") == node and not self._assigned(parent):
                self.know_member(parent, self._checked[name])
        elif node.type == "shorthand_property_identifier_pattern" or parent.type == "pair_pattern":
            self._destructured(node, parent, name)

    def _destructured(self, node: Node, parent: Node, name: str) -> None:
        """``const { X } = process.env``."""
        holder = parent
        target: Node | None = node
        if parent.type == "pair_pattern":
            target = field(parent, "value")
            if target is not None and target.type == "assignment_pattern":
                target = field(target, "left")
        while holder.type in ("pair_pattern", "object_assignment_pattern"):
            holder = self.source.parent(holder) or holder
        declarator = self.source.parent(holder)
        if declarator is None or declarator.type != "variable_declarator" or target is None:
            return
        value = field(declarator, "value")
        whole = value is not None and is_environment(self.source, value)
        if value is None or not (whole or name in self._checked):
            return
        const = Const(self.facts.flags[name], env=True) if whole else self._checked[name]
        binding = self.source.binding(target)
        if binding is not None and self.stable(binding):
            self.know(binding, const)

    def _assigned(self, node: Node) -> bool:
        parent = self.source.parent(node)
        return (
            parent is not None
            and parent.type in ("assignment_expression", "augmented_assignment_expression")
            and field(parent, "left") == node
        )

    def know(self, binding: Binding, const: Const) -> None:
        """A name has a known value."""
        if binding not in self.facts.consts:
            self.facts.consts[binding] = const
            self.add(binding.used)

    def know_call(self, binding: Binding, const: Const) -> None:
        """What a function gives back is known."""
        if binding not in self.facts.calls:
            self.facts.calls[binding] = const
            self.add(binding.used)

    def know_member(self, node: Node, const: Const) -> None:
        """An access of a property has a known value."""
        if node.id not in self.facts.members:
            self.facts.members[node.id] = const
            self.source.at(node.start_byte)
            self.add([node.end_byte - 1])

    def add(self, places: Iterable[int]) -> None:
        for place in places:
            if place not in self.places:
                self.places.add(place)
                self._waiting.append(place)

    def grow(self) -> bool:
        """Draw conclusions; whether there were any."""
        some = False
        while self._waiting:
            self.reducer.forget()
            batch, self._waiting = self._waiting, []
            for place in batch:
                some |= self._conclude(place)
        return some

    def _conclude(self, place: int) -> bool:
        """What follows from one place: for the variable or the function that it is in."""
        node = self.source.at(place)
        for above in self.source.above(node):
            if above.type == "variable_declarator":
                return self._declarator(above)
            if above.type in _FUNCTIONS:
                handed_on = self.source.parent(above)
                if self._function(above) or handed_on is None or handed_on.type != "arguments":
                    return True
            if above.type == "program" or (
                above.type == "statement_block" and not _is_body(self.source, above)
            ):
                return False
        return False

    def _declarator(self, node: Node) -> bool:
        name, value = field(node, "name"), field(node, "value")
        if name is None or value is None or name.type != "identifier":
            return False
        binding = self.source.binding(name)
        if binding is None or binding in self.facts.consts or binding in self.facts.aliases:
            return False
        if (const := self.reducer.flag_constant(value)) is not None:
            if not self.stable(binding):
                self.facts.refused.setdefault(name.start_byte, "the variable is written to later on")
                return False
            self.know(binding, const)
            return True
        return self._alias(node, binding, value)

    def _alias(self, node: Node, binding: Binding, value: Node) -> bool:
        found = self.reducer.reduce(value)
        if not isinstance(found, Part) or binding.kind != "const" or field(node, "type") is not None:
            return False
        inner = bare(found.node)
        other = self.source.binding(inner) if inner.type == "identifier" else None
        if other is None or other is binding or not self.stable(other) or other.kind == "catch":
            return False
        if self.exported(binding) or not binding.used or any(self._hides(other, at) for at in binding.used):
            return False
        if any(self._only_names(at) for at in binding.used):
            return False
        self.facts.aliases[binding] = other
        self.add(binding.used)
        return True

    def _only_names(self, at: int) -> bool:
        """Whether a use cannot be given another name: an export's, a JSX element's, a type's."""
        node = self.source.at(at)
        parent = self.source.parent(node)
        return (
            node.type not in ("identifier", "shorthand_property_identifier")
            or parent is None
            or parent.type
            in (
                "export_specifier",
                "jsx_opening_element",
                "jsx_closing_element",
                "jsx_self_closing_element",
                "nested_identifier",
            )
        )

    def _hides(self, other: Binding, at: int) -> bool:
        """Whether another thing has the name at a place."""
        for binding in self.source.scopes.bindings:
            if binding.name != other.name or binding is other:
                continue
            low, high = self.extent(binding)
            if low <= at < high and not low <= other.declared[0] < high:
                return True
        return False

    def extent(self, binding: Binding) -> tuple[int, int]:
        """Where a name may be seen, rather too wide than too narrow."""
        node = self.source.at(binding.declared[0])
        for above in self.source.above(node):
            if above.type not in _SCOPES:
                continue
            own = field(above, "name")
            if own is not None and own.start_byte == node.start_byte and above.type.endswith("_declaration"):
                continue
            return above.start_byte, above.end_byte
        return 0, len(self.source.code)

    def _function(self, node: Node) -> bool:
        const = self.returned(node)
        if const is None:
            return False
        name = field(node, "name") if node.type == "function_declaration" else None
        if node.type in ("arrow_function", "function_expression"):
            declarator = self.source.parent(node)
            if declarator is not None and declarator.type == "variable_declarator":
                name = field(declarator, "name")
        binding = self.source.binding(name) if name is not None and name.type == "identifier" else None
        if binding is None or binding in self.facts.calls or not self.stable(binding):
            return False
        self.know_call(binding, const)
        return True

    def returned(self, node: Node) -> Const | None:
        """What a function gives back in every case."""
        if self.source.word(node).startswith("async") or node.type not in (
            "arrow_function",
            "function_expression",
            "function_declaration",
        ):
            return None
        body = field(node, "body")
        if body is not None and body.type == "statement_block":
            items = statements(body)
            values = children(items[0]) if len(items) == 1 and items[0].type == "return_statement" else []
            body = values[0] if values else None
        const = self.reducer.flag_constant(body)
        return const if const is not None and const.literal else None

    def stable(self, binding: Binding) -> bool:
        """Whether a name has one value from its one declaration on, wherever it is read."""
        return stable(self.source, binding)

    def exported(self, binding: Binding) -> bool:
        """Whether a name of the module goes out by its declaration or in a list."""
        for above in self.source.above(self.source.at(binding.declared[0])):
            if above.type == "export_statement":
                return True
            if above.type == "statement_block":
                return False
        return False


def stable(source: Source, binding: Binding) -> bool:
    """Whether a name has one value from its one declaration on, wherever it is read."""
    if binding.written or len(binding.declared) != 1 or binding.kind in ("catch", "namespace"):
        return False
    return binding.kind != "var" or _settled(source, binding)


def _settled(source: Source, binding: Binding) -> bool:
    """Whether a ``var`` has its value wherever it is read: before its own line it is undefined."""
    at = binding.declared[0]
    statement: Node | None = None
    for above in source.above(source.at(at)):
        if above.type == "program" or (above.type == "statement_block" and _is_body(source, above)):
            if statement is not None and statement.type == "export_statement":
                statement = field(statement, "declaration")
            before = [each for each in statements(above) if each.end_byte <= at]
            return (
                statement is not None
                and statement.type == "variable_declaration"
                and all(use > at for use in binding.used)
                and all(_quiet(source, each) for each in before)
            )
        statement = above
    return False


def _quiet(source: Source, statement: Node) -> bool:
    """Whether a statement surely calls nothing that could read a variable further down."""
    if statement.type in ("import_statement", "function_declaration", "interface_declaration"):
        return True
    if statement.type == "expression_statement":
        return children(statement)[0].type == "string"
    if statement.type not in ("variable_declaration", "lexical_declaration"):
        return False
    declared = (each for each in children(statement) if each.type == "variable_declarator")
    return all(pure(source, field(each, "value")) for each in declared)


def _is_body(source: Source, block: Node) -> bool:
    parent = source.parent(block)
    return parent is not None and parent.type in _FUNCTIONS


def value_of(source: Source, binding: Binding) -> Node | None:
    """The value of a name that is declared once with ``const``, or never written to."""
    if binding.written or len(binding.declared) != 1:
        return None
    return initialiser(source, binding)
