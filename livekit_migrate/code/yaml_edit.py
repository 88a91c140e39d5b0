"""Editing YAML by splices: one scalar changed or added, all else stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import ConfigError
from ..core.files import line_end
from .scalar import Scalar, scalar
from .yaml import Document, child, kind_of, mappings, parse

if TYPE_CHECKING:
    from yaml import Node


def with_value(document: Document, path: str, value: Scalar) -> Document:
    """``Document.set``.

    Raises:
        ConfigError: the place cannot be spliced.
    """
    parts = path.split(".")
    node, key = document.root, None
    depth = 0
    while depth < len(parts) and node is not None:
        below_key, below = child(node, parts[depth], follow=False)
        if below is None:
            break
        key, node, depth = below_key, below, depth + 1
        if below_key is not None and below.start_mark.index < below_key.end_mark.index:
            raise _by_hand(document, path, below_key, "an alias stands there")
    if node is None:
        text = _at_end(document.text, _block(parts, value, "", _step(document)))
    elif depth == len(parts):
        text = _replaced(document, path, key, node, value)
    else:
        text = _inserted(document, path, key, node, parts[depth:], value)
    changed = parse(text, document.name, bom=document.bom)
    place = changed.find(path)
    if place is None or place.value != value or type(place.value) is not type(value):
        raise _by_hand(document, path, node or key, "its surroundings are unusual")
    return changed


def _replaced(document: Document, path: str, key: Node | None, node: Node, value: Scalar) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    if kind_of(node) != "scalar":
        raise _by_hand(document, path, node, f"a {kind_of(node)} stands there")
    if getattr(node, "style", None) in ("|", ">"):
        raise _by_hand(document, path, node, "a block scalar stands there")
    if document.text[start : start + 1] in ("&", "!") and start != end:
        raise _by_hand(document, path, node, "it has an anchor or a tag")
    if start == end and key is not None:
        # An empty value: behind the colon, whatever libyaml gives as its place.
        start = end = document.text.index(":", key.end_mark.index) + 1
        return f"{document.text[:start]} {scalar(value)}{document.text[end:]}"
    return document.text[:start] + scalar(value) + document.text[end:]


def _inserted(  # noqa: PLR0917
    document: Document, path: str, key: Node | None, node: Node, parts: list[str], value: Scalar
) -> str:
    kind = kind_of(node)
    if kind == "scalar" and key is not None and node.tag == "tag:yaml.org,2002:null":
        # `rtc:` with nothing, or `rtc: null`: the mapping begins below it.
        start, end = node.start_mark.index, node.end_mark.index
        text = document.text[:start] + document.text[end:]
        indent = " " * (key.start_mark.column + _step(document))
        return _after_line(text, key.end_mark.index, _block(parts, value, indent, _step(document)))
    if kind != "mapping":
        raise _by_hand(document, path, node, f"a {kind} stands where a mapping was expected")
    if getattr(node, "flow_style", False):
        inner = scalar(value)
        for part in reversed(parts[1:]):
            inner = f"{{{scalar(part)}: {inner}}}"
        entry = f"{scalar(parts[0])}: {inner}"
        if not node.value:
            start = document.text.index("{", node.start_mark.index) + 1
            return document.text[:start] + entry + document.text[start:]
        end = tail(node.value[-1])
        return f"{document.text[:end]}, {entry}{document.text[end:]}"
    indent = " " * node.value[0][0].start_mark.column
    return _after_line(document.text, tail(node.value[-1]), _block(parts, value, indent, _step(document)))


def _step(document: Document) -> int:
    """Columns of one level, as the document has it."""
    for _, mapping in mappings(document.root):
        for key, below in mapping.value:
            if kind_of(below) == "mapping" and not getattr(below, "flow_style", False) and below.value:
                step: int = below.value[0][0].start_mark.column - key.start_mark.column
                if 1 <= step <= 8:
                    return step
    return 2


def _by_hand(document: Document, path: str, node: Node | None, why: str) -> ConfigError:
    mark = node.start_mark if node is not None else None
    where = f"{document.name}:{mark.line + 1}:{mark.column + 1}" if mark else document.name
    return ConfigError(f"{where}: {path} must be edited by hand: {why}", code="yaml.by-hand")


def tail(entry: tuple[Node, Node]) -> int:
    """Where the text of a mapping's entry ends; a block collection's own mark lies behind the comments."""
    key, node = entry
    while (
        kind_of(node) != "scalar"
        and not getattr(node, "flow_style", False)
        and node.value
        and node.start_mark.index >= key.start_mark.index  # what an alias stands for ends elsewhere
    ):
        last = node.value[-1]
        if kind_of(node) == "mapping" and last[1].start_mark.index < last[0].start_mark.index:
            return int(last[0].end_mark.index)
        key, node = last if kind_of(node) == "mapping" else (last, last)
    # An alias lies where its anchor is, an empty value behind blank lines: the key is in the right line.
    before = node.start_mark.index < key.start_mark.index or node.start_mark.index == node.end_mark.index
    return int(key.end_mark.index if before else node.end_mark.index)


def _block(parts: list[str], value: Scalar, indent: str, step: int) -> list[str]:
    lines = [f"{indent}{' ' * step * depth}{scalar(part)}:" for depth, part in enumerate(parts)]
    lines[-1] += f" {scalar(value)}"
    return lines


def _after_line(text: str, index: int, lines: list[str]) -> str:
    """The text with lines put behind the line that ``index`` is in, or ends."""
    newline = line_end(text)
    # A block scalar ends behind its line already.
    end = index if index and text[index - 1] == "\n" else text.find("\n", index) + 1
    if not end:
        return text + newline + newline.join(lines)
    return text[:end] + "".join(line + newline for line in lines) + text[end:]


def _at_end(text: str, lines: list[str]) -> str:
    newline = line_end(text)
    if text and not text.endswith("\n"):
        return text + newline + newline.join(lines)
    return text + "".join(line + newline for line in lines)
