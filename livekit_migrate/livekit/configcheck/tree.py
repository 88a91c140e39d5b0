"""YAML text as the tree of nodes that yaml.v3 makes of it: the first document, aliases not expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from . import scalars

DEEPEST = 200  # levels; the schema has about ten, so that whatever is deeper is refused for its types anyway

Kind = Literal["scalar", "mapping", "sequence", "alias"]


@dataclass(slots=True, eq=False)
class Node:
    """A node with its place.

    Args:
        tag: short (``!!int``); of a plain scalar what it resolves to; empty for an alias.
        tagged: the tag is written out.
        value: a scalar's text, an alias's anchor.
        style: ``'``, ``"``, ``|``, ``>``; empty for a plain scalar; ``{`` for a flow collection.
        line: from 1.
        column: from 1, in characters.
        start: index of its first character in the text (of the anchor or tag where it has one).
        end: index behind its last character; of a block collection where the next token is.
    """

    kind: Kind
    tag: str
    value: str
    style: str
    line: int
    column: int
    start: int
    end: int
    tagged: bool = False
    anchor: str = ""
    content: list[Node] = field(default_factory=list)
    alias: Node | None = None

    @property
    def short_tag(self) -> str:
        if self.kind == "alias":
            return self.alias.short_tag if self.alias else ""
        return self.tag

    @property
    def indicates_string(self) -> bool:
        return self.kind == "scalar" and self.tag == "!!str"

    @property
    def is_merge(self) -> bool:
        return self.kind == "scalar" and self.value == "<<" and self.tag == "!!merge"

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        items = self.content
        return ((items[i], items[i + 1]) for i in range(0, len(items) - 1, 2))


class NotYamlError(Exception):
    """The text is no YAML. ``text`` is in the parser's words; ``kind`` is the last part of a finding's id."""

    def __init__(self, kind: str, text: str, line: int, column: int) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text as the server takes it.

    Args:
        text: without the byte order mark at its start; what nodes count their places in.
        root: None when there is no document.
        rest: where a second document begins, which the server never looks at.
    """

    text: str
    root: Node | None
    rest: tuple[int, int] | None = None


_BOM = "\ufeff"
_STAND_IN = "\uf8ff"  # of the private use area, as long in UTF-8
_MARKER = re.compile("(?:^|[\\r\\n\x85\u2028\u2029])(?:---|\\.\\.\\.)(?=\\s|$)")
_BAD = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(text: str) -> Parsed:
    """The first document of a text.

    Raises:
        NotYamlError: it is no YAML, nested too deep, or refers to an anchor that is not there.
    """
    import yaml

    # libyaml: yaml.v3 is a translation of it. PyYAML's own parser differs in tabs and %YAML lines.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = text.removeprefix(_BOM)
    # libyaml skips a byte order mark at the start of any line, yaml.v3 at the start of the text only.
    marked = _BOM in text
    try:
        source = text.replace(_BOM, _STAND_IN) if marked else text
        events = yaml.parse(source, Loader=loader)
        root = _compose(events)
        if marked:
            _restore(root)
        if _MARKER.search(source):
            _look_ahead(source, loader)
        return Parsed(text, root, _rest(events) if root else None)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = str(error.problem or error.context)
        context = f" ({error.context})" if error.problem and error.context else ""
        raise NotYamlError("syntax", problem + context, line, column) from None
    except yaml.reader.ReaderError as error:
        bad = _BAD.search(text)
        before = text[: bad.start()] if bad else ""
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        shown = f"character U+{ord(bad[0]):04X} is not allowed" if bad else str(error.reason)
        raise NotYamlError("characters", shown, line, column) from None


def _look_ahead(text: str, loader: Any) -> None:
    """Scan what yaml.v3 scans of what follows the first document: two tokens, for its comments.

    Raises:
        yaml.MarkedYAMLError: they are none.
    """
    import yaml

    tokens = yaml.scan(text, Loader=loader)
    begun = False
    for token in tokens:
        if isinstance(token, yaml.StreamStartToken | yaml.DirectiveToken):
            continue
        if begun and isinstance(token, yaml.DocumentStartToken | yaml.DocumentEndToken):
            break
        begun = True
    next(tokens, None)
    next(tokens, None)


def _restore(root: Node | None) -> None:
    waiting = [root] if root else []
    while waiting:
        node = waiting.pop()
        node.value = node.value.replace(_STAND_IN, _BOM)
        waiting += node.content


def _rest(events: Iterator[Any]) -> tuple[int, int] | None:
    import yaml

    try:
        following = next(events, None)
    except yaml.YAMLError:
        return None  # the server does not see it
    if isinstance(following, yaml.DocumentStartEvent) and following.start_mark:
        return following.start_mark.line + 1, following.start_mark.column + 1
    return None


def _compose(events: Iterator[Any]) -> Node | None:
    """Nodes of the events of one document, which ends with its last event; without recursion."""
    import yaml

    anchors: dict[str, Node] = {}
    open_nodes: list[Node] = []
    root: Node | None = None
    for event in events:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            node = _scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            mapping = kind is yaml.MappingStartEvent
            node = _node(event, "mapping" if mapping else "sequence", "!!map" if mapping else "!!seq")
            node.style = "{" if event.flow_style else ""
        elif kind is yaml.AliasEvent:
            node = _node(event, "alias", "")
            node.value, node.anchor = event.anchor, ""
            node.alias = anchors.get(event.anchor)
            if node.alias is None:
                # Not its name: of a password that begins with * it is the rest.
                raise NotYamlError("alias", "unknown anchor referenced", node.line, node.column)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            open_nodes.pop().end = event.end_mark.index
            continue
        elif kind is yaml.DocumentEndEvent:
            return root
        else:
            continue
        if "?" in node.value and not node.style and any(one.style for one in open_nodes):
            _question_mark(node, open_nodes[-1])
        if node.anchor:
            anchors[node.anchor] = node
        if open_nodes:
            open_nodes[-1].content.append(node)
        else:
            root = node
        if node.kind in ("mapping", "sequence"):
            open_nodes.append(node)
            if len(open_nodes) > DEEPEST:
                raise NotYamlError("too-deep", f"nested deeper than {DEEPEST} levels", node.line, node.column)
    return root


def _question_mark(node: Node, parent: Node) -> None:
    """In a flow collection a question mark begins a key to yaml.v3, wherever it stands; not so to libyaml.

    Raises:
        NotYamlError: no key can stand there.
    """
    as_key = parent.kind == "mapping" and len(parent.content) % 2 == 0
    if node.kind != "scalar" or not as_key or node.value.rfind("?") > 0:
        raise NotYamlError("syntax", "did not find expected ',' or '}' before a ?", node.line, node.column)
    node.value = node.value[1:]


def _node(event: Any, kind: Kind, tag: str) -> Node:
    start, end = event.start_mark, event.end_mark
    node = Node(kind, tag, "", "", start.line + 1, start.column + 1, start.index, end.index)
    node.anchor = event.anchor or ""
    written = getattr(event, "tag", None)
    if written and written != "!":
        node.tag, node.tagged = scalars.short(written), True
    return node


def _scalar(event: Any) -> Node:
    node = _node(event, "scalar", "")
    node.value, node.style = event.value, event.style or ""
    if not node.tagged:
        node.tag = "!!str" if node.style else scalars.plain(node.value)[0]
    return node
