"""Writing the verdicts down: an expression becomes its constant or its part, and all else stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from .brackets import Brackets
from .reduce import TEST, VALUE, Const, Facts, Need, Part, Reducer, Verdict
from .source import Node, Source, bare, children, field

__all__ = ["Expressions"]

# Hooks that watch a list; of others, nobody knows what their array is.
WATCHING = re.compile(r"^use(?:[A-Z]\w*)?(?:Effect|Callback|Memo|ImperativeHandle)$")


class Expressions(Brackets):
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
        return bool(WATCHING.match(name)) and given[-2].type in ("arrow_function", "function_expression")

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
        if plain and ((isinstance(found, Const) and found.flag and not found.value) or nothing(part)):
            self.note("fold.spread", item, "nothing is spread any more")
            return True
        wanted = "object" if plain else "array"
        if part is None or part.type != wanted or found is None or _holes(part):
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

    def refusal(self, node: Node, rule: str, reason: str) -> None:
        """Remember something that a person has to look at."""
        self.note(rule, node, reason, "refuse")


def nothing(node: Node | None) -> bool:
    return node is not None and node.type in ("null", "undefined", "false", "true")


def _holes(array: Node) -> bool:
    """Whether an array leaves out elements, ``[, a]``: in another list they would get lost."""
    signs = [child.type for child in array.children if child.type != "comment"]
    return array.type == "array" and any(one in ("[", ",") and two == "," for one, two in pairwise(signs))
