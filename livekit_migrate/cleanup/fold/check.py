"""The check that every edited file must stand, with no other program: it parses, and names no stranger."""

from __future__ import annotations

from collections import Counter

from ...code.js.parse import errors
from .state import State


def problem_of(state: State) -> str:
    """What is wrong with a file's new text; empty where nothing is."""
    after = state.source
    if not after.parsed.sound:
        first = next(errors(after.root), None)
        line = after.text.line(first.start_byte) if first is not None else 1
        return f"after the edits it does not parse any more (line {line} of the new text)"
    if after.parsed.grammar != state.first.parsed.grammar:
        return "after the edits it only parses as another language"
    before = Counter({name: len(places) for name, places in state.first.scopes.free.items()})
    for name, places in after.scopes.free.items():
        if name not in before and len(places) and name != "undefined":
            line = after.text.line(places[0])
            return f"after the edits nothing declares {name} any more (line {line} of the new text)"
    for name, binding in after.scopes.module.names.items():
        old = state.first.scopes.module.names.get(name)
        if old is not None and len(binding.declared) > len(old.declared):
            return f"after the edits {name} is declared twice"
    stack = [after.root]
    while stack:
        node = stack.pop()
        # The grammar takes an object for a statement; to JavaScript that is a block.
        if node.type == "expression_statement" and after.code[node.start_byte : node.start_byte + 1] == b"{":
            return f"after the edits a statement begins with a brace (line {node.start_point.row + 1})"
        stack += node.named_children
    return _captured(state)


def _captured(state: State) -> str:
    """A name that means another declaration than it did; empty where there is none."""
    before, after = state.first.scopes, state.source.scopes
    for at, binding in after.at.items():
        origin = state.back(at)
        places = [state.back(each) for each in binding.declared]
        if origin is None or None in places:
            continue  # written by an edit
        old = before.at.get(origin)
        if old is None or not set(places) & set(old.declared):
            line = state.source.text.line(at)
            return (
                f"after the edits {binding.name} means another {binding.name} (line {line} of the new text)"
            )
    return ""
