"""What remains of an expression, with the parentheses that its place wants and without those it does not."""

from __future__ import annotations

from .cut import Cutter
from .source import Node, bare, children, field

_WIDTH = 90  # bytes up to which a value is put on the line of its name
_TIGHT = 17
_PRECEDENCE = {
    "sequence_expression": 0,
    "assignment_expression": 1,
    "augmented_assignment_expression": 1,
    "arrow_function": 1,
    "yield_expression": 1,
    "ternary_expression": 2,
    "as_expression": 10,
    "satisfies_expression": 10,
    "unary_expression": 14,
    "await_expression": 14,
    "update_expression": 15,
}
_OPERATORS = {"??": 3, "||": 3, "&&": 4}
# Where an expression of any precedence may stand, as far as commas go.
_LOOSE = frozenset(
    {
        "variable_declarator", "return_statement", "arguments", "array", "pair", "jsx_expression",
        "template_substitution", "assignment_expression", "augmented_assignment_expression", "arrow_function",
        "expression_statement", "throw_statement", "spread_element", "assignment_pattern",
        "object_assignment_pattern", "required_parameter", "public_field_definition", "field_definition",
        "export_statement", "parenthesized_expression", "computed_property_name",
    }
)  # fmt: skip


# Inside of these, an ``in`` is nothing but an operator.
_CLOSED = frozenset(
    {
        "arguments", "array", "object", "statement_block", "class_body", "template_substitution",
        "subscript_expression", "formal_parameters", "program",
    }
)  # fmt: skip


def _has_in(node: Node) -> bool:
    """Whether an expression has an ``in`` that no brackets enclose; its own do not count, they may go."""
    stack = [bare(node)]
    while stack:
        each = stack.pop()
        operator = field(each, "operator") if each.type == "binary_expression" else None
        if operator is not None and operator.type == "in":
            return True
        stack += [
            child
            for child in each.named_children
            if child.type not in _CLOSED and child.type != "parenthesized_expression"
        ]
    return False


class Brackets(Cutter):
    """Leaves parts of expressions in their places."""

    def keep(self, node: Node, part: Node) -> None:
        """Leave of an expression only a part, with or without parentheses as its place wants it."""
        source = self.source
        outer, parent = node, source.parent(node)
        opening = closing = ""
        if outer.type == "parenthesized_expression" and self._keeps_brackets(outer, part, parent):
            # ``return (⏎ … ⏎)`` keeps its parentheses, and what is inside needs no second ones.
            inner = children(outer)[0]
            part = self._unwrapped(part)
            self._strip(inner, part)
            return
        if self._loses_this(outer, part, parent):
            opening, closing = "(0, ", ")"
        elif self._needs_brackets(outer, part, parent):
            opening, closing = "(", ")"
        self._strip(outer, part, opening, closing)

    def _strip(self, outer: Node, part: Node, opening: str = "", closing: str = "") -> None:
        source = self.source
        self._pull_up(outer, part, opening)
        self.replace(part.end_byte, outer.end_byte, closing)
        inner = source.indent(part.start_byte)
        if source.line_start(part.start_byte) > outer.start_byte:
            self.dedent(part.start_byte, part.end_byte, source.indent(outer.start_byte), inner)
        elif part.type == "parenthesized_expression" or part.start_point.row != part.end_point.row:
            # ``? (⏎`` at a deeper indentation than the line that it joins.
            self._settle(outer, part)

    def _pull_up(self, outer: Node, part: Node, opening: str) -> None:
        """Cut what stands before a part; a value with a line of its own that is short now gives it up."""
        source, code = self.source, self.source.code
        parent = source.parent(outer)
        start = outer.start_byte
        if (
            source.first_on_line(start)
            and part.start_point.row == part.end_point.row
            and parent is not None
            and parent.type
            in ("pair", "variable_declarator", "assignment_expression", "public_field_definition")
        ):
            before = len(code[:start].rstrip())
            sign = code[before - 1 : before]
            width = before - source.line_start(before) + part.end_byte - part.start_byte
            if sign in (b":", b"=") and code.count(b"\n", before, start) == 1 and width < _WIDTH:
                self.replace(before, part.start_byte, f" {opening}")
                return
        self.replace(start, part.start_byte, opening)

    def _settle(self, outer: Node, part: Node) -> None:
        """Bring the lines of a branch to where its last line should stand."""
        source = self.source
        base = source.indent(outer.start_byte)
        last = source.indent(part.end_byte - 1)
        if source.line_start(part.end_byte - 1) > part.start_byte and last != base and last.startswith(base):
            self.dedent(part.start_byte, part.end_byte, base, last)

    @staticmethod
    def _unwrapped(part: Node) -> Node:
        while part.type == "parenthesized_expression" and children(part):
            part = children(part)[0]
        return part

    def _keeps_brackets(self, outer: Node, part: Node, parent: Node | None) -> bool:
        if parent is None:
            return False
        if parent.type in (
            "if_statement",
            "while_statement",
            "do_statement",
            "switch_statement",
            "with_statement",
        ):
            return True
        several = outer.start_point.row != outer.end_point.row
        if parent.type in ("return_statement", "arrow_function") and several:
            return self._unwrapped(part).start_point.row != self._unwrapped(part).end_point.row or (
                part.start_point.row != children(outer)[0].start_point.row
            )
        return False

    def _precedence(self, node: Node) -> int:
        if node.type == "binary_expression":
            operator = field(node, "operator")
            return _OPERATORS.get(operator.type if operator else "", 5)
        return _PRECEDENCE.get(node.type, _TIGHT)

    def _needs_brackets(self, outer: Node, part: Node, parent: Node | None) -> bool:
        if parent is None:
            return False
        loose = parent.type in _LOOSE and not (
            parent.type == "arrow_function" and field(parent, "body") != outer
        )
        if self._starts_statement(outer, part) or self._heads_loop(outer, part):
            return True
        level = self._precedence(part)
        if outer.type != "parenthesized_expression":
            if self._mixes(part, parent) or (parent.type == "non_null_expression" and level < _TIGHT):
                return True
            return level < min(self._precedence(outer), 4 if not loose else 1)
        if loose:
            return level < 1
        if level < _TIGHT:
            return True
        if parent.type in ("member_expression", "subscript_expression", "call_expression", "new_expression"):
            return (
                self._chained(part)
                or part.type in ("function_expression", "class", "object", "number")
                or (parent.type == "new_expression" and part.type not in ("identifier", "member_expression"))
            )
        return False

    def _mixes(self, part: Node, parent: Node) -> bool:
        """``a ?? b`` beside ``&&`` or ``||`` is no syntax without parentheses."""

        def sign(node: Node) -> str:
            operator = field(node, "operator") if node.type == "binary_expression" else None
            return operator.type if operator else ""

        signs = {sign(part), sign(parent)}
        return "??" in signs and bool(signs & {"&&", "||"})

    @staticmethod
    def _chained(part: Node) -> bool:
        """Whether a ``?.`` in it would reach further without parentheses."""
        node: Node | None = part
        while node is not None and node.type in (
            "member_expression",
            "subscript_expression",
            "call_expression",
        ):
            if field(node, "optional_chain") is not None or any(
                c.type == "optional_chain" for c in node.children
            ):
                return True
            node = field(node, "object") or field(node, "function")
        return False

    def _loses_this(self, outer: Node, part: Node, parent: Node | None) -> bool:
        """Whether ``(f ? o.m : x)()`` would call the method on its object, as it did not."""
        while parent is not None and parent.type in ("parenthesized_expression", "non_null_expression"):
            outer, parent = parent, self.source.parent(parent)
        if parent is not None and parent.type == "arguments":
            # ``await (f ? o.m : p)()``: the grammar takes it for a function named await.
            call = self.source.parent(parent)
            if call is None or self.source.word(field(call, "function") or call) != "await":
                return False
            outer, parent = call, self.source.parent(call)
        if parent is None:
            return False
        called = parent.type == "call_expression" and field(parent, "function") == outer
        deleted = parent.type == "unary_expression" and self.source.word(parent).startswith("delete")
        inner = bare(part)
        if parent.type == "unary_expression" and self.source.word(parent).startswith("typeof"):
            # Of a name that nothing declares, only ``typeof`` itself may ask.
            return inner.type == "identifier" and self.source.binding(inner) is None
        return (called or deleted) and (
            inner.type in ("member_expression", "subscript_expression")
            or (inner.type == "identifier" and self.source.word(inner) == "eval")
        )

    def _heads_loop(self, outer: Node, part: Node) -> bool:
        """Whether an ``in`` would make another loop of ``for (x = (f ? "a" in o : b); …)``."""
        if not _has_in(part):
            return False
        for above in self.source.above(outer):
            if above.type in _CLOSED or above.type == "parenthesized_expression":
                return False
            if above.type == "for_statement":
                start = field(above, "initializer")
                return start is not None and start.start_byte <= outer.start_byte < start.end_byte
        return False

    def _starts_statement(self, outer: Node, part: Node) -> bool:
        """Whether a part would begin a statement, or an arrow's body, as something else than it is."""
        first = part
        while first.children and first.type not in (
            "object",
            "function_expression",
            "class",
            "template_string",
        ):
            first = first.children[0]
            if first.start_byte != part.start_byte:
                return False
        if first.type not in (
            "object",
            "function_expression",
            "class",
            "function",
            "{",
            "generator_function",
        ):
            return False
        for above in self.source.above(outer):
            if above.start_byte != outer.start_byte:
                return (above.type == "arrow_function" and first.type in ("object", "{")) or (
                    above.type == "export_statement"
                )
            if above.type == "expression_statement":
                return True
            outer = above
        return False
