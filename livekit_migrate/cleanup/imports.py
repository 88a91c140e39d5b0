"""Which packages and files the code of an app takes in, before and after: what a delta is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ..code.js.embed import of_file
from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.parse import Node, parse, word
from ..code.js.text import NotTextError, Text
from ..scan.read import SPECIFIER
from .nodes import unquoted

_MAY = re.compile(rb"\b(?:from|import|require|jest|vi)\b|import\(")
_EMBEDDING = (".vue", ".svelte", ".html", ".htm", ".astro")
_CALLS = frozenset({"require", "import", "require.resolve", "import.meta.resolve"})
_MOCKS = re.compile(r"^(?:jest|vi)\.(?:mock|doMock|unmock|requireActual|importActual)$")
_MOCKED = re.compile(rb"""\b(?:jest|vi|import\.meta)\.\w+\(\s*['"`]([^'"`\n]{1,300})['"`]""")
LARGEST = 1024 * 1024


@lru_cache(maxsize=20_000)
def rough(data: bytes) -> tuple[str, ...]:
    """What a source file may import, fast: also what stands in comments, never less than ``specifiers``."""
    found = [*SPECIFIER.findall(data), *_MOCKED.findall(data)] if len(data) <= LARGEST else []
    return tuple(dict.fromkeys(each.decode("utf-8", "replace") for each in found))


def specifiers(path: str, data: bytes) -> tuple[str, ...]:
    """What a source file imports, requires, mocks or takes types from, in order; each once.

    Args:
        path: its ending says the language.
    """
    return tuple(dict.fromkeys(spec for spec, _ in places(path, data)))


@lru_cache(maxsize=20_000)
def places(path: str, data: bytes) -> tuple[tuple[str, int], ...]:
    """Each specifier with its line."""
    if len(data) > LARGEST or not _MAY.search(data):
        return ()
    try:
        text = Text(data)
    except NotTextError:
        return ()
    if "." + path.rpartition(".")[2].lower() not in (*GRAMMAR_OF_ENDING, *_EMBEDDING):
        return ()
    script = of_file(path, text.code)
    return tuple((spec, text.line(at)) for spec, at in _walk(parse(script.code, script.grammar).root))


def _walk(root: Node) -> Iterator[tuple[str, int]]:
    stack = [root]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind in ("import_statement", "export_statement", "import_require_clause"):
            source = node.child_by_field_name("source")
            if source is not None:
                yield unquoted(source), node.start_byte
        elif kind == "call_expression":
            callee = word(node.child_by_field_name("function"))
            arguments = node.child_by_field_name("arguments")
            if (
                (callee in _CALLS or _MOCKS.match(callee))
                and arguments is not None
                and arguments.named_children
            ):
                first = arguments.named_children[0]
                if first.type in ("string", "template_string"):
                    yield unquoted(first), node.start_byte
        stack.extend(reversed(node.named_children))


def package_of(specifier: str) -> str:
    """The package's name in a specifier; empty for a file, an alias and a scheme."""
    if specifier.startswith((".", "/", "~", "#", "@/", "$")) or ":" in specifier:
        return ""
    parts = specifier.split("/")
    return "/".join(parts[:2]) if specifier.startswith("@") else parts[0]
