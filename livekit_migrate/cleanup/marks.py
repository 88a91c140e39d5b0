"""Comments at the places that a person must decide about, tagged so that a build can fail on them."""

from __future__ import annotations

import re

from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.parse import Node, parse
from ..code.js.text import Edit, NotTextError, Text
from .work import Decision, Work, moved_lines

TAG = "LKM-CLEANUP"
_MARK = re.compile(rb"^[ \t]*// " + TAG.encode() + rb"\([^\n]*\r?\n", re.MULTILINE)
_BLOCKS = ("program", "statement_block", "class_body", "switch_case", "switch_default")


def plan_marks(work: Work) -> None:
    """Plan a comment above each statement that stays for a person; those of an earlier run are replaced."""
    by_file: dict[str, list[Decision]] = {}
    for each in work.decisions:
        if not each.done and each.line and each.step in ("flag", "orphans", "code", "lint", "variables"):
            by_file.setdefault(each.file, []).append(each)
    for path in work.app.tree.files:
        grammar = GRAMMAR_OF_ENDING.get("." + path.rpartition(".")[2].lower())
        data = work.now(path)
        if grammar is None or data is None or (path not in by_file and TAG.encode() not in data):
            continue
        try:
            text = Text(_MARK.sub(b"", data))
        except NotTextError:
            continue
        work.put(path, text.splice(_edits(work, path, text, by_file.get(path, []))))


def _edits(work: Work, path: str, text: Text, wanted: list[Decision]) -> list[Edit]:
    grammar = GRAMMAR_OF_ENDING["." + path.rpartition(".")[2].lower()]
    parsed = parse(text.code, grammar)
    if not parsed.sound:
        return []
    newline = "\r\n" if b"\r\n" in text.code else "\n"
    lines = moved_lines(work.before(path) or b"", text.code)
    found: dict[int, list[str]] = {}
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
        said = f"{indent}// {TAG}({each.rule}): {words}{newline}"
        if said not in found.setdefault(at, []):
            found[at].append(said)
    return [Edit(at, at, "".join(said)) for at, said in found.items()]


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
    node: Node | None = root.descendant_for_byte_range(at, min(at + 1, len(code)))
    while node is not None and (node.parent is None or node.parent.type not in _BLOCKS):
        node = node.parent
    return node.start_byte if node is not None else 0
