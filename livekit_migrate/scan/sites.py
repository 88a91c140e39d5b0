"""The places where a file takes in Mediasoup, protoo or LiveKit: the twelve kinds, read off the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..code.js.embed import Tag
from ..code.js.parse import Node, Parsed, word
from ..code.js.scope import Scopes
from ..code.js.text import Text
from .facts import Kind, Site
from .packages import PACKAGES, Package, classify

WORDS = re.compile(rb"mediasoup|protoo|livekit", re.IGNORECASE)
JSDOC_IMPORT = re.compile(
    r"\bimport\(\s*(['\"])([^'\"]+)\1\s*\)|@import\s[^'\"\n]*?from\s+(['\"])([^'\"]+)\3"
)
TYPEOF_IMPORT = re.compile(rb"typeof[ \t]+(import\([ \t]*['\"]([^'\"\n]+)['\"][ \t]*\))")
MOCKERS = re.compile(
    r"^(?:jest|vi|vitest|td|mock|sinon)\.\w*"
    r"|\.(?:mock|doMock|unmock|dontMock|module|replaceEsm)$|^(?:proxyquire|rewire|rewiremock|esmock)\b"
)
WINDOWS = ("window", "globalThis", "self", "global")
GLOBALS = {"mediasoupClient": "mediasoup-client", "protooClient": "protoo-client"}
URL_FAMILY = re.compile(r"mediasoup|protoo|livekit", re.IGNORECASE)


class Here(NamedTuple):
    """The file that is looked at."""

    text: Text
    path: str


def _site(here: Here, node: Node, kind: Kind, specifier: str, names: tuple[str, ...] = ()) -> Site | None:
    found = classify(specifier)
    return _made(here, node.start_byte, kind, specifier, found, names) if found is not None else None


def _made(  # noqa: PLR0917
    here: Here,
    offset: int,
    kind: Kind,
    specifier: str,
    found: tuple[str, Package],
    names: tuple[str, ...] = (),
) -> Site:
    name, package = found
    line, column = here.text.line(offset), here.text.column(offset)
    return Site(here.path, line, column, kind, specifier, names, name, package.family, package.side)


def script_tags(text: Text, path: str, tags: tuple[Tag, ...]) -> Iterator[Site]:
    """Scripts whose address names one of the families."""
    for tag in tags:
        match = URL_FAMILY.search(tag.src)
        if match is None:
            continue
        family = match[0].lower()
        if family == "protoo":
            found = "url:protoo-client", Package("protoo", "signalling")
        elif family == "livekit":
            found = "url:livekit-client", Package("livekit", "client")
        else:
            found = "url:mediasoup-client", Package("mediasoup", "client")
        yield _made(Here(text, path), tag.start, "script-tag", tag.src, found)


def sites(text: Text, path: str, code: bytes, parsed: Parsed, scopes: Scopes) -> Iterator[Site]:
    """Every site of the file, each once.

    Args:
        code: what was parsed, before anything in it was masked.
    """
    here = Here(text, path)
    seen: set[int] = set()
    for match in WORDS.finditer(parsed.code):
        node = parsed.root.descendant_for_byte_range(match.start(), match.end())
        if node is None or node.start_byte in seen:
            continue
        kind = node.type
        if kind == "comment":
            seen.add(node.start_byte)
            yield from _jsdoc(here, node)
            continue
        if kind in ("string_fragment", "template_string"):
            seen.add(node.start_byte)
            found = _of_string(here, node)
        elif kind in ("identifier", "property_identifier", "shorthand_property_identifier"):
            seen.add(node.start_byte)
            found = _of_name(here, node, scopes)
        else:
            continue
        if found is not None:
            yield found
    for match in TYPEOF_IMPORT.finditer(code) if parsed.code is not code else ():
        package = classify(match[2].decode("utf-8", "replace"))
        if package is not None and parsed.code[match.start() : match.end()] != match[0]:
            yield _made(here, match.start(1), "ts-import-type", match[2].decode(), package)


def _of_string(here: Here, node: Node) -> Site | None:
    if node.type == "template_string":
        string, value = node, word(node)[1:-1]
    else:
        if node.parent is None:
            return None
        string, value = node.parent, word(node)
        if value != word(string)[1:-1]:
            return None
    holder = string.parent
    if holder is None:
        return None
    match holder.type:
        case "import_statement":
            return _site(here, holder, _import_kind(holder), value, _imported(holder))
        case "export_statement":
            return _site(here, holder, "export-from", value, _exported(holder))
        case "import_require_clause":
            whole = holder.parent or holder
            return _site(here, whole, "require", value, (f"*:{word(holder.named_children[0])}",))
        case "module":
            return _site(here, holder, "declare-module", value)
        case "arguments":
            return _of_argument(here, holder, value)
        case "subscript_expression":
            base = _plain(holder.child_by_field_name("object"))
            if value in GLOBALS and base in WINDOWS:
                return _global(here, holder, "global", f"{base}.{value}")
    return None


def _of_argument(here: Here, arguments: Node, value: str) -> Site | None:
    call = arguments.parent
    callee = call.child_by_field_name("function") if call is not None else None
    if call is None or callee is None:
        return None
    name = word(callee)
    if name == "import":
        return _site(here, call, "ts-import-type" if _in_type(call) else "dynamic-import", value)
    if name in ("require", "require.resolve", "require.requireActual", "require.requireMock"):
        return _site(here, call, "require", value, _declared(call))
    if MOCKERS.search(name):
        return _site(here, call, "mock", value)
    return None


def _import_kind(node: Node) -> Kind:
    second = node.children[1].type if len(node.children) > 1 else ""
    return "import-type" if second in ("type", "typeof") else "import"


def _imported(node: Node) -> tuple[str, ...]:
    names: list[str] = []
    for clause in node.named_children:
        if clause.type != "import_clause":
            continue
        for part in clause.named_children:
            if part.type == "identifier":
                names.append(f"default:{word(part)}")
            elif part.type == "namespace_import":
                names.append(f"*:{word(part.named_children[-1])}")
            elif part.type == "named_imports":
                names += [
                    _specifier(child) for child in part.named_children if child.type == "import_specifier"
                ]
    return tuple(names)


def _specifier(node: Node) -> str:
    name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
    return f"{word(name)} as {word(alias)}" if alias is not None else word(name)


def _exported(node: Node) -> tuple[str, ...]:
    names: list[str] = []
    for child in node.children:
        if child.type == "export_clause":
            names += [_specifier(part) for part in child.named_children if part.type == "export_specifier"]
        elif child.type in ("*", "namespace_export"):
            names.append("*" if child.type == "*" else f"*:{word(child.named_children[-1])}")
    return tuple(names)


def _declared(call: Node) -> tuple[str, ...]:
    """The names that ``const x = require(...)`` declares."""
    holder = call.parent
    if holder is None or holder.type != "variable_declarator":
        return ()
    pattern = holder.child_by_field_name("name")
    if pattern is None:
        return ()
    if pattern.type == "identifier":
        return (f"*:{word(pattern)}",)
    return tuple(word(child).replace(":", " as") for child in pattern.named_children)


def _in_type(call: Node) -> bool:
    node = call.parent
    while node is not None and node.type in ("member_expression", "nested_type_identifier", "generic_type"):
        node = node.parent
    types = ("type_annotation", "union_type", "intersection_type", "array_type", "type_arguments")
    return node is not None and (
        node.type in types
        or node.type.endswith("_type")
        or node.type in ("type_alias_declaration", "type_query")
    )


def _plain(node: Node | None) -> str:
    """``window`` of ``window``, ``(window as any)`` and ``window!``."""
    while node is not None and node.type in (
        "parenthesized_expression",
        "as_expression",
        "non_null_expression",
        "satisfies_expression",
    ):
        node = node.named_children[0] if node.named_children else None
    return word(node) if node is not None and node.type == "identifier" else ""


def _of_name(here: Here, node: Node, scopes: Scopes) -> Site | None:
    name = word(node)
    if name not in GLOBALS:
        return None
    if node.type == "property_identifier":
        holder = node.parent
        base = _plain(holder.child_by_field_name("object")) if holder is not None else ""
        if holder is not None and holder.type == "member_expression" and base in WINDOWS:
            return _global(here, holder, "global", f"{base}.{name}")
        return None
    if node.start_byte in scopes.at or node.start_byte not in scopes.free.get(name, ()):
        return None
    return _global(here, node, "bare-global", name)


def _global(here: Here, node: Node, kind: Kind, specifier: str) -> Site:
    package = GLOBALS[specifier.rsplit(".", 1)[-1]]
    return _made(here, node.start_byte, kind, specifier, (package, PACKAGES[package]))


def _jsdoc(here: Here, comment: Node) -> Iterator[Site]:
    body = word(comment)
    if not body.startswith("/**"):
        return
    for match in JSDOC_IMPORT.finditer(body):
        specifier = match[2] or match[4]
        found = classify(specifier)
        if found is not None:
            offset = comment.start_byte + len(body[: match.start()].encode())
            yield _made(here, offset, "jsdoc-import", specifier, found)
