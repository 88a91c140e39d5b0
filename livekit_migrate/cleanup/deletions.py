"""The text of what goes: statements with their lines, their own comments and the blank lines around them."""

from __future__ import annotations

import re

from ..code.js.parse import Node
from ..code.js.text import Edit
from .lists import comment_above


def statement_edit(code: bytes, node: Node) -> Edit:
    """A statement with its line, and with the comment lines directly above that are about it."""
    start, end = node.start_byte, node.end_byte
    line = code.rfind(b"\n", 0, start) + 1
    line_end = code.find(b"\n", end)
    line_end = len(code) if line_end < 0 else line_end + 1
    if code[line:start].strip() or code[end:line_end].strip(b" \t\r\n;"):
        return Edit(start, end, "")
    line = _with_comment(code, line, line_end)
    return Edit(line, line_end, "")


def _with_comment(code: bytes, line: int, line_end: int) -> int:
    """Where a statement's own comment begins: documentation, or lines above a statement that stands alone."""
    top = comment_above(code, line)
    following = code.find(b"\n", line_end)
    after = code[line_end : len(code) if following < 0 else following].strip()
    alone = not after or after.startswith((b"}", b")", b"]"))
    return top if alone or code[top:line].lstrip().startswith(b"/**") else line


def merged(code: bytes, edits: list[Edit]) -> list[Edit]:
    """Deletions that touch, or have nothing but blank lines between them, as one; one blank line stays."""
    found: list[Edit] = []
    apart: set[int] = set()  # where a deletion begins that had a blank line between two of its parts
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        last = found[-1] if found else None
        if last and not edit.text and not last.text and not code[last.end : edit.start].strip():
            if b"\n" in code[last.end : edit.start]:
                apart.add(last.start)
            found[-1] = Edit(last.start, max(last.end, edit.end), "")
        else:
            found.append(edit)
    return [_with_blanks(code, edit, apart=edit.start in apart) for edit in found]


def _with_blanks(code: bytes, edit: Edit, *, apart: bool) -> Edit:
    """A deletion of whole lines with the blank lines around it, so that one is left where one had been."""
    if edit.text or edit.start == edit.end or (edit.start and code[edit.start - 1 : edit.start] != b"\n"):
        return edit
    above = code[: edit.start].rstrip(b" \t\r\n")
    blank_above = code[len(above) : edit.start].count(b"\n") > 1
    begins = not above or above.endswith((b"{", b"[", b"("))
    if not code[edit.end :].strip():
        return Edit(len(above) + len(_line_end(code, len(above))), len(code), "") if above else edit
    blank = re.compile(rb"(?:[ \t]*\r?\n)+").match(code, edit.end)
    if begins or blank_above:
        return Edit(edit.start, blank.end(), "") if blank else edit
    if apart and not blank and not code[edit.end :].lstrip().startswith((b"}", b"]", b")")):
        return Edit(edit.start, edit.end, _line_end(code, edit.end - 1).decode() or "\n")
    return edit


def _line_end(code: bytes, at: int) -> bytes:
    """The line end at an offset, or the one that the offset is the last byte of."""
    if code[at - 1 : at + 1] == b"\r\n":
        at -= 1
    found = re.compile(rb"\r?\n").match(code, at)
    return found[0] if found else b""
