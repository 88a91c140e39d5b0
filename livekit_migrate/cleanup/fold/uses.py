"""Which names of a file are used by something that counts, and how each is declared."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from .pure import pure
from .source import Binding, Node, Source, children, field

FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration", "function_signature"})
CLASSES = frozenset({"class_declaration", "abstract_class_declaration"})
TYPES = frozenset({"interface_declaration", "type_alias_declaration", "enum_declaration"})
LISTS = frozenset({"lexical_declaration", "variable_declaration"})
_IMPORTS = frozenset({"import_specifier", "import_clause", "namespace_import", "import_require_clause"})


@dataclass(frozen=True, slots=True)
class Declaration:
    """Where a name is declared.

    Args:
        node: what goes with it: an import's specifier, a declarator, a function, an entry of a pattern.
        holder: the declarator or parameter of a pattern, else the node itself.
        clean: taking it out leaves nothing undone.
    """

    node: Node
    holder: Node
    clean: bool
    exported: bool


class Uses:
    """Which names of a file are used by something that counts.

    Args:
        unexported: exports that nobody imports any more, by the name in the file.
        stays: whether a name stays, used or not.
    """

    def __init__(
        self,
        source: Source,
        unexported: Collection[str] = (),
        stays: Callable[[Binding], bool] = lambda _binding: False,
    ) -> None:
        self.source = source
        self.unexported = unexported
        self.stays = stays
        self.declared: dict[Binding, list[Declaration]] = {}
        spans: list[tuple[int, int, Binding]] = []
        for binding in source.scopes.bindings:
            found = [each for at in binding.declared if (each := declaration(source, at)) is not None]
            if len(found) != len(binding.declared):
                continue
            self.declared[binding] = found
            spans += [
                (d.node.start_byte, d.node.end_byte, binding)
                for d in found
                if d.clean and not is_entry(d.node)
            ]
        spans.sort(key=lambda each: (each[0], -each[1]))
        self._spans = spans
        self._starts = [start for start, _, _ in spans]
        self._outer = _nesting(spans)
        self.live = self._mark()

    def _owner(self, at: int) -> Binding | None:
        """The innermost declaration that a place belongs to."""
        number = bisect_right(self._starts, at) - 1
        while number >= 0:
            start, end, binding = self._spans[number]
            if start <= at < end:
                return binding
            number = self._outer[number]
        return None

    def _mark(self) -> set[Binding]:
        within: dict[Binding, list[Binding]] = defaultdict(list)
        live: set[Binding] = set()
        waiting: list[Binding] = []
        for binding in self.source.scopes.bindings:
            rooted = binding not in self.declared or any(
                each.exported and binding.name not in self.unexported for each in self.declared[binding]
            )
            for at in binding.used:
                owner = self._owner(at)
                if owner is None:
                    rooted |= not self._unexported_use(at)
                elif owner is not binding:
                    within[owner].append(binding)
            if rooted or self.stays(binding):
                waiting.append(binding)
        while waiting:
            binding = waiting.pop()
            if binding in live:
                continue
            live.add(binding)
            waiting += within[binding]
        return live

    def _unexported_use(self, at: int) -> bool:
        """Whether a use is only the name in an export list that nobody imports any more."""
        if not self.unexported:
            return False
        node = self.source.at(at)
        parent = self.source.parent(node)
        return (
            parent is not None
            and parent.type == "export_specifier"
            and self.source.word(field(parent, "alias") or node) in self.unexported
        )

    def dead(self) -> list[Binding]:
        return [binding for binding in self.declared if binding not in self.live]


def _nesting(spans: list[tuple[int, int, Binding]]) -> list[int]:
    """For each span the number of the one that it lies in, -1 for none."""
    outer: list[int] = []
    stack: list[int] = []
    for number, (start, _, _) in enumerate(spans):
        while stack and spans[stack[-1]][1] <= start:
            stack.pop()
        outer.append(stack[-1] if stack else -1)
        stack.append(number)
    return outer


def is_entry(node: Node) -> bool:
    """Whether it is a part of a pattern, which has no use of other names of its own."""
    return node.type.endswith("_pattern") or node.type == "identifier"


def declaration(source: Source, at: int) -> Declaration | None:
    """The declaration of a name at a place; None for what is never taken out."""
    name = source.at(at)
    parent = source.parent(name)
    if parent is None:
        return None
    if parent.type in _IMPORTS:
        return Declaration(
            parent if parent.type != "import_clause" else name, parent, clean=True, exported=False
        )
    if parent.type in FUNCTIONS | CLASSES | TYPES and field(parent, "name") == name:
        whole, exported = exported_by(source, parent)
        return Declaration(whole, parent, _clean_class(source, parent), exported)
    if parent.type == "variable_declarator" and field(parent, "name") == name:
        if not _listed(source, parent):
            return None
        _, exported = exported_by(source, source.parent(parent))
        value = field(parent, "value")
        return Declaration(parent, parent, pure(source, value), exported)
    return _in_pattern(source, name, parent)


def _listed(source: Source, node: Node) -> bool:
    """Whether a declarator stands in a statement, not in the head of a loop."""
    statement = source.parent(node)
    around = source.parent(statement) if statement is not None else None
    return (
        statement is not None
        and statement.type in LISTS
        and around is not None
        and around.type not in ("for_statement", "ambient_declaration")
        and not source.word(statement).startswith("using")
    )


def exported_by(source: Source, node: Node | None) -> tuple[Node, bool]:
    assert node is not None  # noqa: S101 - a declaration lies in something
    parent = source.parent(node)
    if parent is not None and parent.type == "export_statement":
        return parent, True
    if parent is not None and parent.type == "ambient_declaration":
        return parent, True
    return node, False


def _clean_class(source: Source, node: Node) -> bool:
    """Whether a class does nothing when it is declared."""
    if node.type not in CLASSES:
        return True
    if any(child.type == "decorator" for child in node.children):
        return False
    heritage = next((child for child in node.children if child.type == "class_heritage"), None)
    if heritage is not None and any(each.type == "call_expression" for each in _deep(heritage)):
        return False
    body = field(node, "body")
    for member in children(body) if body is not None else []:
        if member.type in ("class_static_block", "decorator"):
            return False
        if member.type in ("public_field_definition", "field_definition"):
            static = any(child.type == "static" for child in member.children)
            if static and not pure(source, field(member, "value")):
                return False
            if any(child.type == "decorator" for child in member.children):
                return False
    return True


def _deep(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack += node.children


def _in_pattern(source: Source, name: Node, parent: Node) -> Declaration | None:
    entry = name
    while parent.type in ("pair_pattern", "object_assignment_pattern", "assignment_pattern"):
        entry, inner = parent, parent
        default = field(inner, "right")
        if default is not None and not pure(source, default):
            return None
        key = field(inner, "key")
        if key is not None and key.type == "computed_property_name" and not pure(source, key):
            return None
        above = source.parent(inner)
        if above is None:
            return None
        parent = above
    if parent.type not in ("object_pattern", "array_pattern"):
        return None
    if parent.type == "object_pattern" and any(child.type == "rest_pattern" for child in parent.children):
        return None
    holder = source.parent(parent)
    while holder is not None and holder.type in (
        "pair_pattern", "object_pattern", "array_pattern", "assignment_pattern", "object_assignment_pattern",
    ):  # fmt: skip
        if any(child.type == "rest_pattern" for child in holder.children):
            return None
        holder = source.parent(holder)
    if holder is None:
        return None
    if holder.type == "variable_declarator" and _listed(source, holder):
        _, exported = exported_by(source, source.parent(holder))
        return Declaration(entry, holder, clean=True, exported=exported)
    if holder.type in ("required_parameter", "optional_parameter", "formal_parameters"):
        return (
            Declaration(entry, holder, clean=True, exported=False)
            if parent.type == "object_pattern"
            else None
        )
    return None
