"""Entries of objects and members of types that held a flag: gone once nobody asks for them any more."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ...code.js.text import Edit
from ..engine import Refusal
from .cut import Cutter, Made
from .folding import Folding
from .modules import Modules, is_code
from .pure import pure
from .reduce import env_name
from .schemas import entries, typed_members
from .source import Node, Source, bare, children, field
from .state import State

_MEMBERS = frozenset({"property_signature"})


class Properties:
    """What is left of the flags in objects, after the reads were folded.

    Args:
        texts: a file's text as it is by now.
        unsafe: take out other entries, too, that nobody asks for any more.
    """

    def __init__(
        self, modules: Modules, folding: Folding, texts: Callable[[str], bytes | None], *, unsafe: bool
    ) -> None:
        self.modules = modules
        self.folding = folding
        self.texts = texts
        self.unsafe = unsafe
        self.notes: list[Refusal] = []
        self._asked: set[str] = set()

    def edits(self, states: Mapping[str, State]) -> dict[str, tuple[list[Edit], list[Made]]]:
        """The edits that take entries and members out, by file. What was asked once is not asked again."""
        cutters: dict[str, Cutter] = {}
        lists: dict[tuple[str, int], tuple[Node, list[Node]]] = {}
        for key, flag in self._keys(states):
            found = self._gather(key, states, flag=flag)
            if found is None:
                continue
            entries, members = found
            grade = "safe" if flag else "unsafe"
            for source, entry in entries:
                owner = source.parent(entry)
                assert owner is not None  # noqa: S101 - an entry lies in an object
                lists.setdefault((source.path, owner.id), (owner, []))[1].append(entry)
                cutter = cutters.setdefault(source.path, Cutter(source))
                cutter.note("orphan.property", entry, f"nobody asks for {key} any more", grade)
            for source, member in members:
                cutter = cutters.setdefault(source.path, Cutter(source))
                cutter.note("orphan.member", member, f"nobody asks for {key} any more", grade)
                self._member(cutter, member)
        self._variables(states, cutters, lists)
        for (path, _), (owner, gone) in lists.items():
            cutters[path].remove_items(children(owner), gone)
        return {path: (cutter.result(), cutter.made) for path, cutter in cutters.items()}

    def _variables(
        self,
        states: Mapping[str, State],
        cutters: dict[str, Cutter],
        lists: dict[tuple[str, int], tuple[Node, list[Node]]],
    ) -> None:
        """Take a flag's variable out of schemas and of the types of the environment, once nobody reads it."""
        for name in self.folding.flags:
            if name in self._asked:
                continue
            self._asked.add(name)
            found = self._checked(name, states)
            if found is None:
                continue
            for source, node in found:
                cutter = cutters.setdefault(source.path, Cutter(source))
                cutter.note("orphan.variable-check", node, f"nobody reads {name} any more")
                if node.type == "property_signature":
                    self._member(cutter, node)
                elif (owner := source.parent(node)) is not None:
                    lists.setdefault((source.path, owner.id), (owner, []))[1].append(node)

    def _checked(self, name: str, states: Mapping[str, State]) -> list[tuple[Source, Node]] | None:
        """The entries of a variable in schemas and types; None where something else names it."""
        found: list[tuple[Source, Node]] = []
        word = re.compile(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])")
        for path in self.modules.holding([name]):
            data = self.texts(path)
            if data is None or not word.search(data) or not is_code(path):
                continue
            source = states[path].source if path in states else self.modules.source(path)
            if source is None:
                return None
            nodes = [*entries(source, name), *typed_members(source, name)]
            for match in word.finditer(source.code):
                node = source.at(match.start())
                inside = any(each.start_byte <= match.start() < each.end_byte for each in nodes)
                if not inside and node.type != "comment":
                    return None
            found += [(source, node) for node in nodes]
        return found

    def _keys(self, states: Mapping[str, State]) -> list[tuple[str, bool]]:
        """The names to look at: those that flags went through, and on request those that lost a read."""
        known = self._asked | set(self.folding.flags)
        found = [(key, True) for key in self.folding.writers if key not in known]
        if self.unsafe:
            lost: set[str] = set()
            for state in states.values():
                if state.changed:
                    lost |= asked_for(state.first) - asked_for(state.source)
            found += [(key, False) for key in sorted(lost) if key not in known | set(self.folding.writers)]
        self._asked |= {key for key, _ in found}
        return found

    def _gather(
        self, key: str, states: Mapping[str, State], *, flag: bool
    ) -> tuple[list[tuple[Source, Node]], list[tuple[Source, Node]]] | None:
        """The entries and members of a name; None where something else still asks for it."""
        if flag and not self.folding.readers.get(key):
            if places := sorted(self.folding.undecided.get(key, ())):
                self._hold(key, f"{places[0]} may still ask for it")
            return None
        if flag and key in self.folding.shown:
            self._hold(key, "something may list what its object has")
            return None
        writing = {path for path, _ in self.folding.writers.get(key, ())}
        entries: list[tuple[Source, Node]] = []
        members: list[tuple[Source, Node]] = []
        pattern = re.compile(rb"(?<![\w$])" + re.escape(key.encode()) + rb"(?![\w$])")
        for path in self.modules.holding([key]):
            data = self.texts(path)
            if data is None or not pattern.search(data):
                continue
            source = states[path].source if path in states else self.modules.source(path)
            if source is None or not is_code(path):
                self._hold(key, f"{path} may still ask for it")
                return None
            for match in pattern.finditer(source.code):
                node = source.at(match.start())
                parent = source.parent(node)
                if node.type in ("comment", "jsx_text", "regex_pattern") or parent is None:
                    continue
                if node.type == "string_fragment" and source.word(node) != key:
                    continue
                entry = parent if parent.type == "pair" and field(parent, "key") == node else node
                if (
                    entry.type in ("pair", "shorthand_property_identifier")
                    and (path in writing or not flag)
                    and self._empty(source, entry, flag=flag)
                    and self._read_only(source, entry)
                ):
                    entries.append((source, entry))
                    continue
                if (
                    parent.type in _MEMBERS
                    and field(parent, "name") == node
                    and (not flag or self._boolean(source, parent))
                ):
                    members.append((source, parent))
                    continue
                if node.type in ("identifier", "type_identifier") and source.binding(node) is not None:
                    continue
                self._hold(key, f"{path}:{source.text.line(match.start())} may still ask for it")
                return None
        return (entries, members) if entries else None

    def _hold(self, key: str, why: str) -> None:
        for path, start in sorted(self.folding.writers.get(key, ())):
            source = self.folding.names[path].source
            line, column = source.text.line(start), source.text.column(start)
            reason = f"the property {key} stays, with the flag's value: {why}"
            self.notes.append(Refusal("property.kept", path, line, column, reason, key))

    @staticmethod
    def _empty(source: Source, entry: Node, *, flag: bool) -> bool:
        """Whether an entry's value is the flag's, or else can go without anybody noticing."""
        value = field(entry, "value") if entry.type == "pair" else None
        if flag:
            return value is not None and (
                bare(value).type in ("true", "false") or bool(env_name(source, bare(value)))
            )
        return pure(source, value)

    @staticmethod
    def _boolean(source: Source, member: Node) -> bool:
        annotation = field(member, "type")
        text = source.word(annotation).lstrip(":").strip() if annotation is not None else ""
        return text in ("boolean", "true", "false", "boolean | undefined")

    def _read_only(self, source: Source, entry: Node) -> bool:
        """Whether the object is only asked for its members, as far as can be seen: nobody lists them."""
        literal = source.parent(entry)
        node = literal
        while node is not None:
            parent = source.parent(node)
            if parent is None:
                return False
            if parent.type in (
                "parenthesized_expression",
                "as_expression",
                "satisfies_expression",
                "pair",
                "object",
            ):
                node = parent
                continue
            if parent.type in (
                "return_statement",
                "jsx_expression",
                "arrow_function",
                "assignment_expression",
            ):
                return True
            if parent.type == "arguments":
                call = source.parent(parent)
                name = source.word(field(call, "function") or call) if call is not None else ""
                if name.rpartition(".")[2] in ("freeze", "createContext"):
                    node = call
                    continue
                return False
            if parent.type == "variable_declarator":
                return self._only_asked(source, parent)
            return parent.type == "export_statement"
        return False

    @staticmethod
    def _only_asked(source: Source, declarator: Node) -> bool:
        name = field(declarator, "name")
        binding = source.binding(name) if name is not None else None
        if binding is None:
            return False
        for at in binding.used:
            node = source.at(at)
            parent = source.parent(node)
            while parent is not None and parent.type in ("parenthesized_expression", "non_null_expression"):
                node, parent = parent, source.parent(parent)
            if parent is None or parent.type not in (
                "member_expression",
                "return_statement",
                "jsx_expression",
                "variable_declarator",
                "export_specifier",
                "export_statement",
                "type_query",
            ):
                return False
        return True

    @staticmethod
    def _member(cutter: Cutter, member: Node) -> None:
        """Take a member of a type out, with the ``;`` or ``,`` after it."""
        following = member.next_sibling
        end = member.end_byte
        if following is not None and following.type in (";", ","):
            end = following.end_byte
        cutter.remove_span(cutter.leading(member), end)


def asked_for(source: Source) -> set[str]:
    """The names of properties that a file asks objects for."""
    found: set[str] = set()
    stack = [source.root]
    while stack:
        node = stack.pop()
        if node.type == "member_expression":
            found.add(source.word(field(node, "property") or node))
        elif node.type == "shorthand_property_identifier_pattern":
            found.add(source.word(node))
        elif node.type == "pair_pattern":
            found.add(source.word(field(node, "key") or node).strip("\"'"))
        stack += node.named_children
    return found
