"""What still uses the old stack's objects in code that stays: listed, or on request given to the new one's.

Which object takes whose place, the flag itself says: ``flag ? livekit : mediasoup``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from ...code.js.text import Edit
from ..engine import Residual
from .cut import Cutter, Made
from .folding import Folding
from .modules import Modules, is_code
from .objects import ABSENT, FALSE, NOWHERE, Objects, Origins, pattern_entry, returns
from .reduce import Part
from .source import Binding, Node, Source, bare, children, field, statements
from .state import State

_FUNCTIONS = frozenset({"arrow_function", "function_expression", "method_definition", "function_declaration"})
_CONSTANT = frozenset({"null", "undefined", "false", "string", "number"})


def pairs(folding: Folding) -> dict[str, str]:
    """The old object's name → the new one's, wherever the flag chose between two names."""
    found: dict[str, set[str]] = defaultdict(set)
    for names in folding.names.values():
        hot = names.hot
        stack = [names.source.root]
        while stack:
            node = stack.pop()
            if node.id not in hot:
                continue
            if node.type == "ternary_expression":
                verdict = names.reducer.reduce(node)
                branches = [bare(b) for name in ("consequence", "alternative") if (b := field(node, name))]
                if isinstance(verdict, Part) and all(b.type == "identifier" for b in branches):
                    chosen = names.source.word(bare(verdict.node))
                    for branch in branches:
                        if (word := names.source.word(branch)) != chosen:
                            found[word].add(chosen)
            stack += node.named_children
    return {old: next(iter(new)) for old, new in found.items() if len(new) == 1}


class Residue:
    """The uses of old objects in what stays.

    Args:
        texts: a file's text as it is by now.
    """

    def __init__(self, modules: Modules, folding: Folding, texts: Callable[[str], bytes | None]) -> None:
        self.modules = modules
        self.pairs = pairs(folding)
        self.objects = Objects(modules, unsafe=True)
        self.texts = texts
        self.tried = False

    def find(self, states: Mapping[str, State]) -> list[Residual]:
        """All uses, with the new object's name where it has the member."""
        found: list[Residual] = []
        for source, binding, new, members in self._bindings(states):
            state = states.get(source.path)
            known = self._members(source, binding, new)
            for at, member in members:
                place = state.origin(at) if state is not None else at
                text = (state.first if state is not None else source).text
                has = known is not None and member in known
                stub = bool(known and has and known[member])
                reason = self._reason(new, member, known, stub=stub)
                found.append(
                    Residual(source.path, text.line(place), text.column(place), binding.name, member, reason,
                             new if has and not stub else "", stub)
                )  # fmt: skip
        return found

    def _reason(self, new: str, member: str, known: Mapping[str, bool] | None, *, stub: bool) -> str:
        if not member:
            return "the old object is passed on whole"
        if known is None:
            return f"what {new} has cannot be told from here"
        if member not in known:
            return f"{new} has no {member}"
        if stub:
            return f"{new} has {member}, but only as a constant or doing nothing"
        if self.tried:
            return f"{new}.{member} could take its place, but {new} has not all that is asked for here"
        return f"{new}.{member} could take its place; --residual twin does that"

    def _bindings(
        self, states: Mapping[str, State]
    ) -> Iterable[tuple[Source, Binding, str, list[tuple[int, str]]]]:
        if not self.pairs:
            return
        for path in self.modules.holding(self.pairs):
            if not is_code(path) or self.texts(path) is None:
                continue
            source = states[path].source if path in states else self.modules.source(path)
            if source is None:
                continue
            for binding in source.scopes.bindings:
                new = self.pairs.get(binding.name)
                if new is None or not binding.used or not self._is_old(source, binding):
                    continue
                uses = [
                    (at, member)
                    for at in sorted(binding.used)
                    if (member := self._member(source, at)) is not None
                ]
                if uses:
                    yield source, binding, new, uses

    def _is_old(self, source: Source, binding: Binding) -> bool:
        """Whether a name is the old object: taken out of what a hook or an object gives."""
        if len(binding.declared) != 1 or binding.kind in ("type", "import", "function", "class"):
            return False
        return pattern_entry(source, source.at(binding.declared[0])) is not None

    @staticmethod
    def _member(source: Source, at: int) -> str | None:
        """What is asked of the object at a place; empty where it is passed on whole."""
        node = source.at(at)
        parent = source.parent(node)
        while parent is not None and parent.type == "non_null_expression":
            node, parent = parent, source.parent(parent)
        if parent is None or parent.type == "type_query":
            return None
        if parent.type == "member_expression" and field(parent, "object") == node:
            return source.word(field(parent, "property") or parent)
        if parent.type == "array":
            return None  # a list of dependencies: what it watches is said elsewhere
        return ""

    def _members(self, source: Source, binding: Binding, new: str) -> dict[str, bool] | None:
        """The members of the new object, and whether each is a stub; None where they cannot be told."""
        entry = pattern_entry(source, source.at(binding.declared[0]))
        if entry is None:
            return None
        origins = self._new(source, entry[1], new)
        if not origins:
            return None
        found: dict[str, bool] = {}
        for each in origins - {ABSENT}:
            owner = self.modules.source(each.path) if each is not FALSE else None
            if owner is None:
                return None
            for item in children(self.objects.literal(owner, each)):
                if item.type == "spread_element":
                    return None
                if key := self.objects.key(owner, item):
                    found[key] = self._stub(owner, item)
        return found

    def _new(self, source: Source, owner: Node, name: str) -> Origins:
        found: frozenset = NOWHERE  # type: ignore[type-arg]
        for each in self.objects.trace(source, owner) or ():
            if each is ABSENT:
                continue
            value = self.objects.property(each, name)
            one = self.objects.trace(*value) if value is not None else None
            if one is None:
                return None
            found |= one
        return found

    def _stub(self, source: Source, item: Node) -> bool:
        """Whether an entry is there so that the types fit: a constant, or a function that does nothing."""
        value: Node | None = field(item, "value") if item.type == "pair" else item
        if item.type == "method_definition":
            return self._idle(item)
        if value is None:
            return False
        value = bare(value)
        if value.type in ("identifier", "shorthand_property_identifier"):
            binding = source.binding(value)
            if binding is None or binding.written or len(binding.declared) != 1:
                return False
            declarator = source.parent(source.at(binding.declared[0]))
            made = field(declarator, "value") if declarator is not None else None
            if made is None or declarator is None or declarator.type != "variable_declarator":
                return False
            value = bare(made)
            if value.type == "call_expression":
                given = children(field(value, "arguments") or value)
                name = source.word(field(value, "function") or value).rpartition(".")[2]
                value = bare(given[0]) if name == "useCallback" and given else value
        return value.type in _CONSTANT or (value.type in _FUNCTIONS and self._idle(value))

    @staticmethod
    def _idle(function: Node) -> bool:
        body = field(function, "body")
        if body is None or body.type != "statement_block":
            return body is not None and bare(body).type in _CONSTANT
        items = statements(body)
        if not items:
            return True
        given = [bare(each) for found in returns(body) for each in children(found)]
        return (
            len(items) == 1
            and items[0].type == "return_statement"
            and all(
                each.type in _CONSTANT or (each.type in ("object", "array") and not children(each))
                for each in given
            )
        )

    # Twins

    def twins(self, states: Mapping[str, State]) -> dict[str, tuple[list[Edit], list[Made]]]:
        """Give to the new object what it has all of: the edits by file."""
        self.tried = True
        found: dict[str, Cutter] = {}
        for source, binding, new, members in self._bindings(states):
            known = self._members(source, binding, new)
            if known is None or any(not member or known.get(member, True) for _, member in members):
                continue
            name = source.at(binding.declared[0])
            pattern = source.parent(name)
            if pattern is None or pattern.type != "object_pattern":
                continue
            there = self._beside(source, pattern, new)
            if there is None and any(each.name == new for each in source.scopes.bindings):
                continue
            if there is not None and there.name != new:
                continue
            cutter = found.setdefault(source.path, Cutter(source))
            for at in binding.used:
                cutter.replace(at, at + len(binding.name.encode()), new)
            cutter.note("residue.twin", name, f"{new} has all that is asked of {binding.name}", "unsafe")
            if there is None:
                cutter.replace(name.start_byte, name.end_byte, new)
        return {path: (cutter.result(), cutter.made) for path, cutter in found.items()}

    @staticmethod
    def _beside(source: Source, pattern: Node, new: str) -> Binding | None:
        """The name that the new object has in the same pattern."""
        for entry in children(pattern):
            if entry.type == "shorthand_property_identifier_pattern" and source.word(entry) == new:
                return source.binding(entry)
        return None


def mentions(source: Source, name: str) -> Iterable[Node]:
    """The nodes that are a word."""
    for match in re.finditer(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])", source.code):
        yield source.at(match.start())
