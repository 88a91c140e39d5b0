"""JSX that the flag decides: children shown or not, one or the other, and attributes."""

from __future__ import annotations

import re
from typing import Literal

from .reduce import Const, Facts, Need, Part
from .rewrite import Expressions, nothing
from .source import Node, Source, bare, children, field

_REFERENCE = re.compile(r"&#?\w{1,32};")
_SHORT_PLAIN = re.compile(r"^[^\\&\n{}<>]*$")


class Jsx(Expressions):
    """Rewrites JSX."""

    def __init__(self, source: Source, facts: Facts, hot: set[int], *, unsafe: bool) -> None:
        super().__init__(source, facts, hot, unsafe=unsafe)
        self._ways["jsx_expression"] = self._jsx
        self._dropped: set[int] = set()

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
        elif inner[0].type == "spread_element" and self._spreads_nothing(inner[0]):
            self.note("fold.spread", node, "nothing is spread any more")
            self.remove(node, comments=False)
        else:
            self.others(node)

    def _spreads_nothing(self, spread: Node) -> bool:
        """Whether nothing is left of ``{...(f && { a })}``."""
        found = self.reduce(children(spread)[0])
        if isinstance(found, Const):
            return found.flag and not found.value
        part = bare(found.node) if isinstance(found, Part) else None
        return nothing(part) or (part is not None and part.type == "object" and not part.named_children)

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
        elif nothing(part):
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
        """``{n && !f && <A/>}`` → ``{n && false}``: shows the 0 that ``n`` may be, and nothing else."""
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
        del parent
        one, two = self._beside(node, "prev_sibling"), self._beside(node, "next_sibling")
        alone = self.source.first_on_line(node.start_byte) and self.source.last_on_line(node.end_byte)
        if alone and not (one.strip() and two.strip()):
            self.remove_span(node.start_byte, node.end_byte)
            self._dropped.add(node.id)
        elif _shown(one + two) == _shown(one) + _shown(two):
            self.delete(node.start_byte, node.end_byte)
            self._dropped.add(node.id)
        else:
            self.replace(node.start_byte, node.end_byte, "{null}")

    def _beside(self, node: Node, way: Literal["prev_sibling", "next_sibling"]) -> str:
        """The text on one side of a child, up to what is no text; ``&amp;`` counts as a letter."""
        beside: Node | None = getattr(node, way)
        at, found = (node.start_byte if way == "prev_sibling" else node.end_byte), ""
        while True:
            # Blanks alone are no node of the tree.
            while beside is not None and beside.type in ("jsx_text", "html_character_reference"):
                beside = getattr(beside, way)
            if beside is None:
                return found
            if way == "prev_sibling":
                found = self._between(beside.end_byte, at) + found
                at = beside.start_byte
            else:
                found += self._between(at, beside.start_byte)
                at = beside.end_byte
            if beside.id not in self._dropped:
                return found
            beside = getattr(beside, way)

    def _between(self, low: int, high: int) -> str:
        return _REFERENCE.sub("x", self.source.code[low:high].decode("utf-8", "replace"))


def _shown(text: str) -> str:
    """What JSX makes of a text: blanks where lines begin and end do not count, nor do lines of blanks."""
    first, *others = text.replace("\r\n", "\n").split("\n")
    if not others:
        return first
    *middle, last = others
    lines = [first.rstrip(" \t"), *(line.strip(" \t") for line in middle), last.lstrip(" \t")]
    return " ".join(line for line in lines if line)
