"""Giving code another style on its syntax tree: quotes, semicolons, indent, commas, import endings.

From the style of the templates to that of an app. What would change the meaning stays: a semicolon that keeps
two statements apart, quotes around a text that has the other ones in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .endings import Grammar
from .nodes import of_type, walk
from .parse import Node, Parsed, parse
from .style import Style
from .text import Edit, Text

# A line that begins so would go on with the statement before it.
_GOES_ON = (b"(", b"[", b"`", b"+", b"-", b"/", b"*", b",", b".", b"?", b"<", b"=", b"%", b"&", b"|", b"^")
_GOES_ON_WORDS = re.compile(rb"(?:in|instanceof|as|satisfies)\b")
_BODIES = ("class_body", "interface_body", "object_type", "enum_body")
_ES5_LEAVES_OUT = frozenset({"arguments", "formal_parameters", "type_arguments", "type_parameters"})
_CLOSING = frozenset({")", "]", "}", ">"})
_LEAD = re.compile(rb"^( +)", re.MULTILINE)


def restyle(code: str, grammar: Grammar, style: Style) -> str:
    """Code in the style of the templates, written in another.

    Raises:
        ValueError: the code has a syntax error.
    """
    raw = code.encode()
    parsed = parse(raw, grammar)
    if not parsed.sound:
        raise ValueError("the code to restyle has a syntax error")
    edits = list(_edits(parsed, style))
    raw = Text(raw).splice(edits)
    if style.indent != "  ":
        raw = _indented(raw, grammar, style.indent)
    text = raw.decode()
    return text.replace("\n", style.newline) if style.newline != "\n" else text


def quoted(text: str, style: Style) -> str:
    """A string literal in an app's quotes; the text has neither quotes nor escapes."""
    return f"{style.quote}{text}{style.quote}"


def end(style: Style) -> str:
    """What ends a statement."""
    return ";" if style.semicolons else ""


def _edits(parsed: Parsed, style: Style) -> Iterator[Edit]:
    code = parsed.code
    for node in walk(parsed.root):
        if node.type == "string":
            yield from _string(node, code, style)
        elif node.type == ";" and not style.semicolons:
            if _may_go(node, code):
                yield Edit(node.start_byte, node.end_byte, "")
        elif node.type == "," and style.commas != "all":
            after = node.next_sibling
            if after is None or after.type not in _CLOSING or node.parent is None:
                continue
            if style.commas == "none" or node.parent.type in _ES5_LEAVES_OUT:
                yield Edit(node.start_byte, node.end_byte, "")


def _string(node: Node, code: bytes, style: Style) -> Iterator[Edit]:
    parent = node.parent
    if parent is not None and parent.type == "jsx_attribute":
        return
    text = code[node.start_byte + 1 : node.end_byte - 1]
    if style.quote == "'" and code[node.start_byte : node.start_byte + 1] == b'"' and b"'" not in text:
        plain = text.replace(b'\\"', b'"')
        yield Edit(node.start_byte, node.end_byte, f"'{_with_ending(plain, parent, style)}'")
    elif style.ending and (ended := _with_ending(text, parent, style)) != text.decode():
        yield Edit(node.start_byte + 1, node.end_byte - 1, ended)


def _with_ending(text: bytes, parent: Node | None, style: Style) -> str:
    said = text.decode()
    if not style.ending or parent is None or not said.startswith(("./", "../")):
        return said
    if parent.type not in ("import_statement", "export_statement"):
        return said
    return said if "." in said.rpartition("/")[2] else said + style.ending


def _may_go(node: Node, code: bytes) -> bool:
    """Whether a semicolon can be left out: it is the last of its line, and the next one begins anew."""
    parent = node.parent
    if parent is None or parent.type in ("for_statement", "empty_statement"):
        return False
    rest = code[node.end_byte :]
    line, newline, after = rest.partition(b"\n")
    ended = line.strip()
    if ended and not ended.startswith((b"//", b"}")):
        return False
    if ended.startswith(b"}"):
        return True
    following = _without_comments(after if newline else b"")
    if parent.type in _BODIES or (parent.parent is not None and parent.parent.type in _BODIES):
        member = parent.type == "class_body" or (
            parent.parent is not None and parent.parent.type == "class_body"
        )
        return not (member and following.startswith((b"[", b"*", b"(")))
    return not following.startswith(_GOES_ON) and not _GOES_ON_WORDS.match(following)


def _without_comments(code: bytes) -> bytes:
    while True:
        code = code.lstrip()
        if code.startswith(b"//"):
            code = code.partition(b"\n")[2]
        elif code.startswith(b"/*"):
            code = code.partition(b"*/")[2]
        else:
            return code


def _indented(code: bytes, grammar: Grammar, indent: str) -> bytes:
    """Two blanks become one step, at the start of every line that is not inside of a text."""
    # Of a template's text the lead of a line is a part, of JSX's it is not.
    texts = of_type(parse(code, grammar).root, "template_string")
    kept = [(node.start_byte, node.end_byte) for node in texts]

    def deeper(found: re.Match[bytes]) -> bytes:
        if any(start < found.start() < stop for start, stop in kept):
            return found[0]
        steps, rest = divmod(len(found[1]), 2)
        return indent.encode() * steps + b" " * rest

    return _LEAD.sub(deeper, code)
