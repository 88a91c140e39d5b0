"""Writing the verdicts down: an expression becomes its constant or its part, and all else stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable

from .cut import Cutter
from .reduce import TEST, VALUE, Const, Facts, Need, Part, Reducer, Verdict
from .source import Node, Source, bare, children, field

__all__ = ["Expressions"]

_SHORT_PLAIN = re.compile(r"^[^\\&\n{}<>]*$")
_TIGHT = 17
_WIDTH = 90  # bytes up to which a value is put on the line of its name
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
_HOOK = re.compile(r"^use[A-Z]")
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


class Expressions(Cutter):
    """Rewrites the expressions of one file that the flag decides something in."""

    def __init__(self, source: Source, facts: Facts, hot: set[int], *, unsafe: bool) -> None:
        super().__init__(source)
        self.facts = facts
        self.hot = hot
        self.unsafe = unsafe
        self.reducer = Reducer(source, facts)
        self._ways: dict[str, Callable[[Node, Need], None]] = {
            "identifier": self._identifier,
            "shorthand_property_identifier": self._shorthand,
            "binary_expression": self._binary,
            "ternary_expression": self._ternary,
            "unary_expression": self._unary,
            "parenthesized_expression": self._pass_on,
            "sequence_expression": self._sequence,
            "template_string": self._template,
            "array": self._list,
            "object": self._list,
            "arguments": self._list,
            "jsx_expression": self._jsx,
            "call_expression": self._call,
            "export_specifier": self._leave,
            "type_query": self._leave,
            "import_specifier": self._leave,
        }

    def reduce(self, node: Node, need: Need = VALUE) -> Verdict:
        return self.reducer.reduce(node, need)

    def visit(self, node: Node, need: Need = VALUE) -> None:
        """Rewrite an expression, or whatever has expressions in it."""
        if node.id not in self.hot:
            return
        found = self.reduce(node, need)
        if isinstance(found, Const) and (literal := found.literal) is not None:
            self.note("fold.value", node, "the flag's value")
            self.replace(node.start_byte, node.end_byte, literal)
        elif isinstance(found, Part) and found.node != node:
            self.note("fold.expression", node, "the flag decides which part counts")
            self.keep(node, found.node)
            self.inside(found.node, need)
        else:
            self.inside(node, need)

    def inside(self, node: Node, need: Need = VALUE) -> None:
        if node.id not in self.hot:
            return
        way = self._ways.get(node.type)
        if way is not None:
            way(node, need)
        else:
            self.others(node)

    def others(self, node: Node) -> None:
        for child in node.named_children:
            self.visit(child)

    # What remains of an expression

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
        """Cut what stands before a part; a value that had a line of its own, and is short now, gives it up."""
        source, code = self.source, self.source.code
        parent = source.parent(outer)
        start = outer.start_byte
        if (
            source.first_on_line(start)
            and part.start_point.row == part.end_point.row
            and parent is not None
            and parent.type in ("pair", "variable_declarator", "assignment_expression", "public_field_definition")
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
        if self._starts_statement(outer, part):
            return True
        level = self._precedence(part)
        if outer.type != "parenthesized_expression":
            if self._mixes(part, parent) or (parent.type in ("non_null_expression",) and level < _TIGHT):
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
        if parent is None:
            return False
        called = parent.type == "call_expression" and field(parent, "function") == outer
        deleted = parent.type == "unary_expression" and self.source.word(parent).startswith("delete")
        inner = bare(part)
        return (called or deleted) and (
            inner.type in ("member_expression", "subscript_expression")
            or (inner.type == "identifier" and self.source.word(inner) == "eval")
        )

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

    # Kinds of expressions

    def _leave(self, node: Node, need: Need) -> None:
        """A name that only names: it is neither a value nor to be replaced by one."""

    def _identifier(self, node: Node, need: Need) -> None:
        del need
        binding = self.source.binding(node)
        if binding is not None and (other := self.facts.aliases.get(binding)) is not None:
            self.note("fold.alias", node, f"it is {other.name} now")
            self.replace(node.start_byte, node.end_byte, other.name)

    def _shorthand(self, node: Node, need: Need) -> None:
        del need
        binding = self.source.binding(node)
        if binding is None:
            return
        name = self.source.word(node)
        const = self.facts.consts.get(binding)
        if const is not None and (literal := const.literal) is not None:
            self.note("fold.value", node, "the flag's value")
            self.replace(node.start_byte, node.end_byte, f"{name}: {literal}")
        elif (other := self.facts.aliases.get(binding)) is not None:
            self.note("fold.alias", node, f"it is {other.name} now")
            self.replace(node.start_byte, node.end_byte, f"{name}: {other.name}")

    def _binary(self, node: Node, need: Need) -> None:
        left, right, operator = field(node, "left"), field(node, "right"), field(node, "operator")
        if left is None or right is None or operator is None:
            return
        if operator.type == "&&":
            self.visit(left, Need(False, need.falsy))
            self.visit(right, need)
        elif operator.type == "||":
            self.visit(left, Need(need.truthy, False))
            self.visit(right, need)
        else:
            self.visit(left)
            self.visit(right)

    def _ternary(self, node: Node, need: Need) -> None:
        for name, wanted in (("condition", TEST), ("consequence", need), ("alternative", need)):
            if (part := field(node, name)) is not None:
                self.visit(part, wanted)

    def _unary(self, node: Node, need: Need) -> None:
        del need
        if (argument := field(node, "argument")) is not None:
            self.visit(argument, TEST if self.source.word(node).startswith("!") else VALUE)

    def _pass_on(self, node: Node, need: Need) -> None:
        for child in children(node):
            self.visit(child, need)

    def _sequence(self, node: Node, need: Need) -> None:
        *first, last = children(node)
        for child in first:
            self.visit(child, TEST)
        self.visit(last, need)

    def _template(self, node: Node, need: Need) -> None:
        del need
        parent = self.source.parent(node)
        tagged = parent is not None and parent.type == "call_expression"
        parts = node.named_children
        for part in parts:
            if part.type != "template_substitution" or part.id not in self.hot:
                continue
            inner = children(part)[0]
            found = self.reduce(inner)
            text: str | None = None
            if isinstance(found, Const):
                text = found.literal
            elif isinstance(found, Part) and bare(found.node).type == "string":
                text = self._as_template(self.source.word(bare(found.node)))
            if text is None or tagged:
                self.visit(inner)
                continue
            self.note("fold.template", part, "the flag decides the text")
            if len(parts) == 1 and isinstance(found, Part):
                self.replace(node.start_byte, node.end_byte, self.source.word(bare(found.node)))
            else:
                self.replace(part.start_byte, part.end_byte, text)

    @staticmethod
    def _as_template(literal: str) -> str | None:
        """A string literal's inside as it is written in a template; None where that is not plain."""
        inner = literal[1:-1]
        if re.search(r"\\[0-9\r\n]", inner):
            return None
        return re.sub(r"`|\$(?=\{)", r"\\\g<0>", inner)

    def _list(self, node: Node, need: Need) -> None:
        del need
        items = children(node)
        gone: list[Node] = []
        seen = self._dependencies(node, items)
        for item in items:
            if item.id not in self.hot:
                continue
            if seen is not None and self._drops_dependency(item, seen):
                gone.append(item)
            elif item.type == "spread_element" and node.type in ("array", "object", "arguments"):
                if self._spread(node, item, items):
                    gone.append(item)
            else:
                self.visit(item)
        self.remove_items(items, gone)

    def _dependencies(self, node: Node, items: list[Node]) -> set[str] | None:
        """What a hook's list of dependencies names already; None for any other list."""
        if node.type != "array" or not self.is_dependencies(node):
            return None
        return {self.source.word(item) for item in items if item.id not in self.hot}

    def is_dependencies(self, node: Node) -> bool:
        """Whether an array is what a hook watches: ``useEffect(() => …, [here])``."""
        arguments = self.source.parent(node)
        call = self.source.parent(arguments) if arguments is not None else None
        if arguments is None or call is None or call.type != "call_expression":
            return False
        given = children(arguments)
        if len(given) < 2 or given[-1] != node:
            return False
        name = self.source.word(field(call, "function") or call).rpartition(".")[2]
        return bool(_HOOK.match(name)) and given[-2].type in ("arrow_function", "function_expression")

    def _drops_dependency(self, item: Node, seen: set[str]) -> bool:
        found = self.reduce(item)
        if isinstance(found, Const) and found.flag:
            self.note("fold.dependency", item, "a constant never changes")
            return True
        binding = self.source.binding(item) if item.type == "identifier" else None
        other = self.facts.aliases.get(binding) if binding is not None else None
        name = other.name if other is not None else self.source.word(item)
        if name in seen:
            self.note("fold.dependency", item, f"{name} is in the list already")
            return True
        seen.add(name)
        return False

    def _spread(self, owner: Node, item: Node, items: list[Node]) -> bool:
        """Rewrite ``...(f ? {a} : {b})``; True where nothing is left of it."""
        inner = children(item)
        if not inner:
            return False
        found = self.reduce(inner[0])
        part = bare(found.node) if isinstance(found, Part) else None
        plain = owner.type == "object"
        if plain and ((isinstance(found, Const) and found.flag and not found.value) or _nothing(part)):
            self.note("fold.spread", item, "nothing is spread any more")
            return True
        wanted = "object" if plain else "array"
        if part is None or part.type != wanted or found is None:
            self.visit(inner[0])
            return False
        held = children(part)
        if not held:
            self.note("fold.spread", item, "nothing is spread any more")
            return True
        if not self._merges(part, held, items, item):
            self.visit(inner[0])
            return False
        self.note("fold.spread", item, "what was spread stands there itself")
        self.delete(item.start_byte, held[0].start_byte)
        self.delete(held[-1].end_byte, item.end_byte)
        base = self.source.indent(item.start_byte)
        self.dedent(held[0].start_byte, held[-1].end_byte, base, self.source.indent(held[0].start_byte))
        self.inside(part)
        return False

    def _merges(self, part: Node, held: list[Node], items: list[Node], item: Node) -> bool:
        if part.type == "array":
            return not any(
                a.type == b.type == "," for a, b in zip(part.children, part.children[1:], strict=False)
            )
        names = [self._key(each) for each in held]
        others = {self._key(each) for each in items if each != item}
        return all(name not in ("", "__proto__") and name not in others for name in names)

    def _key(self, node: Node) -> str:
        """The name of an object's entry; empty where it has none that is plain."""
        if node.type == "shorthand_property_identifier":
            return self.source.word(node)
        key = field(node, "key") if node.type == "pair" else None
        if key is None or key.type not in ("property_identifier", "string"):
            return ""
        return self.source.word(key).strip("\"'")

    def _call(self, node: Node, need: Need) -> None:
        del need
        for child in children(node):
            self.visit(child)

    # JSX

    def _jsx(self, node: Node, need: Need) -> None:
        del need
        inner = children(node)
        parent = self.source.parent(node)
        if not inner or parent is None:
            return
        if parent.type == "jsx_attribute":
            self._attribute(node, inner[0])
        elif parent.type in ("jsx_element", "jsx_fragment"):
            self._child(node, inner[0], parent)
        else:
            self.others(node)

    def _attribute(self, node: Node, inner: Node) -> None:
        found = self.reduce(inner)
        if isinstance(found, Part) and found.node.type == "string":
            text = self.source.word(found.node)
            if _SHORT_PLAIN.match(text[1:-1]):
                self.note("fold.attribute", node, "the flag decides the text")
                self.delete(node.start_byte, found.node.start_byte)
                self.delete(found.node.end_byte, node.end_byte)
                return
        if isinstance(found, Const) and found.flag and found.literal:
            self.refusal(node, "fold.prop", "the component still takes the flag as a property")
        self.visit(inner)

    def refusal(self, node: Node, rule: str, reason: str) -> None:
        """Remember something that a person has to look at."""
        self.note(rule, node, reason, "refuse")

    def _child(self, node: Node, inner: Node, parent: Node) -> None:
        found = self.reduce(inner)
        if found is None and self._renders_nothing(inner):
            found = Const(False)
        if isinstance(found, Const) and found.flag and found.literal:
            self._drop_child(node, parent)
            return
        part = bare(found.node) if isinstance(found, Part) else None
        if part is None:
            if isinstance(self.reduce(inner, Need(True, False)), Const):
                # What is on its left may be 0, which React shows.
                self._shows_left(inner)
                return
            self.visit(inner)
        elif _nothing(part):
            self._drop_child(node, parent)
        elif part.type in ("jsx_element", "jsx_self_closing_element", "jsx_fragment"):
            self.note("fold.jsx", node, "the flag decides what is rendered")
            self.delete(node.start_byte, part.start_byte)
            self.delete(part.end_byte, node.end_byte)
            if self.source.line_start(part.start_byte) > node.start_byte:
                base, own = self.source.indent(node.start_byte), self.source.indent(part.start_byte)
                self.dedent(part.start_byte, part.end_byte, base, own)
            else:
                self._settle(node, part)
            self.inside(part)
        else:
            self.visit(inner)

    def _renders_nothing(self, inner: Node) -> bool:
        """Whether ``{q && !f && <A/>}`` shows nothing whatever ``q`` is: what is false is no number."""
        found = self.reduce(inner, Need(True, False))
        if not isinstance(found, Const) or not found.flag or found.value:
            return False
        return self.unsafe or all(self._boolean(each) for each in self._operands(inner))

    def _operands(self, node: Node) -> list[Node]:
        """The left sides of a chain of ``&&``, those with the flag in them left out."""
        node = bare(node)
        operator = field(node, "operator") if node.type == "binary_expression" else None
        if operator is None or operator.type != "&&":
            return [node]
        left, right = field(node, "left"), field(node, "right")
        found: list[Node] = []
        if left is not None and not self._known(left):
            found += self._operands(left)
        if right is not None and right.id in self.hot and not self._known(right):
            found += self._operands(right)
        return found

    def _known(self, node: Node) -> bool:
        found = self.reduce(node)
        return isinstance(found, Const) and found.flag

    def _boolean(self, node: Node) -> bool:
        node = bare(node)
        if node.type in ("true", "false"):
            return True
        if node.type == "unary_expression":
            return self.source.word(node).startswith("!")
        if node.type == "call_expression":
            return self.source.word(field(node, "function") or node) == "Boolean"
        operator = field(node, "operator") if node.type == "binary_expression" else None
        return operator is not None and operator.type in (
            "===", "!==", "==", "!=", "<", ">", "<=", ">=", "in", "instanceof",
        )  # fmt: skip

    def _shows_left(self, inner: Node) -> None:
        """``{n && !f && <A/>}`` → ``{n && false}``: shows what ``n`` shows where it is 0, and nothing else."""
        inner = self._unwrapped(inner)
        left, last = inner, inner
        while left.type == "binary_expression" and (first := field(left, "left")) is not None:
            if self._known(field(left, "right") or left):
                last = field(left, "right") or left
            left = first
        if last == inner or not self._known(last):
            self.visit(inner)
            return
        self.note("fold.jsx", inner, "only what stands on the left may still show")
        self.note(
            "fold.jsx-number", inner, "it shows 0 where its left side is 0; --unsafe removes it", "unsafe"
        )
        self.replace(last.start_byte, last.end_byte, "false")
        self.delete(last.end_byte, inner.end_byte)

    def _drop_child(self, node: Node, parent: Node) -> None:
        """Take a ``{…}`` out of an element's children, without joining words that it kept apart."""
        self.note("fold.jsx", node, "the flag decides that it is not rendered")
        before, after = node.prev_sibling, node.next_sibling
        one = self.source.word(before) if before is not None and before.type == "jsx_text" else ""
        two = self.source.word(after) if after is not None and after.type == "jsx_text" else ""
        if one.strip() and two.strip():
            tail, head = one[len(one.rstrip()) :], two[: len(two) - len(two.lstrip())]
            if "\n" in tail or "\n" in head:
                self.replace(node.start_byte, node.end_byte, "{null}")
                return
            self.delete(node.start_byte, node.end_byte)
            return
        if (one.strip() and "\n" not in one[len(one.rstrip()) :]) or (
            two.strip() and "\n" not in two[: len(two) - len(two.lstrip())]
        ):
            # Blanks beside a text count unless a line ends in them.
            keeps = (one and one[-1:] in " \t") or (two and two[:1] in " \t")
            if keeps:
                self.replace(node.start_byte, node.end_byte, "{null}")
            else:
                self.delete(node.start_byte, node.end_byte)
            return
        del parent
        self.remove_span(node.start_byte, node.end_byte)


def _nothing(node: Node | None) -> bool:
    return node is not None and node.type in ("null", "undefined", "false", "true")
