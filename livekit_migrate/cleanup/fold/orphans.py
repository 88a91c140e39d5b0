"""What has lost its last use: names, imports, functions, types. What had none before is never touched."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ...code.js.text import Edit
from .cut import Cutter
from .pure import pure
from .source import Binding, Node, Source, children, field
from .uses import CLASSES, FUNCTIONS, LISTS, TYPES, Uses, exported_by, is_entry


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
            if each.clean and not is_entry(each.node)
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
                elif each.holder.type in FUNCTIONS | CLASSES | TYPES:
                    if each.clean:
                        self._whole(node, "orphan.declaration", binding)
                    else:
                        self._stays(binding, node, "declaring it does something")
                else:
                    self._group(lists, each.holder, node)
        for holder, gone in lists.values():
            if holder.type == "import_statement":
                self._import(holder, gone)
            elif holder.type in LISTS:
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
        whole, _ = exported_by(self.source, statement)
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
        whole, exported = exported_by(self.source, statement)
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
        if self._is_function(value):
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
        dead = {node.id for node in gone}
        # A list of parameters may have several.
        patterns = {pattern.id: pattern for pattern in (self._outermost(holder, node) for node in gone)}
        for pattern in patterns.values():
            emptied = self._prune(pattern, dead)
            if emptied and holder.type == "variable_declarator":
                self._emptied(holder)

    def _outermost(self, holder: Node, entry: Node) -> Node:
        """The pattern of a declarator or a parameter that an entry belongs to."""
        found = entry
        for above in self.source.above(entry):
            if above == holder:
                break
            if above.type in ("object_pattern", "array_pattern"):
                found = above
        return found

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
                self.remove(exported_by(self.source, statement)[0])
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
