"""What has lost its last use: names, imports, functions, types. What had none before is never touched."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ...code.js.text import Edit
from .cut import Cutter
from .pure import pure
from .source import Binding, Node, Source, children, field

_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration", "function_signature"})
_CLASSES = frozenset({"class_declaration", "abstract_class_declaration"})
_TYPES = frozenset({"interface_declaration", "type_alias_declaration", "enum_declaration"})
_LISTS = frozenset({"lexical_declaration", "variable_declaration"})
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
                (d.node.start_byte, d.node.end_byte, binding) for d in found if d.clean and not _entry(d.node)
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


def _entry(node: Node) -> bool:
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
    if parent.type in _FUNCTIONS | _CLASSES | _TYPES and field(parent, "name") == name:
        whole, exported = _exported(source, parent)
        return Declaration(whole, parent, _clean_class(source, parent), exported)
    if parent.type == "variable_declarator" and field(parent, "name") == name:
        if not _listed(source, parent):
            return None
        _, exported = _exported(source, source.parent(parent))
        value = field(parent, "value")
        return Declaration(parent, parent, pure(source, value), exported)
    return _in_pattern(source, name, parent)


def _listed(source: Source, node: Node) -> bool:
    """Whether a declarator stands in a statement, not in the head of a loop."""
    statement = source.parent(node)
    around = source.parent(statement) if statement is not None else None
    return (
        statement is not None
        and statement.type in _LISTS
        and around is not None
        and around.type not in ("for_statement", "ambient_declaration")
        and not source.word(statement).startswith("using")
    )


def _exported(source: Source, node: Node | None) -> tuple[Node, bool]:
    assert node is not None  # noqa: S101 - a declaration lies in something
    parent = source.parent(node)
    if parent is not None and parent.type == "export_statement":
        return parent, True
    if parent is not None and parent.type == "ambient_declaration":
        return parent, True
    return node, False


def _clean_class(source: Source, node: Node) -> bool:
    """Whether a class does nothing when it is declared."""
    if node.type not in _CLASSES:
        return True
    if any(child.type == "decorator" for child in node.children):
        return False
    heritage = next((child for child in node.children if child.type == "class_heritage"), None)
    if heritage is not None and any(each.type == "call_expression" for each in _deep(heritage)):
        return False
    body = field(node, "body")
    for member in children(body) if body is not None else []:
        if member.type == "class_static_block" or member.type == "decorator":
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
        _, exported = _exported(source, source.parent(holder))
        return Declaration(entry, holder, clean=True, exported=exported)
    if holder.type in ("required_parameter", "optional_parameter", "formal_parameters"):
        return (
            Declaration(entry, holder, clean=True, exported=False)
            if parent.type == "object_pattern"
            else None
        )
    return None


class Orphans(Cutter):
    """Takes out of a file what became unused between two of its states.

    Args:
        before: the file one step earlier.
        after: the file as it is.
        back: from a place in the one to that in the other.
        unexported: exports that nobody imports any more.
        owned: where names were declared that go when they have no use, whether or not they had one: the
            flag's own.
        idle: whether a call may go though it may do something.
    """

    def __init__(
        self,
        before: Source,
        after: Source,
        back: Callable[[int], int | None],
        *,
        unexported: Collection[str] = (),
        owned: Collection[int] = (),
        idle: Callable[[Source, Node], bool] | None = None,
    ) -> None:
        super().__init__(after)
        self.owned = owned
        self.back = back
        self.idle = idle
        known = Uses(before)
        # What had no use before stays, and so does what it uses.
        self.uses = Uses(
            after,
            unexported,
            lambda binding: (
                not self._owned(binding.declared[0]) and not self._was_used(binding, known, before, back)
            ),
        )
        self.kept: list[Binding] = []
        self._take(self.uses.dead())

    def _owned(self, at: int) -> bool:
        return bool(self.owned) and self.back(at) in self.owned

    @staticmethod
    def _was_used(binding: Binding, known: Uses, before: Source, back: Callable[[int], int | None]) -> bool:
        at = back(binding.declared[0])
        old = before.scopes.at.get(at) if at is not None else None
        return old is None or old not in known.declared or old in known.live

    def _take(self, dead: list[Binding]) -> None:
        lists: dict[int, tuple[Node, list[Node]]] = {}
        whole = [
            (each.node.start_byte, each.node.end_byte)
            for binding in dead
            for each in self.uses.declared[binding]
            if each.clean and not _entry(each.node)
        ]
        for binding in dead:
            for each in self.uses.declared[binding]:
                node = each.node
                if any(
                    low <= node.start_byte
                    and node.end_byte <= high
                    and (low, high) != (node.start_byte, node.end_byte)
                    for low, high in whole
                ):
                    continue  # it goes with what it lies in
                if each.holder.type in ("import_specifier", "import_clause", "namespace_import"):
                    self._group(lists, self._import_of(node), node)
                elif each.holder.type == "import_require_clause":
                    self._whole(self._import_of(node), "orphan.import", binding)
                elif node.type == "variable_declarator":
                    self._group(lists, self._statement_of(node), node)
                elif each.holder.type in _FUNCTIONS | _CLASSES | _TYPES:
                    if each.clean:
                        self._whole(node, "orphan.declaration", binding)
                    else:
                        self._stays(binding, node, "declaring it does something")
                else:
                    self._group(lists, each.holder, node)
        for holder, gone in lists.values():
            if holder.type == "import_statement":
                self._import(holder, gone)
            elif holder.type in _LISTS:
                self._declarators(holder, gone)
            else:
                self._pattern(holder, gone)

    @staticmethod
    def _group(lists: dict[int, tuple[Node, list[Node]]], holder: Node, node: Node) -> None:
        lists.setdefault(holder.id, (holder, []))[1].append(node)

    def _whole(self, node: Node, rule: str, binding: Binding) -> None:
        self.note(rule, node, f"nothing uses {binding.name} any more")
        self.remove(node)

    def _stays(self, binding: Binding, node: Node, why: str) -> None:
        self.kept.append(binding)
        self.note("orphan.kept", node, f"nothing uses {binding.name} any more, and {why}", "refuse")

    def _import_of(self, node: Node) -> Node:
        return next(above for above in self.source.above(node) if above.type == "import_statement")

    def _statement_of(self, node: Node) -> Node:
        parent = self.source.parent(node)
        assert parent is not None  # noqa: S101 - a declarator lies in a statement
        return parent

    # Imports

    def _import(self, statement: Node, gone: list[Node]) -> None:
        clause = next(child for child in statement.named_children if child.type == "import_clause")
        names = [child for child in clause.named_children if child.type == "identifier"]
        spaces = [child for child in clause.named_children if child.type == "namespace_import"]
        named = next((child for child in clause.named_children if child.type == "named_imports"), None)
        specifiers = children(named) if named is not None else []
        dead = {node.id for node in gone}
        left = [node for node in (*names, *spaces, *specifiers) if node.id not in dead]
        what = ", ".join(self.source.word(node) for node in gone)
        self.note("orphan.import", gone[0] if left else statement, f"nothing uses {what} any more")
        if not left:
            self.remove(statement)
            return
        if names and names[0].id in dead:
            following = names[0].next_named_sibling
            while following is not None and following.type == "comment":
                following = following.next_named_sibling
            assert following is not None  # noqa: S101 - something is left
            self.delete(names[0].start_byte, following.start_byte)
        rest = [*spaces, *([named] if named is not None else [])]
        if names and rest and not any(node.id not in dead for node in (*spaces, *specifiers)):
            self.delete(names[0].end_byte, rest[-1].end_byte)
        elif specifiers:
            self.remove_items(specifiers, [node for node in specifiers if node.id in dead])

    # Variables

    def _declarators(self, statement: Node, gone: list[Node]) -> None:
        items = [child for child in children(statement) if child.type == "variable_declarator"]
        clean = [node for node in gone if self._clean(node)]
        whole, _ = _exported(self.source, statement)
        for node in clean:
            self.note("orphan.variable", node, f"nothing uses {self._name(node)} any more")
        if len(clean) == len(items):
            self.remove(whole)
            return
        self.remove_items(items, clean)
        for node in gone:
            if node not in clean:
                self._call_only(statement, node, items)

    def _clean(self, declarator: Node) -> bool:
        """Whether a variable's value can go with it."""
        value = field(declarator, "value")
        name = field(declarator, "name")
        if pure(self.source, value) or (name is not None and self._owned(name.start_byte)):
            return True
        if value is not None and self.idle is not None and self.idle(self.source, value):
            self.note("orphan.hook", declarator, "what it does, nobody is said to need", "unsafe")
            return True
        return False

    def _name(self, node: Node) -> str:
        name = field(node, "name")
        return self.source.word(name) if name is not None else ""

    def _call_only(self, statement: Node, node: Node, items: list[Node]) -> None:
        """``const x = f();`` → ``f();``: what it does stays, and is said."""
        value = field(node, "value")
        whole, exported = _exported(self.source, statement)
        what = f"nothing uses {self._name(node)} any more"
        if (
            value is None
            or len(items) > 1
            or exported
            or value.type in ("object", "function_expression", "class")
        ):
            self.note("orphan.kept", node, f"{what}, but its value may do something", "refuse")
            return
        self.note("orphan.call", node, what)
        self.note("orphan.effects", value, "the call stays, since it may do something", "refuse")
        if value.type == "call_expression" and self._is_function(value):
            self.replace(whole.start_byte, value.start_byte, "(")
            self.replace(value.end_byte, value.end_byte, ")")
            return
        self.delete(whole.start_byte, value.start_byte)

    @staticmethod
    def _is_function(call: Node) -> bool:
        """Whether it is a function called where it stands, which would become a declaration."""
        node: Node | None = call
        while node is not None and node.children:
            if node.type in ("function_expression", "class", "object"):
                return True
            node = node.children[0]
        return False

    # Patterns

    def _pattern(self, holder: Node, gone: list[Node]) -> None:
        what = ", ".join(self.source.word(node).partition("=")[0].strip() for node in gone)
        self.note("orphan.variable", gone[0], f"nothing uses {what} any more")
        pattern = field(holder, "name") or field(holder, "pattern") or holder
        dead = {node.id for node in gone}
        if pattern.type not in ("object_pattern", "array_pattern"):
            pattern = next(c for c in children(holder) if c.type in ("object_pattern", "array_pattern"))
        emptied = self._prune(pattern, dead)
        if emptied and holder.type == "variable_declarator":
            self._emptied(holder)

    def _prune(self, pattern: Node, dead: set[int]) -> bool:
        """Take entries out of a pattern; whether none is left."""
        entries = children(pattern)
        gone: list[Node] = []
        for entry in entries:
            inner = self._inner(entry)
            if entry.id in dead or (inner is not None and self._prune(inner, dead)):
                gone.append(entry)
        if len(gone) == len(entries) and entries:
            return True
        if pattern.type == "array_pattern":
            self._holes(entries, gone)
        elif gone:
            self.remove_items(entries, gone)
        return False

    @staticmethod
    def _inner(entry: Node) -> Node | None:
        value = field(entry, "value") if entry.type == "pair_pattern" else entry
        if value is not None and value.type in ("assignment_pattern", "object_assignment_pattern"):
            value = field(value, "left")
        return value if value is not None and value.type in ("object_pattern", "array_pattern") else None

    def _holes(self, entries: list[Node], gone: list[Node]) -> None:
        dead = {node.id for node in gone}
        last = max((n for n, entry in enumerate(entries) if entry.id not in dead), default=-1)
        for entry in entries[: last + 1]:
            if entry.id in dead:
                self.delete(entry.start_byte, entry.end_byte)
        if last + 1 < len(entries):
            self.delete(entries[last].end_byte, entries[-1].end_byte)

    def _emptied(self, declarator: Node) -> None:
        statement = self._statement_of(declarator)
        items = [child for child in children(statement) if child.type == "variable_declarator"]
        if self._clean(declarator):
            if len(items) == 1:
                self.remove(_exported(self.source, statement)[0])
            else:
                self.remove_items(items, [declarator])
            return
        self._call_only(statement, declarator, items)


def emptied_exports(source: Source, unexported: Collection[str]) -> list[Edit]:
    """Take names out of ``export { … }`` that nobody imports any more."""
    cutter = Cutter(source)
    for statement in source.root.named_children:
        if statement.type != "export_statement":
            continue
        clause = next((child for child in statement.named_children if child.type == "export_clause"), None)
        if clause is None:
            continue
        items = children(clause)
        gone = [i for i in items if source.word(field(i, "alias") or field(i, "name") or i) in unexported]
        if gone and len(gone) == len(items):
            cutter.remove(statement)
        else:
            cutter.remove_items(items, gone)
    return cutter.result()
