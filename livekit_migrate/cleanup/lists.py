"""Taking members out of a list in TypeScript source: properties, items, with comma and comment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..code.js.parse import Node
from ..code.js.text import Edit


def without(
    code: bytes, members: Sequence[Node], gone: Sequence[bool], about: re.Pattern[str]
) -> Iterator[Edit]:
    """The edits that take members of one list out.

    Args:
        code: UTF-8, the offsets are its.
        members: all of the list in order, comments left out.
        about: a comment above a member that shares it with the next goes only where this is in it.
    """
    if all(gone) and members:
        yield from _whole(code, members)
        return
    index = 0
    while index < len(members):
        if not gone[index]:
            index += 1
            continue
        last = index
        while last + 1 < len(members) and gone[last + 1]:
            last += 1
        yield from _run(code, members, (index, last), about)
        index = last + 1


def _whole(code: bytes, members: Sequence[Node]) -> Iterator[Edit]:
    """All of a list: what is left of it is closed up where it was on lines of its own."""
    start, end = members[0].start_byte, _behind_separator(code, members[-1].end_byte)
    before = re.search(rb"[ \t\r\n]*\Z", code[:start])
    after = re.compile(rb"[ \t\r\n]*").match(code, end)
    yield Edit(before.start() if before else start, after.end() if after else end, "")


def _run(
    code: bytes, members: Sequence[Node], run: tuple[int, int], about: re.Pattern[str]
) -> Iterator[Edit]:
    first, last = run
    start, end = members[first].start_byte, _behind_separator(code, members[last].end_byte)
    is_last = last + 1 == len(members)
    line = code.rfind(b"\n", 0, start) + 1
    line_end = code.find(b"\n", end)
    line_end = len(code) if line_end < 0 else line_end + 1
    own_lines = not code[line:start].strip() and re.fullmatch(
        rb"[ \t]*(?://[^\n]*|/\*[^\n]*?\*/[ \t]*)?\r?\n?", code[end:line_end]
    )
    if own_lines:
        top = comment_above(code, line)
        if top < line and not is_last and not about.search(code[top:line].decode("utf-8", "replace")):
            following = code[line_end : code.find(b"\n", line_end)].strip()
            if (
                code.count(b"\n", line, line_end) <= 1
                and following
                and not following.startswith((b"/", b"*"))
            ):
                top = line
        yield Edit(top, line_end, "")
        if is_last and first and end == members[last].end_byte:
            yield from _comma_of(code, members[first - 1])
        return
    if not is_last:
        yield Edit(start, members[last + 1].start_byte, "")
    else:
        yield Edit(members[first - 1].end_byte, members[last].end_byte, "")


def _comma_of(code: bytes, member: Node) -> Iterator[Edit]:
    end = _behind_separator(code, member.end_byte)
    if end > member.end_byte and code[end - 1 : end] == b",":
        yield Edit(end - 1, end, "")


def _behind_separator(code: bytes, end: int) -> int:
    found = re.compile(rb"[ \t]*[,;]").match(code, end)
    return found.end() if found else end


def comment_above(code: bytes, line: int) -> int:
    """Where the lines of comment directly above a line begin; the line itself where there are none."""
    top = line
    while top:
        above = code.rfind(b"\n", 0, top - 1) + 1
        if not re.match(rb"[ \t]*(?://|/\*|\*)", code[above:top]):
            break
        top = above
    return top
