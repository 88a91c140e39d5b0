"""Where a value is kept: variables, fields, assignments, and the types that name what was chosen from."""

from __future__ import annotations

from .areas import Areas
from .reduce import Need, Part
from .source import Binding, Node, bare, children, field


class Kept(Areas):
    """Rewrites what gives a name a value."""

    def refuse(self, node: Node, why: str) -> None:
        self.facts.refused.setdefault(node.start_byte, why)

    def _refuse_reads(self, node: Node, why: str) -> None:
        self.refuse(node, why)
        self.note("fold.undecided", node, why, "refuse")

    def _declarator(self, node: Node, need: Need) -> None:
        del need
        value, name = field(node, "value"), field(node, "name")
        if name is not None and name.type != "identifier":
            self.visit(name)
        binding = self.source.binding(name) if name is not None and name.type == "identifier" else None
        if value is None or value.id not in self.hot:
            return
        if binding is not None and binding in self.facts.consts and not self._text(binding):
            if binding in self.facts.printed:
                self.visit(value)
            return  # it goes when nothing asks for it any more, or stays as it is
        if binding is not None and binding.written and self._reads_flag(value):
            return  # what it is later on, nobody can tell
        self._annotation(node, value)
        self.visit(value)

    def _assignment(self, node: Node, need: Need) -> None:
        del need
        left, right = field(node, "left"), field(node, "right")
        named = left is not None and left.type == "identifier"
        if named and right is not None and self._reads_flag(right):
            self.refuse(node, "the variable is written to in several places")
            return
        if not named and right is not None:
            self._kept_in(node, right)
        self.others(node)

    def _field(self, node: Node, need: Need) -> None:
        del need
        if (value := field(node, "value")) is not None:
            self._kept_in(node, value)
        self.others(node)

    def _kept_in(self, node: Node, value: Node) -> None:
        """Say that something keeps the flag's value whose readers are not followed."""
        const = self.reducer.flag_constant(value)
        if const is not None and const.literal:
            self.refusal(node, "fold.kept-value", "it keeps the flag's value; who reads it is not followed")

    def _reads_flag(self, value: Node) -> bool:
        """Whether a value is the flag as the environment has it."""
        if self.reducer.flag_constant(value) is None:
            return False
        text = self.source.word(value)
        return any(name in text for name in self.facts.flags)

    def _text(self, binding: Binding) -> bool:
        const = self.facts.consts[binding]
        return isinstance(const.value, str) and not const.env

    def _annotation(self, node: Node, value: Node) -> None:
        """A type that names what is not chosen: ``x: typeof old = flag ? new : old``."""
        annotation = field(node, "type")
        found = self.reduce(value)
        if annotation is None or not isinstance(found, Part):
            return
        inner = children(annotation)
        if len(inner) == 1 and inner[0].type == "type_query" and bare(found.node).type == "identifier":
            named = self.source.word(inner[0]).removeprefix("typeof").strip()
            if named in self._other_branches(value, found.node):
                self.note("fold.type", annotation, f"its value is no {named} any more")
                self.delete(annotation.start_byte, annotation.end_byte)
                return
        if inner and inner[0].type == "union_type":
            self.refusal(annotation, "fold.type", "the type still names what the flag chose from")

    def _other_branches(self, value: Node, chosen: Node) -> set[str]:
        """The names that an expression could have come to, had the flag been otherwise."""
        value, found = bare(value), set()
        if value.type == "ternary_expression":
            for name in ("consequence", "alternative"):
                branch = field(value, name)
                if branch is not None and bare(branch) != bare(chosen):
                    found |= self._other_branches(branch, chosen) | {self.source.word(bare(branch))}
        return found
