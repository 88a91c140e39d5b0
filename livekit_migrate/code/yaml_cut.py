"""Taking entries and items out of YAML by position: whole lines go, everything else stays byte for byte.

Comments directly above an entry and at its end go with it; anchors that somebody still points to keep their
entry. What is left is compared with what should be left, so a file is edited rightly or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..core.errors import ConfigError
from .yaml import Document, kind_of, parse
from .yaml_edit import tail

if TYPE_CHECKING:
    from yaml import Node

Path = tuple[str | int, ...]


def node_at(document: Document, path: Path) -> tuple[Node | None, Node | None]:
    """The key node (None in a sequence) and the node at a path; no aliases' targets, no merge keys."""
    key: Node | None = None
    node = document.root
    for step in path:
        if node is None:
            return None, None
        kind = kind_of(node)
        if kind == "mapping" and isinstance(step, str):
            found = next(((k, v) for k, v in reversed(node.value) if k.value == step), (None, None))
            key, node = found
        elif kind == "sequence" and isinstance(step, int) and step < len(node.value):
            key, node = None, node.value[step]
        else:
            return None, None
    return key, node


def without(
    document: Document,
    gone: Iterable[Path],
    *,
    keep: Iterable[Path] = (),
    about: re.Pattern[str] | None = None,
) -> Document:
    """The document without the entries and items at these paths; a collection that they empty goes too.

    Args:
        keep: collections that stay even when nothing is left in them: ``services``.
        about: a comment above an entry of one line, whose neighbour below stays, may speak of both: it goes
            only where this is found in it.

    Raises:
        ConfigError: a place cannot be cut (an anchor that is used elsewhere, the first key behind a dash):
            with its line, to be edited by hand.
    """
    paths = _widened(document, set(gone), set(keep))
    if not paths:
        return document
    expected = _pruned(document.root, (), paths, {})
    text = document.text
    edits: list[tuple[int, int, str]] = []
    for path in sorted(paths, key=str):
        edits += _cut(document, path, paths, about)
    at, parts = 0, []
    for start, end, new in sorted(edits):
        if start < at:
            raise _by_hand(document, document.root, "two cuts overlap")
        parts += [text[at:start], new]
        at = end
    try:
        changed = parse("".join([*parts, text[at:]]), document.name, bom=document.bom)
    except ConfigError as error:
        raise _by_hand(document, document.root, "its surroundings are unusual") from error
    if _pruned(changed.root, (), set(), {}) != expected:
        raise _by_hand(document, document.root, "its surroundings are unusual")
    return changed


def _widened(document: Document, gone: set[Path], keep: set[Path]) -> set[Path]:
    """The paths without those inside of others, and with each collection that is emptied instead."""
    gone = {path for path in gone if path and node_at(document, path)[1] is not None}
    while True:
        gone = {path for path in gone if not any(path[:size] in gone for size in range(1, len(path)))}
        emptied = set()
        for parent in {path[:-1] for path in gone} - keep - {()}:
            node = node_at(document, parent)[1]
            if node is not None and len(node.value) == sum(path[:-1] == parent for path in gone):
                emptied.add(parent)
        if not emptied:
            return gone
        gone |= emptied


def _pruned(node: Node | None, path: Path, gone: set[Path], seen: dict[int, Any]) -> Any:
    """What the document says without these paths, aliases resolved by identity."""
    if node is None:
        return None
    if id(node) in seen:
        return seen[id(node)]
    kind = kind_of(node)
    if kind == "scalar":
        return node.tag, node.value
    out: list[Any] = []
    seen[id(node)] = out
    if kind == "mapping":
        out.append("{")
        out += [
            (_pruned(k, (), set(), {}), _pruned(v, (*path, k.value), gone, seen))
            for k, v in node.value
            if not isinstance(k.value, str) or (*path, k.value) not in gone
        ]
    else:
        out.append("[")
        out += [
            _pruned(item, (*path, index), gone, seen)
            for index, item in enumerate(node.value)
            if (*path, index) not in gone
        ]
    if len(out) == 1 and path:
        out.append("empty")
    return out


def _cut(
    document: Document, path: Path, gone: set[Path], about: re.Pattern[str] | None
) -> Iterator[tuple[int, int, str]]:
    parent = node_at(document, path[:-1])[1]
    key, node = node_at(document, path)
    assert parent is not None  # noqa: S101 - _widened kept only what is there
    assert node is not None  # noqa: S101
    _refuse_anchors(document, key, node)
    if getattr(parent, "flow_style", False):
        yield from _flow_cut(document, parent, path, gone)
        return
    text = document.text
    first = _start(text, key, node)
    line = text.rfind("\n", 0, first) + 1
    if kind_of(parent) == "mapping" and text[line:first].strip():
        raise _by_hand(document, key, "it is the first key behind a dash")
    end = _end(document, path)
    top = _comments_above(text, line, first - line)
    speaks = bool(about and about.search(text[top:line]))
    if top < line and not speaks and _neighbour_stays(parent, path, gone) and _adjacent(text, line, end):
        top = line
    all_gone = all((*path[:-1], step) in gone for step in _steps(parent))
    if all_gone:  # a collection that stays although it is empty
        if _steps(parent)[0] == path[-1]:
            above = text.rfind("\n", 0, top - 1) + 1 if top else 0
            head = text[above : top - 1].rstrip()
            mark = "{}" if kind_of(parent) == "mapping" else "[]"
            yield above + len(head), above + len(head), f" {mark}"
        yield top, end, ""
        return
    blank_above = (
        top == 0
        or _steps(parent)[0] == path[-1]
        or re.search(r"(?:^|\n)[ \t]*\r?\n\Z", text[:top]) is not None
    )
    blank = re.compile(r"(?:[ \t]*\r?\n)+").match(text, end)
    if blank_above and blank:
        end = blank.end()
    yield top, end, ""


def _steps(parent: Node) -> list[str | int]:
    if kind_of(parent) == "mapping":
        return [key.value for key, _ in parent.value]
    return list(range(len(parent.value)))


def _start(text: str, key: Node | None, node: Node) -> int:
    """Where an entry begins; for an item of a block sequence its dash."""
    if key is not None:
        return int(key.start_mark.index)
    at = int(node.start_mark.index)
    # An alias stands where its anchor does; the caller has refused those.
    return (
        text.rfind("-", 0, at) if text[at : at + 1] != "-" or kind_of(node) == "scalar" else _dash(text, at)
    )


def _dash(text: str, at: int) -> int:
    before = text.rfind("-", 0, at)
    return before if before >= 0 and not text[before + 1 : at].strip() else at


def _end(document: Document, path: Path) -> int:
    """Behind the last line of an entry, comments below that are indented deeper than it included."""
    text = document.text
    key, node = node_at(document, path)
    assert node is not None  # noqa: S101 - _widened kept only what is there
    end = tail((key if key is not None else node, node))
    line_end = text.find("\n", end)
    if end and text[end - 1] == "\n":
        line_end = end - 1
    end = len(text) if line_end < 0 else line_end + 1
    column = _column(text, _start(text, key, node))
    pattern = re.compile(r"(?:[ \t]*\r?\n)*([ \t]*)#[^\n]*(?:\n|\Z)")
    while found := pattern.match(text, end):
        if len(found[1]) <= column:
            break
        end = found.end()
    return end


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1)


def _comments_above(text: str, line: int, column: int) -> int:
    """The start of the comment lines that stand directly above a line, at its own indentation."""
    top = line
    while top:
        above = text.rfind("\n", 0, top - 1) + 1
        said = text[above : top - 1].rstrip("\r")
        if not said.strip().startswith("#") or len(said) - len(said.lstrip()) != column:
            break
        top = above
    return top


def _neighbour_stays(parent: Node, path: Path, gone: set[Path]) -> bool:
    steps = _steps(parent)
    index = steps.index(path[-1])
    return index + 1 < len(steps) and (*path[:-1], steps[index + 1]) not in gone


def _adjacent(text: str, line: int, end: int) -> bool:
    """Whether an entry of one line is followed by another at once: a comment above may speak of both."""
    following = text[end : text.find("\n", end)].strip()
    return text.count("\n", line, end) <= 1 and bool(following) and not following.startswith("#")


def _refuse_anchors(document: Document, key: Node | None, node: Node) -> None:
    import yaml

    if not document.aliases:
        return
    inside = set()
    start = key.start_mark.index if key is not None else node.start_mark.index
    end = tail((key or node, node))
    for token in yaml.scan(document.text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AnchorToken) and start <= token.start_mark.index < end:
            inside.add(token.value)
    for token in yaml.scan(document.text, Loader=yaml.SafeLoader):
        outside = not start <= token.start_mark.index < end
        if isinstance(token, yaml.AliasToken) and token.value in inside and outside:
            line = token.start_mark.line + 1
            raise _by_hand(document, key or node, f"line {line} still points to its anchor &{token.value}")


def _flow_cut(
    document: Document, parent: Node, path: Path, gone: set[Path]
) -> Iterator[tuple[int, int, str]]:
    """Entries of ``{…}`` and ``[…]``, with the comma; the run of what goes is cut at its first."""
    text = document.text
    steps = _steps(parent)
    flags = [(*path[:-1], step) in gone for step in steps]
    index = steps.index(path[-1])
    if index and flags[index - 1]:
        return
    last = index
    while last + 1 < len(flags) and flags[last + 1]:
        last += 1
    entries = [entry if kind_of(parent) == "mapping" else (entry, entry) for entry in parent.value]
    if all(flags):
        yield entries[0][0].start_mark.index, entries[-1][1].end_mark.index, ""
    elif last + 1 < len(entries):
        yield entries[index][0].start_mark.index, entries[last + 1][0].start_mark.index, ""
    else:
        start = tail(entries[index - 1])
        end = tail(entries[last])
        yield start, end, ""
    if any(text[e[0].start_mark.index : e[0].start_mark.index + 1] == "*" for e in entries):
        raise _by_hand(document, parent, "an alias stands there")


def _by_hand(document: Document, node: Node | None, why: str) -> ConfigError:
    line = f":{node.start_mark.line + 1}" if node is not None else ""
    return ConfigError(f"{document.name}{line}: must be edited by hand: {why}", code="yaml.by-hand")
