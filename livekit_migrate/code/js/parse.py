"""JavaScript and TypeScript to a tree, with the holes of the grammars covered; offsets stay the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

__all__ = ["GRAMMAR_OF_ENDING", "Grammar", "Node", "Parsed", "errors", "parse", "word"]

Grammar = Literal["javascript", "typescript", "tsx"]

GRAMMAR_OF_ENDING: dict[str, Grammar] = {
    ".js": "javascript",
    ".cjs": "javascript",
    ".mjs": "javascript",
    ".jsx": "javascript",
    ".ts": "typescript",
    ".cts": "typescript",
    ".mts": "typescript",
    ".tsx": "tsx",
}

# What to try when a tree has errors: Flow's types and a .js full of TypeScript parse as TSX, and JSX in a
# .ts file too.
OTHERS: dict[Grammar, Grammar] = {"javascript": "tsx", "typescript": "tsx", "tsx": "typescript"}

BARE_AMPERSAND = re.compile(rb"(?<!&)&(?!&|#?\w{1,32};)")
EXPORT_TYPE_STAR = re.compile(rb"^([ \t]*export[ \t]+)type([ \t]+\*)", re.MULTILINE)
FLOW_TYPEOF_IMPORT = re.compile(rb"^([ \t]*import[ \t]+)typeof([ \t])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree over ``code``, whose offsets are those of the text that was given."""

    root: Node
    code: bytes
    grammar: Grammar
    sound: bool


@cache
def _parser(grammar: Grammar) -> Parser:
    language = {
        "javascript": tree_sitter_javascript.language,
        "typescript": tree_sitter_typescript.language_typescript,
        "tsx": tree_sitter_typescript.language_tsx,
    }[grammar]
    return Parser(Language(language()))


def parse(code: bytes, grammar: Grammar) -> Parsed:
    """Parse UTF-8. A text that the grammar has errors in is tried with masks and with the next grammar."""
    root = _parser(grammar).parse(code).root_node
    if not root.has_error:
        return Parsed(root, code, grammar, sound=True)
    best = Parsed(root, code, grammar, sound=False)
    fewest = _damage(root)
    for other in (grammar, OTHERS[grammar]):
        for masked in _masks(code, root if other == grammar else None):
            root = _parser(other).parse(masked).root_node
            if not root.has_error:
                return Parsed(root, masked, other, sound=True)
            if (damage := _damage(root)) < fewest:
                best, fewest = Parsed(root, masked, other, sound=False), damage
    return best


def _masks(code: bytes, broken: Node | None) -> Iterator[bytes]:
    """The text with what the grammars do not know replaced by as many bytes that they do."""
    masked = EXPORT_TYPE_STAR.sub(rb"\1    \2", code)
    masked = FLOW_TYPEOF_IMPORT.sub(rb"\1type  \2", masked)
    if broken is None or masked != code:
        yield masked
    # A bare `&` in JSX text. One in an expression is an operator, so only those in an error are masked.
    near = bytearray(masked)
    for error in errors(broken) if broken is not None else ():
        for match in BARE_AMPERSAND.finditer(masked, max(0, error.start_byte - 1), error.end_byte + 1):
            near[match.start()] = 0x20
    if near != masked:
        yield bytes(near)


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
