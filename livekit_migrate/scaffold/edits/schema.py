"""The server's environment schema: zod, envalid, T3; adding variables to it, and what it exports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ...code.js.nodes import arguments, called, of_type, text_of
from ...code.js.parse import Node, Parsed, word
from ...code.js.style import Style
from ...code.js.text import Edit
from ..sides import Side
from ..source import Sources
from .imports import imported, indent_of
from .model import Outcome

ID = "init.env"
WHAT = "LIVEKIT_* in the server's environment schema"

_NAME = re.compile(r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$")
_ENV_FILE = re.compile(r"(^|/)(env|environment|config)[^/]*(/index)?\.[cm]?[jt]s$", re.IGNORECASE)
_PARSES = (".parse", ".safeParse", "createEnv", "cleanEnv")

Kind = Literal["zod", "envalid", "plain"]


@dataclass(frozen=True, slots=True)
class Schema:
    """Where a server says which variables it has.

    Args:
        objects: the object literals that list them; the first holds the rules, the others the values.
        exported: the name under which the checked values are exported as a constant, ``""`` for none.
    """

    kind: Kind
    file: str
    parsed: Parsed
    objects: tuple[Node, ...]
    exported: str

    @property
    def names(self) -> set[str]:
        return {_key(pair) for pair in _pairs(self.objects[0])}


def find(side: Side, sources: Sources) -> Schema | None:
    """The schema of a server's variables; None where it reads them plainly, or where several could be it."""
    found = list(_schemas(side, sources))
    if len(found) > 1:
        found = [each for each in found if _ENV_FILE.search(each.file)] or found
    return found[0] if len(found) == 1 else None


def _schemas(side: Side, sources: Sources) -> Iterator[Schema]:
    for path, parsed in sources.with_words(side.folder, b"z.object", b"cleanEnv", b"createEnv", b"object("):
        text = sources.text(path)
        if text is None or not (b"process.env" in text.code or b"cleanEnv" in text.code):
            continue
        for node in of_type(parsed.root, "call_expression"):
            what = called(node)
            given = arguments(node)
            if what == "createEnv" and given and given[0].type == "object":
                values = {_key(pair): pair.child_by_field_name("value") for pair in _pairs(given[0])}
                rules = values.get("server")
                listed = values.get("runtimeEnv") or values.get("runtimeEnvStrict")
                if rules is not None and rules.type == "object":
                    objects = (rules, listed) if listed is not None and listed.type == "object" else (rules,)
                    yield Schema("zod", path, parsed, objects, _exported(parsed))
            elif what == "cleanEnv" and len(given) > 1 and given[1].type == "object":
                yield Schema("envalid", path, parsed, (given[1],), _exported(parsed))
            elif what.rpartition(".")[2] == "object" and given and given[0].type == "object":
                keys = [_key(pair) for pair in _pairs(given[0])]
                if imported(parsed, "zod") and keys and all(_NAME.match(key) for key in keys):
                    yield Schema("zod", path, parsed, (given[0],), _exported(parsed))


def _pairs(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type == "pair"]


def _key(pair: Node) -> str:
    key = pair.child_by_field_name("key")
    return text_of(key) or word(key)


def _exported(parsed: Parsed) -> str:
    """The exported constant that holds what was checked."""
    for node in parsed.root.named_children:
        if node.type != "export_statement":
            continue
        for declared in of_type(node, "variable_declarator"):
            value = declared.child_by_field_name("value")
            if (
                value is not None
                and called(value).endswith(_PARSES)
                and not called(value).endswith("safeParse")
            ):
                return word(declared.child_by_field_name("name"))
    return ""


def extend(schema: Schema, names: Sequence[str], style: Style) -> Outcome:
    """The edit that adds variables, each optional: a deployment without them still starts."""
    missing = [name for name in names if name not in schema.names]
    if not missing:
        return Outcome(ID, WHAT, schema.file, "already")
    line = schema.objects[0].start_point[0] + 1
    rules = _rules(schema, missing)
    if rules is None or not schema.parsed.sound:
        why = "the file has a syntax error" if rules else "`str` is not imported from envalid there"
        text = "\n".join(f"{name}: str({{ default: undefined }})," for name in missing)
        return Outcome(ID, WHAT, schema.file, "by-hand", (), line, why, text)
    edits = [_append(schema.parsed, schema.objects[0], rules, style)]
    if len(schema.objects) > 1:
        values = [f"{name}: process.env.{name}" for name in missing]
        edits.append(_append(schema.parsed, schema.objects[1], values, style))
    return Outcome(ID, WHAT, schema.file, "edit", tuple(edits))


def _rules(schema: Schema, names: Sequence[str]) -> list[str] | None:
    if schema.kind == "zod":
        z = next(
            (own for own, its in imported(schema.parsed, "zod").items() if its in ("z", "*", "default")), "z"
        )
        return [f"{name}: {z}.string().optional()" for name in names]
    text = next((own for own, its in imported(schema.parsed, "envalid").items() if its == "str"), "")
    if not text:
        return None
    return [f"{name}: {text}({{ default: undefined }})" for name in names]


def _append(parsed: Parsed, node: Node, entries: Sequence[str], style: Style) -> Edit:
    """Behind the last member of an object, laid out as its members are."""
    pairs = [child for child in node.named_children if child.type != "comment"]
    if not pairs:
        inner = indent_of(parsed, node) + style.indent
        lines = "".join(f"{style.newline}{inner}{entry}," for entry in entries)
        return Edit(
            node.start_byte + 1, node.end_byte - 1, f"{lines}{style.newline}{indent_of(parsed, node)}"
        )
    last = pairs[-1]
    after = last.next_sibling
    comma = after is not None and after.type == ","
    at = after.end_byte if comma and after is not None else last.end_byte
    if last.start_point[0] == node.start_point[0]:
        return Edit(at, at, ("" if comma else ",") + " " + ", ".join(entries))
    lead = style.newline + indent_of(parsed, last)
    body = ",".join(lead + entry for entry in entries)
    return Edit(at, at, body + "," if comma else f",{body}")
