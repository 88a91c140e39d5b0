"""What hooks watch, after the folding: what the callback no longer reads, and what it reads unwatched.

Taking out an object that changes with every render shows that other things were never watched, and no
compiler sees it. So it is done on request only, and then what is read and not watched is added.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .cut import Cutter
from .names import value_of
from .rewrite import WATCHING
from .source import Binding, Node, Source, children, field

_HOOK = re.compile(rb"\buse[A-Z]\w*")
_STEADY = {"useState": 1, "useReducer": 1, "useTransition": 1, "useActionState": 1}
_FUNCTIONS = frozenset({"arrow_function", "function_expression"})


class Watched(Cutter):
    """Mends the lists of dependencies of one file, or says what is to be looked at.

    Args:
        before: the file as it was before the folding.
        after: as it is now.
        back: from a place in the latter to one in the former.
    """

    def __init__(
        self, before: Source, after: Source, back: Callable[[int], int | None], *, unsafe: bool
    ) -> None:
        super().__init__(after)
        old = {call.start_byte: (callback, watched) for call, callback, watched in hooks(before)}
        for call, callback, watched in hooks(after):
            at = back(call.start_byte)
            found = old.get(at) if at is not None else None
            if found is None:
                continue
            read, was_read = _reads(after, callback), _reads(before, found[0])
            stale = [item for item in children(watched) if self._stale(item, set(read), set(was_read))]
            if not stale:
                continue
            if not unsafe:
                names = ", ".join(after.word(item) for item in stale)
                self.note(
                    "dependencies.unread", stale[0],
                    f"the hook still watches {names}, which it no longer reads; --unsafe mends the list",
                    "refuse",
                )  # fmt: skip
                continue
            self._mend(watched, stale, read)

    def _stale(self, item: Node, read: set[str], was_read: set[str]) -> bool:
        root = _root(item)
        name = self.source.word(root) if root is not None else ""
        return name in was_read and name not in read

    def _mend(self, watched: Node, stale: list[Node], read: dict[str, Binding]) -> None:
        items = children(watched)
        dead = {item.id for item in stale}
        left = {
            self.source.word(root)
            for item in items
            if item.id not in dead and (root := _root(item)) is not None
        }
        missing = [name for name, binding in read.items() if name not in left and self._changes(binding)]
        self.note("dependencies.mended", stale[0], "the hook watches what it reads now", "unsafe")
        if missing:
            self.replace(stale[0].start_byte, stale[0].end_byte, ", ".join(missing))
            stale = stale[1:]
        self.remove_items(items, stale)

    def _changes(self, binding: Binding) -> bool:
        """Whether a name may be another thing in the next render: not a module's, not a setter or a ref."""
        if binding.scope.parent is None or binding.kind in ("import", "type"):
            return False
        if binding.kind in ("const", "let", "var"):
            value = value_of(self.source, binding)
            if value is not None and self._hook(value) == "useRef":
                return False
            name = self.source.at(binding.declared[0])
            pattern = self.source.parent(name)
            declarator = self.source.parent(pattern) if pattern is not None else None
            if pattern is not None and pattern.type == "array_pattern" and declarator is not None:
                made = field(declarator, "value")
                place = _STEADY.get(self._hook(made)) if made is not None else None
                entries = children(pattern)
                if place is not None and len(entries) > place and entries[place] == name:
                    return False
        return True

    def _hook(self, node: Node) -> str:
        callee = field(node, "function") if node.type == "call_expression" else None
        return self.source.word(callee).rpartition(".")[2] if callee is not None else ""


def hooks(source: Source) -> Iterator[tuple[Node, Node, Node]]:
    """Calls like ``useEffect(callback, [watched])``: the call, its callback and its list."""
    for match in _HOOK.finditer(source.code):
        if not WATCHING.match(match[0].decode()):
            continue
        node = source.at(match.start())
        call = source.parent(node)
        if call is not None and call.type == "member_expression":
            node, call = call, source.parent(call)
        if call is None or call.type != "call_expression" or field(call, "function") != node:
            continue
        given = children(field(call, "arguments") or call)
        if len(given) > 1 and given[-1].type == "array" and given[-2].type in _FUNCTIONS:
            yield call, given[-2], given[-1]


def _root(item: Node) -> Node | None:
    """The name that a dependency starts with: ``ms`` of ``ms.socket?.id``."""
    node: Node | None = item
    while node is not None and node.type in (
        "member_expression",
        "subscript_expression",
        "non_null_expression",
    ):
        node = field(node, "object") or (children(node)[0] if children(node) else None)
    return node if node is not None and node.type == "identifier" else None


def _reads(source: Source, callback: Node) -> dict[str, Binding]:
    """The names from outside that a callback reads, in the order of their first reading."""
    low, high = callback.start_byte, callback.end_byte
    found: list[tuple[int, Binding]] = []
    for binding in source.scopes.bindings:
        if any(low <= at < high for at in binding.declared):
            continue
        inside = [at for at in binding.used if low <= at < high]
        if inside:
            found.append((min(inside), binding))
    return {binding.name: binding for _, binding in sorted(found, key=lambda each: each[0])}
