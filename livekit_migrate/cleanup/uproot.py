"""Statements that do nothing but start, feed and stop the old stack, out of files that stay.

``const media = new MediaServer(env)``, ``await media.ready()``, ``app.use(mediaRouter)``: where every use
of what a file takes in from files that go is of that kind, all of it is taken out, and those files may go.
One use of another kind, and nothing is: the file that it comes from stays, with the place that keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ..code.js.endings import GRAMMAR_OF_ENDING, Grammar
from ..code.js.parse import Node, Parsed, parse, word
from ..code.js.scope import Binding, Scopes, resolve
from ..code.js.text import Edit, NotTextError, Text
from .deletions import merged, statement_edit
from .lists import without
from .nodes import (
    CALLS,
    FUNCTIONS,
    enclosing,
    identifiers,
    is_pure,
    required_alone,
    required_by,
    root_of,
    shown,
    source_of,
    statement_of,
    unwrapped,
    walk,
)

_MOUNTS = frozenset({"use", "route", "register", "mount", "plugin", "addHook"})
_JOINS = frozenset({"Promise.all", "Promise.allSettled", "Promise.any", "Promise.race"})
_LOGS = re.compile(r"(?:await )?(?:console|[\w.]*\b[lL]og(?:ger)?)\.\w+\(")
_NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Blocked:
    """A use that keeps what it uses. ``source`` is the specifier that it came by."""

    line: int
    name: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece that goes; ``line`` counts from 1."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Uprooted:
    """A file without what starts the old stack, or what keeps it.

    Args:
        beside: log lines that followed what goes: they may speak of it.
    """

    after: bytes
    cuts: tuple[Cut, ...]
    blocked: tuple[Blocked, ...]
    beside: tuple[Cut, ...] = ()


def uproot(
    path: str,
    data: bytes,
    goes: Callable[[str], bool],
    passes_on: Callable[[str], bool] = lambda _specifier: True,
    *,
    logs: bool = False,
) -> Uprooted:
    """Take out of a file all that comes from specifiers that go.

    Args:
        goes: whether a specifier, as the file writes it, means something that goes.
        passes_on: whether somebody takes from this file what it re-exports from a specifier.
        logs: take out the log lines that follow what goes, too.
    """
    grammar = GRAMMAR_OF_ENDING["." + path.rpartition(".")[2].lower()]
    try:
        text = Text(data)
    except NotTextError:
        return Uprooted(data, (), (Blocked(1, "", "", "not read as text"),))
    parsed = parse(text.code, grammar)
    if not parsed.sound:
        return Uprooted(data, (), (Blocked(1, "", "", "a syntax error"),))
    try:
        scopes = resolve(parsed)
    except RecursionError:
        return Uprooted(data, (), (Blocked(1, "", "", "nested too deep"),))
    return _File(text, parsed, scopes, goes, passes_on, logs=logs).run(data)


def without_declarations(
    data: bytes, grammar: Grammar, gone: Callable[[Parsed, Scopes], list[Node]]
) -> Uprooted:
    """Take top-level declarations out of a file, and what only they used.

    Args:
        gone: which statements, of the file's tree.
    """
    try:
        text = Text(data)
        parsed = parse(text.code, grammar)
        scopes = resolve(parsed)
    except (NotTextError, RecursionError):
        return Uprooted(data, (), ())
    regions = gone(parsed, scopes) if parsed.sound else []
    if not regions:
        return Uprooted(data, (), ())
    file = _File(text, parsed, scopes, lambda _s: False, lambda _s: True, regions)
    file.orphans()
    return file.result(data)


@dataclass
class _File:
    text: Text
    parsed: Parsed
    scopes: Scopes
    goes: Callable[[str], bool]
    passes_on: Callable[[str], bool]
    regions: list[Node] = field(default_factory=list)
    dead: dict[int, tuple[Binding, str]] = field(default_factory=dict)
    blocked: list[Blocked] = field(default_factory=list)
    logs: bool = False

    def run(self, data: bytes) -> Uprooted:
        for statement in self.parsed.root.named_children:
            self.seed(statement)
        if not self.regions and not self.dead:
            return Uprooted(data, (), tuple(self.blocked))
        waiting = self.settle()
        for node, binding, source in waiting:
            line = self.text.line(node.start_byte)
            where = shown(statement_of(node) or node)
            self.blocked.append(Blocked(line, binding.name, source, where))
        if self.blocked:
            return Uprooted(data, (), tuple(self.blocked))
        beside = list(self.beside())
        told = tuple(Cut(self.text.line(node.start_byte), shown(node)) for node in beside)
        if self.logs:
            self.regions += beside
        self.empty_tries()
        self.orphans()
        return replace(self.result(data), beside=told)

    # What goes

    def seed(self, statement: Node) -> None:
        """Imports and requires of what goes."""
        if statement.type == "import_statement":
            source = source_of(statement)
            if source and self.goes(source):
                self.regions.append(statement)
                for node in identifiers(statement):
                    self.kill(node, source)
        elif statement.type == "export_statement":
            source = source_of(statement)
            if source and self.goes(source) and not self.passes_on(source):
                self.regions.append(statement)
            elif source and self.goes(source):
                line = self.text.line(statement.start_byte)
                self.blocked.append(Blocked(line, "export", source, shown(statement)))
        elif statement.type in ("lexical_declaration", "variable_declaration"):
            declarators = [c for c in statement.named_children if c.type == "variable_declarator"]
            sources = [required_by(declarator) for declarator in declarators]
            if sources and all(source and self.goes(source) for source in sources):
                self.regions.append(statement)
                for declarator, source in zip(declarators, sources, strict=True):
                    for node in identifiers(declarator.child_by_field_name("name")):
                        self.kill(node, source)
        elif statement.type == "expression_statement":
            source = required_alone(statement)
            if source and self.goes(source):
                self.regions.append(statement)

    def kill(self, node: Node, source: str) -> None:
        binding = self.scopes.at.get(node.start_byte)
        if binding is not None and node.start_byte in binding.declared:
            self.dead.setdefault(id(binding), (binding, source))

    def settle(self) -> list[tuple[Node, Binding, str]]:
        """Grow the regions until nothing changes; what is left over are uses that keep it."""
        while True:
            size = len(self.regions), len(self.dead)
            left: list[tuple[Node, Binding, str]] = []
            for binding, source in list(self.dead.values()):
                for at in binding.used:
                    node = self.node(at)
                    if node is None or self.inside(at) or self.taken(node, source):
                        continue
                    left.append((node, binding, source))
            if (len(self.regions), len(self.dead)) == size:
                return left

    def node(self, at: int) -> Node | None:
        return self.parsed.root.descendant_for_byte_range(at, at + 1)

    def inside(self, at: int) -> bool:
        return any(region.start_byte <= at < region.end_byte for region in self.regions)

    def is_dead(self, node: Node) -> bool:
        binding = self.scopes.at.get(node.start_byte)
        return binding is not None and id(binding) in self.dead

    def taken(self, use: Node, source: str) -> bool:
        """Whether the statement around a use can go because of it."""
        statement = statement_of(use)
        if statement is None:
            return False
        if statement.type == "expression_statement":
            expression = statement.named_children[0]
            if self.rooted(expression) or self.mounts(expression, use):
                self.regions.append(statement)
                return True
            element = self.joined(expression, use)
            if element is not None:
                self.regions.append(element)
                return True
            return False
        if statement.type in ("lexical_declaration", "variable_declaration"):
            if statement.parent is not None and statement.parent.type == "export_statement":
                return False
            declarators = [c for c in statement.named_children if c.type == "variable_declarator"]
            if len(declarators) != 1:
                return False
            value = declarators[0].child_by_field_name("value")
            if value is None or not self.rooted(value):
                return False
            self.regions.append(statement)
            for node in identifiers(declarators[0].child_by_field_name("name")):
                self.kill(node, source)
            return True
        return False

    def rooted(self, expression: Node) -> bool:
        """Whether an expression is about something dead and nothing alive happens in it."""
        root = root_of(expression)
        if root is None or not self.is_dead(root):
            return False
        return not any(self.acts(node) for node in walk(expression, FUNCTIONS))

    def acts(self, node: Node) -> bool:
        """Whether a node inside calls or writes something alive."""
        if node.type in ("call_expression", "new_expression"):
            root = root_of(node)
            return root is None or not self.is_dead(root)
        if node.type in ("assignment_expression", "augmented_assignment_expression", "update_expression"):
            root = root_of(node)
            return root is None or not self.is_dead(root)
        return False

    def mounts(self, expression: Node, use: Node) -> bool:
        """``app.use("/media", router)``: a call for its effect, whose last argument is dead."""
        call = unwrapped(expression)
        if call.type != "call_expression":
            return False
        callee, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        if callee is None or callee.type != "member_expression" or arguments is None:
            return False
        if word(callee.child_by_field_name("property")) not in _MOUNTS or not arguments.named_children:
            return False
        last = arguments.named_children[-1]
        root = root_of(last)
        quiet = not any(self.acts(node) for node in walk(arguments, FUNCTIONS))
        return root is not None and root.start_byte == use.start_byte and self.is_dead(root) and quiet

    def joined(self, expression: Node, use: Node) -> Node | None:
        """The element of ``await Promise.all([pool.end(), media.close()])`` that is dead."""
        call = unwrapped(expression)
        if call.type != "call_expression" or word(call.child_by_field_name("function")) not in _JOINS:
            return None
        arguments = call.child_by_field_name("arguments")
        array = arguments.named_children[0] if arguments is not None and arguments.named_children else None
        if array is None or array.type != "array":
            return None
        for element in array.named_children:
            inside = element.start_byte <= use.start_byte < element.end_byte
            if inside and self.rooted(element):
                return element
        return None

    # What that leaves

    def empty_tries(self) -> None:
        """A ``try`` with nothing left in it, which nothing can throw in any more."""
        for region in self.regions:  # grows meanwhile: one may be inside of another
            block = region.parent
            tried = block.parent if block is not None else None
            if (
                block is None
                or tried is None
                or tried.type != "try_statement"
                or self.inside(tried.start_byte)
            ):
                continue
            is_body = tried.child_by_field_name("body") == block
            if not is_body or tried.child_by_field_name("finalizer") is not None:
                continue
            if all(self.inside(node.start_byte) for node in block.named_children):
                self.regions.append(tried)

    def orphans(self) -> None:
        """Imports, plain constants and functions of the file that only the regions used."""
        grown = True
        while grown:
            grown = False
            for binding in self.scopes.bindings:
                if id(binding) in self.dead or not binding.used or len(binding.declared) != 1:
                    continue
                if not all(self.inside(at) for at in binding.used) or self.inside(binding.declared[0]):
                    continue
                node = self.node(binding.declared[0])
                region = self.removable(node) if node is not None else None
                if region is not None:
                    self.regions.append(region)
                    grown = True

    def removable(self, node: Node) -> Node | None:
        """The region of a declaration that may go with its last use."""
        parent = node.parent
        if parent is None:
            return None
        if parent.type in ("import_specifier", "namespace_import", "import_clause"):
            return parent if parent.type == "import_specifier" else node
        exported = parent.parent is not None and parent.parent.type == "export_statement"
        if parent.type == "function_declaration" and not exported:
            return parent
        if parent.type == "variable_declarator" and parent.child_by_field_name("name") == node:
            declaration = parent.parent
            value = parent.child_by_field_name("value")
            if declaration is None or declaration.named_child_count != 1:
                return None
            if declaration.parent is not None and declaration.parent.type in (
                "export_statement",
                "for_in_statement",
            ):
                return None
            if value is None or is_pure(value):
                return declaration
        return None

    # The text

    def result(self, data: bytes) -> Uprooted:
        edits: list[Edit] = []
        cuts: list[Cut] = []
        lists: dict[int, tuple[Node, list[Node]]] = {}
        whole = [r for r in self.regions if r.type not in ("import_specifier", "identifier")]
        elements = [r for r in whole if r.parent is not None and r.parent.type == "array"]
        names = [r for r in self.regions if r.type in ("import_specifier", "identifier")]
        for region in whole:
            nested = any(
                o is not region and o.start_byte <= region.start_byte and region.end_byte <= o.end_byte
                for o in whole
            )
            if nested:
                continue
            cuts.append(Cut(self.text.line(region.start_byte), shown(region)))
            if region in elements:
                parent = region.parent
                assert parent is not None  # noqa: S101 - an element has its array
                lists.setdefault(parent.id, (parent, []))[1].append(region)
            else:
                edits.append(statement_edit(self.text.code, region))
        for parent, gone in lists.values():
            members = [c for c in parent.named_children if c.type != "comment"]
            ids = {node.id for node in gone}
            edits += without(self.text.code, members, [m.id in ids for m in members], _NOTHING)
        edits += self.import_edits(names, cuts)
        after = self.text.splice(merged(self.text.code, edits))
        grammar = self.parsed.grammar
        if not parse(Text(after).code, grammar).sound:
            return Uprooted(data, (), (Blocked(1, "", "", "what is left would not parse"),))
        return Uprooted(after, tuple(sorted(cuts, key=lambda c: c.line)), ())

    def beside(self) -> Iterator[Node]:
        """The log lines that follow what goes, and do nothing but speak."""
        for region in list(self.regions):
            following = region.next_named_sibling
            if following is None or self.inside(following.start_byte) or not _LOGS.match(shown(following)):
                continue
            call = unwrapped(following.named_children[0])
            arguments = call.child_by_field_name("arguments")
            if arguments is not None and not any(node.type in CALLS for node in walk(arguments, ())):
                yield following

    def import_edits(self, names: list[Node], cuts: list[Cut]) -> Iterator[Edit]:
        """Names out of import statements; a statement that loses all of them goes whole."""
        by_statement: dict[int, tuple[Node, set[int]]] = {}
        for node in names:
            statement = enclosing(node, "import_statement")
            if statement is not None and not self.inside_whole(statement):
                by_statement.setdefault(statement.id, (statement, set()))[1].add(node.start_byte)
        for statement, gone in by_statement.values():
            declared = {node.start_byte for node in identifiers(statement)}
            specifiers = [n for n in walk(statement, ()) if n.type == "import_specifier"]
            lost = {
                at
                for at in declared
                if at in gone
                or any(s.start_byte in gone and s.start_byte <= at < s.end_byte for s in specifiers)
            }
            if lost == declared:
                cuts.append(Cut(self.text.line(statement.start_byte), shown(statement)))
                yield statement_edit(self.text.code, statement)
            elif all(any(s.start_byte <= at < s.end_byte for s in specifiers) for at in lost):
                flags = [s.start_byte in gone for s in specifiers]
                cuts.append(Cut(self.text.line(statement.start_byte), shown(statement)))
                yield from without(self.text.code, specifiers, flags, _NOTHING)

    def inside_whole(self, statement: Node) -> bool:
        return any(region.id == statement.id for region in self.regions)
