"""One file as it stands: text, tree, scopes, and the ways from the root down to a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import PurePosixPath

from ...code.js.endings import GRAMMAR_OF_ENDING, Grammar
from ...code.js.parse import Node, Parsed, parse
from ...code.js.scope import Binding, Scope, Scopes, resolve
from ...code.js.text import Text

__all__ = ["Binding", "Node", "Scope", "Source", "bare", "children", "field", "statements"]

_WRAPPERS = frozenset(
    {"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"}
)


class Source:
    """A file's text with its tree. Offsets count bytes of ``code``, which has no byte order mark.

    Args:
        grammar: that of the file's ending where it is not said.

    Raises:
        NotTextError: the bytes are no text.
    """

    def __init__(self, path: str, raw: bytes, grammar: Grammar | None = None) -> None:
        self.path = path
        self._grammar = grammar
        self.raw = raw
        self.text = Text(raw)
        self._parents: dict[int, Node] = {}

    @property
    def code(self) -> bytes:
        return self.text.code

    @cached_property
    def parsed(self) -> Parsed:
        ending = PurePosixPath(self.path).suffix.lower()
        return parse(self.code, self._grammar or GRAMMAR_OF_ENDING[ending])

    @property
    def root(self) -> Node:
        return self.parsed.root

    @cached_property
    def scopes(self) -> Scopes:
        return resolve(self.parsed)

    @property
    def typed(self) -> bool:
        """Whether types may be written in it."""
        return not self.path.lower().endswith((".js", ".jsx", ".mjs", ".cjs"))

    @cached_property
    def newline(self) -> str:
        at = self.code.find(b"\n")
        return "\r\n" if at > 0 and self.code[at - 1 : at] == b"\r" else "\n"

    def word(self, node: Node) -> str:
        """The node's text as the file has it (a mask over a hole of the grammar is not in it)."""
        return self.code[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def binding(self, node: Node) -> Binding | None:
        """What an identifier means; None for a name that the file does not declare."""
        return self.scopes.at.get(node.start_byte)

    def at(self, start: int, end: int | None = None) -> Node:
        """The smallest node over a place, every parent on the way known afterwards."""
        found = self.root.descendant_for_byte_range(start, start + 1 if end is None else end)
        assert found is not None  # noqa: S101 - the root holds every place
        node = self.root
        while node != found:
            inner = node.child_with_descendant(found)
            if inner is None:
                break
            self._parents[inner.id] = node
            node = inner
        return found

    def parent(self, node: Node) -> Node | None:
        """The node's parent; None for the root."""
        known = self._parents.get(node.id)
        if known is None and node != self.root and (known := node.parent) is not None:
            self._parents[node.id] = known
        return known

    def above(self, node: Node) -> Iterator[Node]:
        """The node's parents, the nearest first."""
        parent = self.parent(node)
        while parent is not None:
            yield parent
            parent = self.parent(parent)

    def hot(self, places: Iterable[int]) -> set[int]:
        """The nodes that have one of these places in them, by id."""
        found: set[int] = set()
        for place in places:
            node: Node | None = self.at(place)
            while node is not None and node.id not in found:
                found.add(node.id)
                node = self.parent(node)
        return found

    def line_start(self, offset: int) -> int:
        return self.code.rfind(b"\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Where the line's end stands, its line feed not included."""
        end = self.code.find(b"\n", offset)
        end = len(self.code) if end < 0 else end
        return end - 1 if self.code[end - 1 : end] == b"\r" and end > offset else end

    def indent(self, offset: int) -> bytes:
        """The blanks that the line of a place starts with."""
        start = self.line_start(offset)
        end = start
        while self.code[end : end + 1] in (b" ", b"\t"):
            end += 1
        return self.code[start:end]

    def first_on_line(self, offset: int) -> bool:
        return not self.code[self.line_start(offset) : offset].strip()

    def last_on_line(self, offset: int) -> bool:
        """Whether nothing but blanks comes after the place on its line."""
        return not self.code[offset : self.line_end(offset)].strip()


def field(node: Node, name: str) -> Node | None:
    return node.child_by_field_name(name)


def children(node: Node) -> list[Node]:
    """The named children, comments left out."""
    return [child for child in node.named_children if child.type != "comment"]


def bare(node: Node) -> Node:
    """What is inside of parentheses, type assertions and ``!``."""
    while node.type in _WRAPPERS:
        inner = children(node)
        if not inner:
            break
        node = inner[0]
    return node


def statements(node: Node) -> list[Node]:
    """The statements of a block, a program or a case, comments left out."""
    if node.type in ("switch_case", "switch_default"):
        value = field(node, "value")
        return [child for child in children(node) if child != value]
    return [child for child in children(node) if child.type != "hash_bang_line"]
