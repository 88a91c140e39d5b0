"""Cutting text out of a file as a person would: whole lines, commas mended, comments with their things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...code.js.text import Edit
from .source import Node, Source

_TEXTS = frozenset({"template_string", "string", "regex", "jsx_text", "comment"})
_DIRECTIVE = re.compile(
    r"eslint-disable|@ts-|prettier-ignore|biome-ignore|istanbul|c8 ignore|v8 ignore|noinspection"
)
_WHOLE_FILE = re.compile(
    r"eslint-env|eslint-disable(?!-)|\beslint\s|@ts-(?:no)?check|@jsx|\bglobals?\s|@flow|-environment\b|@module|@file"
)
_LEGAL = re.compile(r"copyright|licen[sc]e|@preserve|^/\*!", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Made:
    """One thing that was done, for the report: a rule, a place, and its reason."""

    rule: str
    grade: str
    start: int
    end: int
    reason: str


class Cutter:
    """Collects the edits of one file. An edit inside of what goes altogether goes with it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.edits: list[Edit] = []
        self.made: list[Made] = []
        self._lines: list[tuple[int, int]] = []

    def note(self, rule: str, node: Node, reason: str, grade: str = "safe") -> None:
        self.made.append(Made(rule, grade, node.start_byte, node.end_byte, reason))

    def replace(self, start: int, end: int, text: str) -> None:
        if start != end or text:
            self.edits.append(Edit(start, end, text))

    def delete(self, start: int, end: int) -> None:
        self.replace(start, end, "")

    def result(self) -> list[Edit]:
        """The edits, none inside of another."""
        whole: list[Edit] = []
        for start, end in _joined(self._lines):
            whole.append(Edit(*self._with_blank(start, end), ""))
        return flat([*self.edits, *whole])

    # Whole lines

    def remove(self, node: Node, *, comments: bool = True) -> None:
        """Take a statement or member out, with its lines where it has them for itself."""
        self.remove_span(self.leading(node) if comments else node.start_byte, node.end_byte)

    def leading(self, node: Node) -> int:
        """Where the comments start that stand right above a statement and speak of it."""
        source = self.source
        start = node.start_byte
        if not source.first_on_line(start):
            return start
        previous = node.prev_sibling
        while previous is not None and previous.type == "comment":
            gap = source.code[previous.end_byte : start]
            if gap.count(b"\n") != 1 or gap.strip() or not source.first_on_line(previous.start_byte):
                break
            text = source.word(previous)
            if (
                _LEGAL.search(text)
                or _WHOLE_FILE.search(text)
                or (previous.prev_sibling is None and node.type == "import_statement")
            ):
                break
            if node.type == "import_statement" and not _DIRECTIVE.search(text):
                break
            start = previous.start_byte
            previous = previous.prev_sibling
        return start

    def remove_span(self, start: int, end: int) -> None:
        """Take out a stretch of text; where nothing else is on its lines, the lines, and a blank one."""
        source, code = self.source, self.source.code
        end = self._with_trailing_comment(end)
        if not source.first_on_line(start) or not source.last_on_line(end):
            if not source.first_on_line(start) and source.last_on_line(end):
                while start and code[start - 1 : start] in (b" ", b"\t"):
                    start -= 1
            else:
                while code[end : end + 1] in (b" ", b"\t"):
                    end += 1
            self.delete(start, end)
            return
        line_end = code.find(b"\n", end)
        self._lines.append((source.line_start(start), len(code) if line_end < 0 else line_end + 1))

    def _with_blank(self, start: int, end: int) -> tuple[int, int]:
        """Whole lines with the blank one that nobody needs without them."""
        code = self.source.code
        if end == len(code) and not code.endswith(b"\n"):
            # The last line had no end: the one before it keeps none either.
            return (len(code[:start].rstrip(b"\r\n")) if code[:start].strip() else 0), end
        if self._blank_line(end) and (self._blank_before(start) or self._opens(start)):
            end = code.find(b"\n", end) + 1 or len(code)
        elif self._blank_before(start) and self._closes(end):
            start = self.source.line_start(start - 1)
        return start, end

    def _with_trailing_comment(self, end: int) -> int:
        """Past a ``// …`` that ends the line: it speaks of what stood there."""
        code, line_end = self.source.code, self.source.line_end(end)
        rest = code[end:line_end]
        stripped = rest.strip()
        if stripped.startswith(b"//") or (
            stripped.startswith(b"/*") and stripped.endswith(b"*/") and stripped.count(b"*/") == 1
        ):
            return line_end
        return end

    def _blank_line(self, start: int) -> bool:
        return (
            start < len(self.source.code)
            and not self.source.code[start : self.source.line_end(start)].strip()
        )

    def _blank_before(self, start: int) -> bool:
        return start > 0 and self._blank_line(self.source.line_start(start - 1))

    def _opens(self, start: int) -> bool:
        """Whether the line before opens a block, or there is none."""
        before = self.source.code[:start].rstrip()
        return not before or (before.endswith((b"{", b"(", b"[", b"=>")) and not self._blank_before(start))

    def _closes(self, end: int) -> bool:
        after = self.source.code[end:].lstrip()
        return not after or after.startswith((b"}", b")", b"]"))

    # What stays moves to the left

    def dedent(self, start: int, end: int, base: bytes, inner: bytes) -> None:
        """Move the lines that begin inside a stretch to another indentation; texts stay as they are."""
        if not inner.startswith(base) or inner == base:
            return
        code = self.source.code
        fixed = self._texts(start, end)
        at = code.find(b"\n", start, end)
        while 0 <= at < end:
            line = at + 1
            if not any(low < line <= high for low, high in fixed) and code.startswith(inner, line):
                self.delete(line + len(base), line + len(inner))
            at = code.find(b"\n", line, end)

    def _texts(self, start: int, end: int) -> list[tuple[int, int]]:
        """Where strings and templates go over several lines: their blanks are part of them."""
        if b"\n" not in self.source.code[start:end]:
            return []
        found: list[tuple[int, int]] = []
        stack = [self.source.root]
        while stack:
            node = stack.pop()
            if node.end_byte <= start or node.start_byte >= end or node.start_point.row == node.end_point.row:
                continue
            if node.type in ("template_string", "string", "regex"):
                found.append((node.start_byte, node.end_byte))
            elif node.type not in _TEXTS:
                stack.extend(node.children)
        return found

    # Lists with commas

    def remove_items(self, items: Sequence[Node], gone: Iterable[Node]) -> None:
        """Take items out of a list.

        Args:
            items: all of the list, in order, comments left out.
        """
        dead = {node.id for node in gone}
        if not dead:
            return
        kept = [node for node in items if node.id not in dead]
        if not kept:
            opening, closing = items[0], items[-1]
            before, after = opening.prev_sibling, closing.next_sibling
            while before is not None and before.type in ("comment", ","):
                before = before.prev_sibling
            while after is not None and after.type in ("comment", ",", ";"):
                after = after.next_sibling
            assert before is not None and after is not None  # noqa: PT018, S101 - a list has brackets
            self.delete(before.end_byte, after.start_byte)
            return
        at = 0
        while at < len(items):
            if items[at].id not in dead:
                at += 1
                continue
            stop = at
            while stop < len(items) and items[stop].id in dead:
                stop += 1
            start = self.leading(items[at])
            if stop < len(items):
                self.delete(start, self._next(items[stop - 1], items[stop]))
            else:
                self._last_items(start, items[at - 1], items[stop - 1])
            at = stop

    def _last_items(self, start: int, before: Node, last: Node) -> None:
        """Take out the end of a list: the comma that came before it goes where none comes after it."""
        source, code = self.source, self.source.code
        comma = last.next_sibling
        while comma is not None and comma.type == "comment":
            comma = comma.next_sibling
        ended = comma is not None and comma.type == ","
        end = comma.end_byte if ended and comma is not None else last.end_byte
        if not source.first_on_line(start):
            self.delete(before.end_byte, last.end_byte)
            return
        end = self._with_trailing_comment(end)
        if not source.last_on_line(end):
            self.delete(before.end_byte, last.end_byte)
            return
        line_end = code.find(b"\n", end)
        self.delete(source.line_start(start), len(code) if line_end < 0 else line_end + 1)
        if not ended:
            found = before.next_sibling
            while found is not None and found.type == "comment":
                found = found.next_sibling
            if found is not None and found.type == ",":
                self.delete(found.start_byte, found.end_byte)

    def _next(self, last: Node, following: Node) -> int:
        """Where the next item starts, the comments above it included."""
        node = last.next_sibling
        while node is not None and node.start_byte < following.start_byte:
            if node.type == "comment" and node.start_point.row > last.end_point.row:
                return node.start_byte
            node = node.next_sibling
        return following.start_byte


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches in order, those that touch made one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def flat(edits: Iterable[Edit]) -> list[Edit]:
    """Edits in order, without those inside of a wider one; deletions that overlap become one."""
    found: list[Edit] = []
    for edit in sorted(edits, key=lambda each: (each.start, -each.end)):
        last = found[-1] if found else None
        if last is None or edit.start >= last.end:
            found.append(edit)
        elif edit.end <= last.end:
            if edit.start == last.start and edit.end == edit.start and edit.text:
                found[-1] = Edit(last.start, last.end, edit.text + last.text)
        elif not edit.text and not last.text:
            found[-1] = Edit(last.start, edit.end, "")
        elif not edit.text:
            found[-1] = Edit(last.start, edit.end, last.text)
        else:
            found.append(edit)  # an overlap that says two things: splicing will refuse it
    return found
