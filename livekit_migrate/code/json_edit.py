"""Adding members to an object of a JSON file as splices: nothing else of the text changes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ..core.errors import ConfigError
from ..core.files import BOM, line_end
from .js.parse import Node, parse, word


def members(text: str) -> dict[str, str]:
    """The members of the outermost object: name → its value as written.

    Raises:
        ConfigError: it is no JSON object.
    """
    return {key: word(value) for key, _, value in _pairs(_object(text))}


def with_members(text: str, section: str, added: Mapping[str, str], *, after: tuple[str, ...] = ()) -> str:
    """The text with texts added to the object ``section``, which is made where there is none.

    Members are kept sorted where they are sorted; one that is there stays as it is.

    Args:
        after: sections behind which a new one goes, the first that is there.

    Raises:
        ConfigError: it is no JSON object, or ``section`` is something else.
    """
    for name, value in added.items():
        text = _with_member(text, section, name, value, after)
    return text


def _with_member(text: str, section: str, name: str, value: str, after: tuple[str, ...]) -> str:
    top = _object(text)
    pairs = _pairs(top)
    newline = line_end(text)
    outer = _indent(text, pairs)
    there = next((node for key, _, node in pairs if key == section), None)
    entry = f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
    if there is None:
        made = f"{json.dumps(section)}: {{{newline}{outer * 2}{entry}{newline}{outer}}}"
        place = next(
            (pair for key in after for pair in pairs if pair[0] == key), pairs[-1] if pairs else None
        )
        return _behind(text, top, place, f"{newline}{outer}{made}", newline)
    if there.type != "object":
        raise ConfigError(f"{section} is no object", code="json.by-hand")
    inner = _pairs(there)
    if any(key == name for key, _, _ in inner):
        return text
    if not inner:
        start, end = _span(text, there)
        return f"{text[:start]}{{{newline}{outer * 2}{entry}{newline}{outer}}}{text[end:]}"
    names = [key for key, _, _ in inner]
    lead = newline + _lead(text, inner[0][1]) if _on_own_lines(text, inner) else " "
    if names == sorted(names) and name < names[0]:
        at = _span(text, inner[0][1])[0]
        return f"{text[:at]}{entry},{lead}{text[at:]}"
    before = inner[-1]
    if names == sorted(names):
        before = next(pair for pair in reversed(inner) if pair[0] < name)
    return _behind(text, there, before, lead + entry, newline)


def _behind(text: str, top: Node, pair: tuple[str, Node, Node] | None, made: str, newline: str) -> str:
    if pair is None:
        start, end = _span(text, top)
        return f"{text[:start]}{{{made}{newline}}}{text[end:]}"
    at = _span(text, pair[1])[1]
    return f"{text[:at]},{made}{text[at:]}"


def _object(text: str) -> Node:
    code = text.removeprefix(BOM).encode("utf-8", "surrogatepass")
    parsed = parse(b"(" + code + b")", "javascript")
    statement = parsed.root.named_children[0] if parsed.root.named_children else None
    inner = statement.named_children[0] if statement is not None and statement.named_children else None
    node = inner.named_children[0] if inner is not None and inner.named_children else None
    if not parsed.sound or node is None or node.type != "object":
        raise ConfigError("is no JSON object", code="json.by-hand")
    return node


def _pairs(node: Node) -> list[tuple[str, Node, Node]]:
    found = []
    for pair in node.named_children:
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if key is not None and value is not None:
            found.append((str(json.loads(word(key))), pair, value))
    return found


def _span(text: str, node: Node) -> tuple[int, int]:
    """Where a node lies in the text; one byte was put before it, and it was parsed without its mark."""
    mark = len(BOM) if text.startswith(BOM) else 0
    raw = text[mark:].encode("utf-8", "surrogatepass")
    start = len(raw[: node.start_byte - 1].decode("utf-8", "surrogatepass"))
    end = len(raw[: node.end_byte - 1].decode("utf-8", "surrogatepass"))
    return start + mark, end + mark


def _lead(text: str, node: Node) -> str:
    start = _span(text, node)[0]
    line = text[text.rfind("\n", 0, start) + 1 : start]
    found = re.match(r"\s*", line)
    return found[0] if found else ""


def _on_own_lines(text: str, pairs: list[tuple[str, Node, Node]]) -> bool:
    start = _span(text, pairs[0][1])[0]
    return not text[text.rfind("\n", 0, start) + 1 : start].strip()


def _indent(text: str, pairs: list[tuple[str, Node, Node]]) -> str:
    return (_lead(text, pairs[0][1]) if pairs and _on_own_lines(text, pairs) else "") or "  "
