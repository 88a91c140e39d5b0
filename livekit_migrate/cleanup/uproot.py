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
from .lists import comment_above, without

_MOUNTS = frozenset({"use", "route", "register", "mount", "plugin", "addHook"})
_JOINS = frozenset({"Promise.all", "Promise.allSettled", "Promise.any", "Promise.race"})
_PURE = frozenset(
    {
        "identifier", "string", "number", "true", "false", "null", "undefined", "template_string", "object",
        "array", "arrow_function", "function_expression", "member_expression", "regex", "as_expression",
        "satisfies_expression", "parenthesized_expression", "class",
    }
)  # fmt: skip
_CALLS = ("call_expression", "new_expression", "await_expression", "yield_expression")
_LOGS = re.compile(r"(?:await )?(?:console|[\w.]*\b[lL]og(?:ger)?)\.\w+\(")
_NOTHING = re.compile(r"(?!)")
_FUNCTIONS = ("arrow_function", "function_expression", "function_declaration", "method_definition")


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
            shown = _short(_statement(node) or node)
            self.blocked.append(Blocked(line, binding.name, source, shown))
        if self.blocked:
            return Uprooted(data, (), tuple(self.blocked))
        beside = list(self.beside())
        told = tuple(Cut(self.text.line(node.start_byte), _short(node)) for node in beside)
        if self.logs:
            self.regions += beside
        self.empty_tries()
        self.orphans()
        return replace(self.result(data), beside=told)

    # What goes

    def seed(self, statement: Node) -> None:
        """Imports and requires of what goes."""
        if statement.type == "import_statement":
            source = _source(statement)
            if source and self.goes(source):
                self.regions.append(statement)
                for node in _identifiers(statement):
                    self.kill(node, source)
        elif statement.type == "export_statement":
            source = _source(statement)
            if source and self.goes(source) and not self.passes_on(source):
                self.regions.append(statement)
            elif source and self.goes(source):
                line = self.text.line(statement.start_byte)
                self.blocked.append(Blocked(line, "export", source, _short(statement)))
        elif statement.type in ("lexical_declaration", "variable_declaration"):
            declarators = [c for c in statement.named_children if c.type == "variable_declarator"]
            sources = [_required(declarator) for declarator in declarators]
            if sources and all(source and self.goes(source) for source in sources):
                self.regions.append(statement)
                for declarator, source in zip(declarators, sources, strict=True):
                    for node in _identifiers(declarator.child_by_field_name("name")):
                        self.kill(node, source)
        elif statement.type == "expression_statement":
            source = _required_bare(statement)
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
        statement = _statement(use)
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
            for node in _identifiers(declarators[0].child_by_field_name("name")):
                self.kill(node, source)
            return True
        return False

    def rooted(self, expression: Node) -> bool:
        """Whether an expression is about something dead and nothing alive happens in it."""
        root = _root(expression)
        if root is None or not self.is_dead(root):
            return False
        return not any(self.acts(node) for node in _walk(expression, _FUNCTIONS))

    def acts(self, node: Node) -> bool:
        """Whether a node inside calls or writes something alive."""
        if node.type in ("call_expression", "new_expression"):
            root = _root(node)
            return root is None or not self.is_dead(root)
        if node.type in ("assignment_expression", "augmented_assignment_expression", "update_expression"):
            root = _root(node)
            return root is None or not self.is_dead(root)
        return False

    def mounts(self, expression: Node, use: Node) -> bool:
        """``app.use("/media", router)``: a call for its effect, whose last argument is dead."""
        call = _unwrapped(expression)
        if call.type != "call_expression":
            return False
        callee, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        if callee is None or callee.type != "member_expression" or arguments is None:
            return False
        if word(callee.child_by_field_name("property")) not in _MOUNTS or not arguments.named_children:
            return False
        last = arguments.named_children[-1]
        root = _root(last)
        quiet = not any(self.acts(node) for node in _walk(arguments, _FUNCTIONS))
        return root is not None and root.start_byte == use.start_byte and self.is_dead(root) and quiet

    def joined(self, expression: Node, use: Node) -> Node | None:
        """The element of ``await Promise.all([pool.end(), media.close()])`` that is dead."""
        call = _unwrapped(expression)
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
            if value is None or _pure(value):
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
            cuts.append(Cut(self.text.line(region.start_byte), _short(region)))
            if region in elements:
                parent = region.parent
                assert parent is not None  # noqa: S101 - an element has its array
                lists.setdefault(parent.id, (parent, []))[1].append(region)
            else:
                edits.append(_statement_edit(self.text.code, region))
        for parent, gone in lists.values():
            members = [c for c in parent.named_children if c.type != "comment"]
            ids = {node.id for node in gone}
            edits += without(self.text.code, members, [m.id in ids for m in members], _NOTHING)
        edits += self.import_edits(names, cuts)
        after = self.text.splice(_merged(self.text.code, edits))
        grammar = self.parsed.grammar
        if not parse(Text(after).code, grammar).sound:
            return Uprooted(data, (), (Blocked(1, "", "", "what is left would not parse"),))
        return Uprooted(after, tuple(sorted(cuts, key=lambda c: c.line)), ())

    def beside(self) -> Iterator[Node]:
        """The log lines that follow what goes, and do nothing but speak."""
        for region in list(self.regions):
            following = region.next_named_sibling
            if following is None or self.inside(following.start_byte) or not _LOGS.match(_short(following)):
                continue
            call = _unwrapped(following.named_children[0])
            arguments = call.child_by_field_name("arguments")
            if arguments is not None and not any(node.type in _CALLS for node in _walk(arguments, ())):
                yield following

    def import_edits(self, names: list[Node], cuts: list[Cut]) -> Iterator[Edit]:
        """Names out of import statements; a statement that loses all of them goes whole."""
        by_statement: dict[int, tuple[Node, set[int]]] = {}
        for node in names:
            statement = _up(node, "import_statement")
            if statement is not None and not self.inside_whole(statement):
                by_statement.setdefault(statement.id, (statement, set()))[1].add(node.start_byte)
        for statement, gone in by_statement.values():
            declared = {node.start_byte for node in _identifiers(statement)}
            specifiers = [n for n in _walk(statement, ()) if n.type == "import_specifier"]
            lost = {
                at
                for at in declared
                if at in gone
                or any(s.start_byte in gone and s.start_byte <= at < s.end_byte for s in specifiers)
            }
            if lost == declared:
                cuts.append(Cut(self.text.line(statement.start_byte), _short(statement)))
                yield _statement_edit(self.text.code, statement)
            elif all(any(s.start_byte <= at < s.end_byte for s in specifiers) for at in lost):
                flags = [s.start_byte in gone for s in specifiers]
                cuts.append(Cut(self.text.line(statement.start_byte), _short(statement)))
                yield from without(self.text.code, specifiers, flags, _NOTHING)

    def inside_whole(self, statement: Node) -> bool:
        return any(region.id == statement.id for region in self.regions)


def _up(node: Node, kind: str) -> Node | None:
    here: Node | None = node
    while here is not None and here.type != kind:
        here = here.parent
    return here


def _short(node: Node) -> str:
    return " ".join(word(node).split())[:120]


def _source(statement: Node) -> str:
    return word(statement.child_by_field_name("source")).strip("\"'`")


def _required(declarator: Node) -> str:
    value = declarator.child_by_field_name("value")
    while value is not None and value.type in (
        "member_expression",
        "await_expression",
        "parenthesized_expression",
    ):
        value = value.child_by_field_name("object") or (
            value.named_children[0] if value.named_children else None
        )
    return _call_source(value)


def _required_bare(statement: Node) -> str:
    return _call_source(statement.named_children[0]) if statement.named_children else ""


def _call_source(value: Node | None) -> str:
    if value is None or value.type != "call_expression":
        return ""
    if word(value.child_by_field_name("function")) not in ("require", "import"):
        return ""
    arguments = value.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    return word(first).strip("\"'`") if first is not None and first.type == "string" else ""


def _identifiers(node: Node | None) -> Iterator[Node]:
    if node is None:
        return
    for each in _walk(node, ()):
        if each.type in ("identifier", "type_identifier", "shorthand_property_identifier_pattern"):
            yield each


def _walk(node: Node, skip: tuple[str, ...]) -> Iterator[Node]:
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        if here.type not in skip or here is node:
            stack.extend(reversed(here.named_children))


def _statement(node: Node) -> Node | None:
    """The innermost statement around a node; None where a function's expression body comes first."""
    here: Node | None = node
    while here is not None:
        if here.type in ("expression_statement", "lexical_declaration", "variable_declaration"):
            return here
        if here.type.endswith("_statement") or here.type in ("program", "statement_block", "class_body"):
            return None
        above = here.parent
        if above is not None and above.type == "arrow_function" and above.child_by_field_name("body") == here:
            return None
        here = above
    return None


def _unwrapped(node: Node) -> Node:
    while node.type in (
        "await_expression",
        "parenthesized_expression",
        "unary_expression",
        "non_null_expression",
    ):
        if not node.named_children:
            return node
        node = node.named_children[-1]
    return node


def _root(node: Node) -> Node | None:
    """The identifier that a chain of calls and members begins with."""
    here: Node | None = node
    while here is not None:
        here = _unwrapped(here)
        if here.type in ("identifier", "type_identifier"):
            return here
        if here.type == "call_expression":
            here = here.child_by_field_name("function")
        elif here.type == "new_expression":
            here = here.child_by_field_name("constructor")
        elif here.type in ("member_expression", "subscript_expression"):
            here = here.child_by_field_name("object")
        elif here.type in ("assignment_expression", "augmented_assignment_expression"):
            here = here.child_by_field_name("left")
        elif here.type in ("as_expression", "satisfies_expression"):
            here = here.named_children[0] if here.named_children else None
        else:
            return None
    return None


def _pure(value: Node) -> bool:
    """Whether making a value does nothing else; functions are made, not called."""
    return value.type in _PURE and not any(
        node.type in _CALLS or node.type.endswith("assignment_expression") or node.type == "update_expression"
        for node in _walk(value, _FUNCTIONS)
        if node is not value or value.type not in _FUNCTIONS
    )


def _statement_edit(code: bytes, node: Node) -> Edit:
    """A statement with its line, and with the comment lines directly above that are about it."""
    start, end = node.start_byte, node.end_byte
    line = code.rfind(b"\n", 0, start) + 1
    line_end = code.find(b"\n", end)
    line_end = len(code) if line_end < 0 else line_end + 1
    if code[line:start].strip() or code[end:line_end].strip(b" \t\r\n;"):
        return Edit(start, end, "")
    line = _with_comment(code, line, line_end)
    return Edit(line, line_end, "")


def _with_comment(code: bytes, line: int, line_end: int) -> int:
    """Where a statement's own comment begins: documentation, or lines above a statement that stands alone."""
    top = comment_above(code, line)
    following = code.find(b"\n", line_end)
    after = code[line_end : len(code) if following < 0 else following].strip()
    alone = not after or after.startswith((b"}", b")", b"]"))
    return top if alone or code[top:line].lstrip().startswith(b"/**") else line


def _merged(code: bytes, edits: list[Edit]) -> list[Edit]:
    """Deletions that touch, or have nothing but blank lines between them, as one; one blank line stays."""
    found: list[Edit] = []
    apart: set[int] = set()  # where a deletion begins that had a blank line between two of its parts
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        last = found[-1] if found else None
        if last and not edit.text and not last.text and not code[last.end : edit.start].strip():
            if b"\n" in code[last.end : edit.start]:
                apart.add(last.start)
            found[-1] = Edit(last.start, max(last.end, edit.end), "")
        else:
            found.append(edit)
    return [_with_blanks(code, edit, apart=edit.start in apart) for edit in found]


def _with_blanks(code: bytes, edit: Edit, *, apart: bool) -> Edit:
    """A deletion of whole lines with the blank lines around it, so that one is left where one had been."""
    if edit.text or edit.start == edit.end or (edit.start and code[edit.start - 1 : edit.start] != b"\n"):
        return edit
    above = code[: edit.start].rstrip(b" \t\r\n")
    blank_above = code[len(above) : edit.start].count(b"\n") > 1
    begins = not above or above.endswith((b"{", b"[", b"("))
    if not code[edit.end :].strip():
        return Edit(len(above) + len(_line_end(code, len(above))), len(code), "") if above else edit
    blank = re.compile(rb"(?:[ \t]*\r?\n)+").match(code, edit.end)
    if begins or blank_above:
        return Edit(edit.start, blank.end(), "") if blank else edit
    if apart and not blank and not code[edit.end :].lstrip().startswith((b"}", b"]", b")")):
        return Edit(edit.start, edit.end, _line_end(code, edit.end - 1).decode() or "\n")
    return edit


def _line_end(code: bytes, at: int) -> bytes:
    """The line end at an offset, or the one that the offset is the last byte of."""
    if code[at - 1 : at + 1] == b"\r\n":
        at -= 1
    found = re.compile(rb"\r?\n").match(code, at)
    return found[0] if found else b""
