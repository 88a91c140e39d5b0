"""Where names are seen, and what a statement that moves or goes does to them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .jsx import Jsx
from .reduce import Facts
from .source import Binding, Node, Source, field, statements

_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration"})
_LEXICAL = frozenset({"lexical_declaration", "class_declaration", "enum_declaration", *_FUNCTIONS})
_TYPES = frozenset({"interface_declaration", "type_alias_declaration"})
_BODIES = frozenset(
    {
        "arrow_function", "function_expression", "generator_function", "method_definition",
        "class_static_block", *_FUNCTIONS,
    }
)  # fmt: skip
_USING = re.compile(r"(?:await\s+)?using\s+[\w$]")


class Areas(Jsx):
    """Knows the areas of names of one file."""

    def __init__(self, source: Source, facts: Facts, hot: set[int], *, unsafe: bool) -> None:
        super().__init__(source, facts, hot, unsafe=unsafe)
        # Names that came into an area by splicing, and blocks that are none any more, with where they went.
        self._brought: dict[int, set[str]] = {}
        self._dissolved: dict[int, Node] = {}

    def _hoisted(self, node: Node) -> list[str]:
        """The ``var``s that a statement declares and others use."""
        found: list[str] = []
        for binding in self.source.scopes.bindings:
            inside = [at for at in binding.declared if node.start_byte <= at < node.end_byte]
            if binding.kind != "var" or not inside:
                continue
            if any(not node.start_byte <= at < node.end_byte for at in binding.used) and self._outlives(
                binding, node
            ):
                found.append(binding.name)
        return found

    def _outlives(self, binding: Binding, node: Node) -> bool:
        """Whether the variable belongs to a function around the statement, not to one in it."""
        for above in self.source.above(self.source.at(binding.declared[0])):
            if above == node:
                return True
            if above.type in ("arrow_function", "function_expression", "method_definition", *_FUNCTIONS):
                return False
        return True

    def _clashes(self, block: Node, owner: Node) -> bool:
        """Whether a name that the block declares means something else around it."""
        source = self.source
        names: set[str] = set()
        inner: set[Binding] = set()
        for item in statements(block):
            if _USING.match(source.word(item)):
                return True  # it is let go of where its block ends (the grammar takes it for an assignment)
            if item.type not in _LEXICAL and item.type not in _TYPES:
                continue
            for binding in source.scopes.bindings:
                if any(item.start_byte <= at < item.end_byte for at in binding.declared) and self._directly(
                    binding, block
                ):
                    names.add(binding.name)
                    inner.add(binding)
        if not names:
            return False
        area = self._area(owner)
        low, high = area.start_byte, area.end_byte
        brought = self._brought.setdefault(area.id, set())
        if names & brought:
            return True
        for name in names:
            if any(low <= at < high for at in source.scopes.free.get(name, ())):
                return True
        for binding in source.scopes.bindings:
            if binding.name not in names or binding in inner:
                continue
            inside = [at for at in binding.declared if low <= at < high]
            outside = len(inside) < len(binding.declared)
            if outside and any(low <= at < high for at in binding.used):
                return True
            if any(self._in_area(at, area, hoists=binding.kind == "var") for at in inside):
                return True
        brought |= names
        return False

    def _directly(self, binding: Binding, block: Node) -> bool:
        """Whether a declaration belongs to the block itself, not to a function or block in it.

        It is asked of declarations and not of loops: whose head declares something has a block around it.
        """
        for above in self.source.above(self.source.at(binding.declared[0])):
            if above == block:
                return True
            if above.type in (
                "statement_block",
                "arrow_function",
                "function_expression",
                "method_definition",
                "class_body",
                "formal_parameters",
            ):
                return False
        return False

    def _area(self, owner: Node) -> Node:
        """Where the names of a list of statements are seen: a function and its parameters, a whole switch."""
        while owner.id in self._dissolved:
            owner = self._dissolved[owner.id]
        parent = self.source.parent(owner)
        if parent is None:
            return owner
        if owner.type.startswith("switch_"):
            return parent
        if owner.type == "statement_block" and parent.type in (
            "arrow_function",
            "function_expression",
            "method_definition",
            "generator_function",
            "catch_clause",
            *_FUNCTIONS,
        ):
            return parent
        return owner

    def _in_area(self, at: int, area: Node, *, hoists: bool) -> bool:
        """Whether a declaration is one of the area's own, not of a function or block in it.

        Args:
            hoists: it is a ``var``, which goes through blocks and the heads of loops up to its function.
        """
        for above in self.source.above(self.source.at(at)):
            if above == area:
                return True
            if hoists and above.type not in _BODIES:
                continue
            if above.type in (
                "statement_block",
                "arrow_function",
                "function_expression",
                "method_definition",
                "class_body",
                "for_statement",
                "for_in_statement",
                *_FUNCTIONS,
            ):
                parent = self.source.parent(above)
                name = field(above, "name")
                if name is not None and name.start_byte == at:
                    continue
                return parent == area and above.type == "statement_block"
        return False

    @staticmethod
    def _first_comment(node: Node) -> int:
        previous, start = node.prev_sibling, node.start_byte
        while previous is not None and previous.type == "comment":
            before = previous.prev_sibling
            if before is not None and before.end_point.row == previous.start_point.row:
                break  # it ends the line of what stays
            start, previous = previous.start_byte, before
        return start

    @staticmethod
    def _last_comment(node: Node) -> int:
        following, end = node.next_sibling, node.end_byte
        while following is not None and following.type == "comment":
            end, following = following.end_byte, following.next_sibling
        return end

    def _declares_used(self, item: Node, gone: Sequence[Node]) -> bool:
        spans = [(each.start_byte, each.end_byte) for each in gone]
        for binding in self.source.scopes.bindings:
            if not any(item.start_byte <= at < item.end_byte for at in binding.declared):
                continue
            if any(not any(low <= at < high for low, high in spans) for at in binding.used):
                return True
        return False
