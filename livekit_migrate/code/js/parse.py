"""JavaScript and TypeScript to a tree, with the holes of the grammars covered; offsets stay the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from .endings import Grammar

__all__ = ["Grammar", "Node", "Parsed", "errors", "language", "parse", "word"]

# What to try when a tree has errors: Flow's types and a .js full of TypeScript parse as TSX, and JSX in a
# .ts file too.
OTHERS: dict[Grammar, Grammar] = {"javascript": "tsx", "typescript": "tsx", "tsx": "typescript"}

BARE_AMPERSAND = re.compile(rb"(?<!&)&(?!&|#?\w{1,32};)")
EXPORT_TYPE_STAR = re.compile(rb"^([ \t]*export[ \t]+)type([ \t]+\*)", re.MULTILINE)
# As a type argument, `f<typeof import("./a")>()`; a name stands for the type of somebody's module as well.
TYPEOF_IMPORT = re.compile(rb"\btypeof[ \t]+import\([ \t]*(?:'[^'\n]*'|\"[^\"\n]*\")[ \t]*\)")
MOST_MASKS = 24
FLOW_TYPEOF_IMPORT = re.compile(rb"^([ \t]*import[ \t]+)typeof([ \t])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree over ``code``, whose offsets are those of the text that was given."""

    root: Node
    code: bytes
    grammar: Grammar
    sound: bool


@cache
def language(grammar: Grammar) -> Language:
    """The grammar itself."""
    named = {
        "javascript": tree_sitter_javascript.language,
        "typescript": tree_sitter_typescript.language_typescript,
        "tsx": tree_sitter_typescript.language_tsx,
    }
    return Language(named[grammar]())


@cache
def _parser(grammar: Grammar) -> Parser:
    return Parser(language(grammar))


def parse(code: bytes, grammar: Grammar) -> Parsed:
    """Parse UTF-8. A text that the grammar has errors in is tried with masks and with the next grammar."""
    best = _try(code, grammar)
    if best.sound:
        return best
    fewest = _damage(best.root)
    known = FLOW_TYPEOF_IMPORT.sub(rb"\1type  \2", EXPORT_TYPE_STAR.sub(rb"\1    \2", code))
    known = TYPEOF_IMPORT.sub(lambda match: b"_" * len(match[0]), known)
    for other in (grammar, OTHERS[grammar]):
        if known == code and other == grammar:
            continue
        tried = _try(known, other)
        if tried.sound:
            return tried
        if (damage := _damage(tried.root)) < fewest:
            best, fewest = tried, damage
    return _without_ampersands(best, fewest)


def _try(code: bytes, grammar: Grammar) -> Parsed:
    root = _parser(grammar).parse(code).root_node
    return Parsed(root, code, grammar, sound=not root.has_error)


def _without_ampersands(best: Parsed, fewest: int) -> Parsed:
    """Mask bare ``&`` in JSX text, which the grammars refuse, where that mends an error.

    One in an expression is an operator, so each is tried by itself, and not many: a file may be
    broken otherwise.
    """
    if best.grammar == "typescript":
        return best
    tried: set[int] = set()
    while len(tried) < MOST_MASKS:
        places = [
            match.start()
            for error in errors(best.root)
            for match in BARE_AMPERSAND.finditer(best.code, max(0, error.start_byte - 1), error.end_byte + 1)
        ]
        place = next((place for place in places if place not in tried), None)
        if place is None:
            break
        tried.add(place)
        masked = _try(best.code[:place] + b" " + best.code[place + 1 :], best.grammar)
        if masked.sound:
            return masked
        if (damage := _damage(masked.root)) < fewest:
            best, fewest = masked, damage
    return best


def errors(root: Node) -> Iterator[Node]:
    """The places where the tree does not fit the grammar, in order; what is inside one is not looked at."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            yield node
        elif node.has_error:
            stack.extend(reversed(node.children))


def _damage(root: Node) -> int:
    return sum(1 + node.end_byte - node.start_byte for node in errors(root))


def word(node: Node | None) -> str:
    """The node's text, as it stands in the file."""
    text = node.text if node is not None else None
    return text.decode("utf-8", "replace") if text is not None else ""
