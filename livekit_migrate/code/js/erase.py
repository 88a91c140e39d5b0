"""TypeScript to JavaScript by taking the types out, and ES modules to CommonJS: for code of the templates.

Only for what can be erased: enums, namespaces, parameter properties and decorators are refused. Comments and
line breaks stay, so what comes out reads as if somebody had written it without types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .endings import Grammar
from .nodes import above, of_type, text_of, walk
from .parse import Node, parse, word
from .scope import resolve
from .text import Edit, Text

_TYPES_ONLY = frozenset(
    {
        "interface_declaration",
        "type_alias_declaration",
        "ambient_declaration",
        "function_signature",
        "abstract_method_signature",
        "index_signature",
    }
)
_CUT = frozenset(
    {
        "type_annotation",
        "type_arguments",
        "type_parameters",
        "accessibility_modifier",
        "override_modifier",
        "implements_clause",
        "asserts_annotation",
        "type_predicate_annotation",
    }
)
_REFUSED = frozenset({"enum_declaration", "internal_module", "decorator", "import_alias"})
_MEMBERS = frozenset(
    {"optional_parameter", "public_field_definition", "method_definition", "property_signature"}
)
_BLANK_LINES = re.compile(rb"\n{3,}")


def erase(code: str, grammar: Grammar = "tsx") -> str:
    """The code without its types.

    Raises:
        ValueError: it has a syntax error, or something that is more than a type.
    """
    raw = code.encode()
    parsed = parse(raw, grammar)
    if not parsed.sound:
        raise ValueError("the code to take types out of has a syntax error")
    edits = _outermost([*_erased(parsed.root, raw), *_unused_imports(parsed.root, raw, grammar)])
    return _BLANK_LINES.sub(b"\n\n", Text(raw).splice(edits)).lstrip(b"\n").decode()


def _outermost(edits: list[Edit]) -> list[Edit]:
    """Without those that lie in another one."""
    kept: list[Edit] = []
    for edit in sorted(set(edits), key=lambda each: (each.start, -each.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def _erased(root: Node, code: bytes) -> Iterator[Edit]:
    stack = [root]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind in _REFUSED or (kind == "accessibility_modifier" and _is_property(node)):
            raise ValueError(f"line {node.start_point[0] + 1}: {kind.replace('_', ' ')} is more than a type")
        if kind in _TYPES_ONLY or _is_type_import(node):
            yield _statement(node, code)
            continue
        if kind in _CUT:
            yield Edit(node.start_byte, _with_blank(node, code), "")
            continue
        if kind in ("as_expression", "satisfies_expression", "non_null_expression"):
            inner = node.named_children[0]
            yield Edit(inner.end_byte, node.end_byte, "")
            stack.append(inner)
            continue
        if kind in _MEMBERS:
            for child in node.children:
                if child.type in ("?", "!", "readonly", "abstract", "declare"):
                    yield Edit(child.start_byte, _with_blank(child, code), "")
        if kind == "required_parameter" and word(node.child_by_field_name("pattern")) == "this":
            yield Edit(node.start_byte, _past_comma(node.end_byte, code), "")
            continue
        stack.extend(node.children)


def _is_property(node: Node) -> bool:
    return node.parent is not None and node.parent.type in ("required_parameter", "optional_parameter")


def _is_type_import(node: Node) -> bool:
    if node.type not in ("import_statement", "export_statement"):
        return False
    if any(child.type == "type" for child in node.children):
        return True
    declaration = node.child_by_field_name("declaration")
    return declaration is not None and declaration.type in _TYPES_ONLY


def _statement(node: Node, code: bytes) -> Edit:
    """A whole statement with the comment above it, its line end, and one blank line behind it."""
    if node.parent is not None and node.parent.type == "export_statement":
        node = node.parent
    start = node.start_byte
    before = node.prev_named_sibling
    if (
        before is not None
        and before.type == "comment"
        and node.start_point[0] - before.end_point[0] == 1
        and (before.prev_sibling is None or before.prev_sibling.end_point[0] < before.start_point[0])
    ):
        start = before.start_byte
    line = code.rfind(b"\n", 0, start) + 1
    start = start if code[line:start].strip() else line
    stop = node.end_byte
    if code[stop : stop + 1] == b";":
        stop += 1
    line_end = code.find(b"\n", stop)
    stop = len(code) if line_end < 0 else line_end + 1
    above_is_blank = start < 2 or code[start - 2 : start] == b"\n\n"
    if above_is_blank and code[stop : stop + 1] == b"\n":
        stop += 1
    return Edit(start, stop, "")


def _with_blank(node: Node, code: bytes) -> int:
    """Where what follows a modifier begins; other things end where they end."""
    stop = node.end_byte
    if node.type in ("accessibility_modifier", "override_modifier", "readonly", "abstract", "declare"):
        while code[stop : stop + 1] == b" ":
            stop += 1
    if node.type == "implements_clause":
        while code[stop : stop + 1] == b" ":
            stop += 1
    return stop


def _past_comma(at: int, code: bytes) -> int:
    found = re.match(rb"\s*,\s*", code[at:])
    return at + found.end() if found else at


def _unused_imports(root: Node, code: bytes, grammar: Grammar) -> Iterator[Edit]:
    """Imports of names that only types use, and ``type`` specifiers among others."""
    scopes = resolve(parse(code, grammar))
    for statement in of_type(root, "import_statement"):
        if _is_type_import(statement):
            continue
        for named in of_type(statement, "named_imports"):
            gone: list[Node] = []
            kept: list[Node] = []
            for specifier in (child for child in named.named_children if child.type == "import_specifier"):
                name = specifier.child_by_field_name("alias") or specifier.child_by_field_name("name")
                typed = any(child.type == "type" for child in specifier.children)
                binding = scopes.at.get(name.start_byte) if name is not None else None
                used = binding is not None and any(not _in_type(root, offset) for offset in binding.used)
                (gone if typed or not used else kept).append(specifier)
            if not gone:
                continue
            if not kept and named.parent is not None and named.parent.named_child_count == 1:
                yield _statement(statement, code)
            else:
                names = ", ".join(word(each) for each in kept)
                # Beside a default import, nothing that is left takes its comma with it.
                start = named.start_byte if kept else code.rfind(b",", 0, named.start_byte)
                yield Edit(start, named.end_byte, f"{{ {names} }}" if kept else "")


def _in_type(root: Node, offset: int) -> bool:
    node = root.descendant_for_byte_range(offset, offset + 1)
    return (
        node is not None
        and above(node, *_CUT, *_TYPES_ONLY, "as_expression", "satisfies_expression") is not None
        and node.type in ("type_identifier", "identifier")
        and _is_type_place(node)
    )


def _is_type_place(node: Node) -> bool:
    """Whether an identifier stands in a type and not in an expression that a type is said of."""
    child, parent = node, node.parent
    while parent is not None:
        if parent.type in _CUT or parent.type in _TYPES_ONLY:
            return True
        if parent.type in ("as_expression", "satisfies_expression") and parent.named_children[0] != child:
            return True
        child, parent = parent, parent.parent
    return False


def to_commonjs(code: str) -> str:
    """JavaScript of ES modules as CommonJS: static imports, and exports of declarations and names.

    Raises:
        ValueError: it has a syntax error, or an export of another kind.
    """
    raw = code.encode()
    parsed = parse(raw, "javascript")
    if not parsed.sound:
        raise ValueError("the code to turn into CommonJS has a syntax error")
    edits: list[Edit] = []
    exported: list[str] = []
    for node in parsed.root.named_children:
        if node.type == "import_statement":
            edits.append(Edit(node.start_byte, node.end_byte, _required(node)))
        elif node.type == "export_statement":
            edits += _exported(node, exported)
    for node in walk(parsed.root):
        if node.type == "meta_property" and word(node) == "import.meta":
            raise ValueError(f"line {node.start_point[0] + 1}: import.meta has no counterpart in CommonJS")
    changed = Text(raw).splice(edits).decode()
    if exported:
        changed = changed.rstrip("\n") + "\n\nmodule.exports = { " + ", ".join(exported) + " };\n"
    return changed


def _required(node: Node) -> str:
    source = node.child_by_field_name("source")
    said = f"require({word(source)});"
    clause = next((child for child in node.named_children if child.type == "import_clause"), None)
    if clause is None:
        return said
    parts = []
    for child in clause.named_children:
        if child.type == "named_imports":
            names = [
                word(each.child_by_field_name("name"))
                + (f": {word(alias)}" if (alias := each.child_by_field_name("alias")) is not None else "")
                for each in child.named_children
                if each.type == "import_specifier"
            ]
            parts.append(f"const {{ {', '.join(names)} }} = {said}")
        elif child.type == "namespace_import":
            parts.append(f"const {word(child.named_children[0])} = {said}")
        elif text_of(source).startswith("."):
            parts.append(f"const {word(child)} = require({word(source)}).default;")
        else:
            # Node gives what a CommonJS package exports as the default of an import.
            parts.append(f"const {word(child)} = {said}")
    return "\n".join(parts)


def _exported(node: Node, exported: list[str]) -> Iterator[Edit]:
    declaration = node.child_by_field_name("declaration")
    if declaration is not None and not any(child.type == "default" for child in node.children):
        name = declaration.child_by_field_name("name")
        if name is not None:
            exported.append(word(name))
        else:
            exported += [
                word(each.child_by_field_name("name"))
                for each in declaration.named_children
                if each.type == "variable_declarator"
            ]
        yield Edit(node.start_byte, declaration.start_byte, "")
        return
    clause = next((child for child in node.named_children if child.type == "export_clause"), None)
    if clause is not None and node.child_by_field_name("source") is None:
        for each in clause.named_children:
            name, alias = each.child_by_field_name("name"), each.child_by_field_name("alias")
            exported.append(word(name) if alias is None else f"{word(alias)}: {word(name)}")
        yield Edit(node.start_byte, node.end_byte, "")
        return
    raise ValueError(f"line {node.start_point[0] + 1}: this export has no simple form in CommonJS")
