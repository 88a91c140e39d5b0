"""Every place in the source code that reads the flag, by the syntax tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..app.look import App
from ..code.js.embed import of_file
from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.parse import Node, Parsed, parse, word
from ..code.js.text import NotTextError, Text
from ..core.errors import LkmError
from ..core.files import read_bytes
from .model import Site, SiteKind

_EMBEDDED = (".vue", ".svelte", ".html")
_LARGEST = 2 * 1024 * 1024
_NAMING = ("import_specifier", "export_specifier", "variable_declarator")
_STRINGS = ("string", "template_string")


def sites(app: App, names: Iterable[str]) -> tuple[Site, ...]:
    """The places in an app's code that name one of the variables, in the order of the files."""
    wanted = tuple(names)
    found: list[Site] = []
    for path in app.tree.files:
        ending = path[path.rfind(".") :].lower()
        if ending in GRAMMAR_OF_ENDING or ending in _EMBEDDED:
            found += _in_file(app, path, wanted)
    return tuple(found)


def _in_file(app: App, path: str, names: tuple[str, ...]) -> Iterator[Site]:
    raw = _read(app.root / path)
    if not any(name.encode() in raw for name in names):
        return
    try:
        text = Text(raw)
    except NotTextError:
        return
    package = app.package_of(path)
    folder = package.folder if package else ""
    script = of_file(path, text.code)
    if script.empty:
        return
    parsed = parse(script.code, script.grammar)
    for name in names:
        for node in _named(parsed, name):
            judged = _judge(node, name)
            if judged:
                kind, compared, negated = judged
                at = node.start_byte
                yield Site(name, path, text.line(at), text.column(at), kind, folder, compared, negated)


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path, limit=_LARGEST)
    except LkmError:
        return b""  # `lkm scan` says what cannot be read


def _named(parsed: Parsed, name: str) -> Iterator[Node]:
    """The smallest nodes that the name stands in, alone or as a whole string."""
    needle = name.encode()
    at = parsed.code.find(needle)
    while at >= 0:
        end = at + len(needle)
        node = parsed.root.descendant_for_byte_range(at, end)
        if node is not None and word(node) == name:
            yield node
        at = parsed.code.find(needle, end)


def _judge(node: Node, name: str) -> tuple[SiteKind, str, bool] | None:
    """What a mention is; None for one that reads nothing, such as a text or a comment."""
    parent = node.parent
    if parent is None or node.type == "comment":
        return None
    if node.type == "string_fragment":
        # `process.env["NAME"]`; a string elsewhere is a text.
        literal, holder = parent, parent.parent
        if holder is None or holder.type != "subscript_expression" or word(literal)[1:-1] != name:
            return None
        return _use(holder) if _is_env(holder.child_by_field_name("object")) else None
    if node.type == "property_identifier":
        if parent.type == "member_expression":
            return _use(parent)
        if parent.type == "property_signature":
            return "type", "", False
        if parent.type == "pair":
            return "schema", "", False
        return None
    if node.type in ("shorthand_property_identifier_pattern", "shorthand_property_identifier"):
        return "read", "", False
    if node.type == "identifier" and parent.type not in _NAMING:
        return _use(node)
    return None


def _is_env(node: Node | None) -> bool:
    return word(node).replace("?.", ".").endswith("env")


def _use(node: Node) -> tuple[SiteKind, str, bool]:
    """What an expression that reads the flag is used for."""
    parent = node.parent
    while parent is not None and parent.type in ("parenthesized_expression", "non_null_expression"):
        node, parent = parent, parent.parent
    if parent is None:
        return "read", "", False
    if parent.type == "member_expression" and word(parent.child_by_field_name("property")) in (
        "toLowerCase",
        "trim",
    ):
        call = parent.parent
        return _use(call) if call is not None and call.type == "call_expression" else ("read", "", False)
    if parent.type == "binary_expression":
        return _compared(node, parent)
    if parent.type == "unary_expression" and word(parent.child_by_field_name("operator")) == "!":
        return "truthy", "", False
    condition = parent.child_by_field_name("condition")
    if parent.type in ("ternary_expression", "if_statement", "while_statement") and condition is not None:
        inside = condition.start_byte <= node.start_byte and node.end_byte <= condition.end_byte
        return ("truthy" if inside else "read"), "", False
    if parent.type == "arguments":
        call = parent.parent
        called = word(call.child_by_field_name("function")) if call is not None else ""
        return ("truthy" if called == "Boolean" else "read"), "", False
    return "read", "", False


def _compared(node: Node, parent: Node) -> tuple[SiteKind, str, bool]:
    operator = word(parent.child_by_field_name("operator"))
    left, right = parent.child_by_field_name("left"), parent.child_by_field_name("right")
    other = right if left is not None and left.start_byte == node.start_byte else left
    if operator in ("===", "==", "!==", "!=") and other is not None and other.type in _STRINGS:
        return "decision", word(other)[1:-1], operator.startswith("!")
    if operator in ("&&", "||"):
        return "truthy", "", False
    if operator == "??" and parent.parent is not None:
        return _use(parent)
    return "read", "", False
