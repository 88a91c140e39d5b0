"""Comments at the places that a person must decide about, tagged so that a build can fail on them."""

from __future__ import annotations

import re

from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.parse import Node, parse
from ..code.js.text import Edit, NotTextError, Text
from .work import Decision, Work, moved_lines

TAG = "LKM-CLEANUP"
_MARK = re.compile(
    rb"^[ \t]*// " + TAG.encode() + rb"\((?P<rule>[\w.-]+)\):? ?(?P<said>[^\r\n]*)\r?\n", re.MULTILINE
)
_BLOCKS = ("program", "statement_block", "class_body", "switch_case", "switch_default")
# Every run finds these again; what the folding of a flag has found is known to that run alone.
_FOUND_AGAIN = ("code.needed", "code.unstarted", "code.used", "variables.")
_USED = re.compile(r"([\w$.]+) is still used")
# Comments that mean the line, or the statement, directly below.
_FOR_BELOW = re.compile(
    rb"[ \t]*(?://|/\*|\*).*(?:eslint-disable-next-line|@ts-|prettier-ignore|biome-ignore|oxlint-disable-next-line"
    rb"|(?:istanbul|c8|v8) ignore|webpackChunkName|noinspection|@vite-ignore)"
)


def plan_marks(work: Work, *, add: bool = True) -> None:
    """Plan a comment above each statement that stays for a person.

    One of an earlier run stays until a person has decided: what is still used must be there no more, or the
    comment is taken out by hand.

    Args:
        add: make new ones; without it only those go of which this run knows that they are true no more.
    """
    by_file: dict[str, list[Decision]] = {}
    for each in work.decisions:
        if not each.done and each.line and each.step in ("flag", "orphans", "code", "lint", "variables"):
            by_file.setdefault(each.file, []).append(each)
    for path in work.app.tree.files:
        grammar = GRAMMAR_OF_ENDING.get("." + path.rpartition(".")[2].lower())
        data = work.now(path) if grammar is not None else None
        if data is None or (TAG.encode() not in data and not (add and path in by_file)):
            continue
        try:
            marked = Text(data)
            bare = [Edit(mark.start(), mark.end(), "") for mark in _MARK.finditer(marked.code)]
            text = Text(marked.splice(bare))
        except NotTextError:
            continue
        edits = _edits(work, path, (text, marked), by_file.get(path, []), add=add)
        if edits is not None:
            work.put(path, text.splice(edits))


def _edits(
    work: Work, path: str, texts: tuple[Text, Text], wanted: list[Decision], *, add: bool
) -> list[Edit] | None:
    """The comments of a file without any; None where it does not parse and stays as it is."""
    text, marked = texts
    grammar = GRAMMAR_OF_ENDING["." + path.rpartition(".")[2].lower()]
    parsed = parse(text.code, grammar)
    if not parsed.sound:
        return None
    newline = "\r\n" if b"\r\n" in text.code else "\n"
    lines = moved_lines(work.before(path) or b"", text.code)
    new: dict[int, list[str]] = {}
    for each in wanted:
        line = lines.get(each.line or 0)
        if line is None:
            continue
        start = _start_of_line(text.code, line)
        statement = _statement(parsed.root, start, text.code)
        at = text.code.rfind(b"\n", 0, statement) + 1
        if text.code[at:statement].strip():
            continue  # not the first on its line: no place for a comment of its own
        indent = text.code[at:statement].decode("utf-8")
        # No line numbers: those of the next run differ by this very comment.
        words = " ".join(re.sub(r":\d+\b", "", f"{each.title}: {each.reason}").strip(": ").split())[:160]
        said = f"{indent}// {TAG}({each.rule}): {words.strip()}{newline}"
        at = _above_what_is_for_below(text.code, at)
        if said not in new.setdefault(at, []):
            new[at].append(said)
    found: dict[int, list[str]] = {}
    gone = 0
    for mark in _MARK.finditer(marked.code):
        at, gone = mark.start() - gone, gone + len(mark[0])
        said = mark[0].decode("utf-8", "replace")
        if said not in new.get(at, []) and _is_over(mark, parsed.root, at, text.code):
            continue
        if said not in found.setdefault(at, []):
            found[at].append(said)
    for at, comments in new.items() if add else ():
        there = found.setdefault(at, [])
        there += [said for said in comments if said not in there]
    return [Edit(at, at, "".join(said)) for at, said in found.items()]


def _is_over(mark: re.Match[bytes], root: Node, at: int, code: bytes) -> bool:
    """Whether a comment that this run does not make is true no more."""
    if mark["rule"].decode().startswith(_FOUND_AGAIN):
        return True
    used = _USED.match(mark["said"].decode("utf-8", "replace"))
    if not used:
        return False
    while code[at : at + 1] in (b" ", b"\t"):
        at += 1
    while _FOR_BELOW.match(code, at):
        at = _start_of_line(code, code.count(b"\n", 0, at) + 2)
    start, end = _span(root, at, code)
    return used[1].encode().rpartition(b".")[2] not in code[start:end]


def _above_what_is_for_below(code: bytes, at: int) -> int:
    """The start of the comment lines directly above that mean the very next line."""
    while at:
        above = code.rfind(b"\n", 0, at - 1) + 1
        if not _FOR_BELOW.match(code[above:at]):
            break
        at = above
    return at


def _start_of_line(code: bytes, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        following = code.find(b"\n", at)
        if following < 0:
            break
        at = following + 1
    while code[at : at + 1] in (b" ", b"\t"):
        at += 1
    return at


def _statement(root: Node, at: int, code: bytes) -> int:
    """Where the innermost statement around an offset begins: only there a line comment is one."""
    return _span(root, at, code)[0]


def _span(root: Node, at: int, code: bytes) -> tuple[int, int]:
    """The innermost statement around an offset; for the end of a block that which the block is part of."""
    node: Node | None = root.descendant_for_byte_range(at, min(at + 1, len(code)))
    while node is not None and (node.parent is None or node.parent.type not in _BLOCKS or not node.is_named):
        node = node.parent
    return (node.start_byte, node.end_byte) if node is not None else (0, len(code))
