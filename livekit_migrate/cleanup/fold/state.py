"""A file on its way from what it was to what it becomes: its texts, and what was done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as new

from ...code.js.text import Edit
from ..engine import Change, Grade, Refusal
from .cut import Made
from .moves import Moves
from .source import Source, statements

_HAZARDS = (b"(", b"[", b"`", b"+", b"-", b"/")  # what may go on with the statement before
_LISTS = frozenset({"program", "statement_block", "switch_case", "switch_default"})
_STARTS = _LISTS | {
    "else_clause", "if_statement", "for_statement", "for_in_statement", "while_statement", "do_statement",
    "labeled_statement", "export_statement", "class_body", "with_statement",
}  # fmt: skip
_SHOWN = 120  # characters of a text in a report


@dataclass
class State:
    """One file. ``source`` is its newest text, ``first`` what is on disk."""

    first: Source
    source: Source
    moves: list[Moves] = new(default_factory=list)
    changes: list[Change] = new(default_factory=list)
    refusals: list[Refusal] = new(default_factory=list)

    @property
    def path(self) -> str:
        return self.first.path

    @property
    def changed(self) -> bool:
        return self.source.raw != self.first.raw

    def origin(self, offset: int) -> int:
        """Where a place of the newest text was in the first."""
        for moves in reversed(self.moves):
            offset = moves.origin(offset)
        return offset

    def back(self, offset: int) -> int | None:
        """Where a byte of the newest text was in the first; None for one that an edit wrote."""
        found: int | None = offset
        for moves in reversed(self.moves):
            if found is None:
                return None
            found = moves.back(found)
        return found

    def apply(self, edits: Sequence[Edit], made: Sequence[Made]) -> Source:
        """Go on to the next text.

        Raises:
            ValueError: two edits overlap.
        """
        moves = Moves(edits)
        following = Source(self.path, self.source.text.splice(edits))
        for each in made:
            self._record(each, moves, following)
        places = _neighbours(self.source, edits)
        self.moves.append(moves)
        self.source = following
        if semicolons := _separated(following, [moves.after_cut(place) for place in places]):
            self.moves.append(Moves(semicolons))
            self.source = Source(self.path, following.text.splice(semicolons))
        return self.source

    def _record(self, made: Made, moves: Moves, following: Source) -> None:
        start = self.origin(made.start)
        line, column = self.first.text.line(start), self.first.text.column(start)
        before = _short(self.source.code[made.start : made.end])
        if made.grade == "refuse":
            self.refusals.append(Refusal(made.rule, self.path, line, column, made.reason, before))
            return
        low, high = moves.after_cut(made.start), moves.after_cut(made.end)
        grade: Grade = "unsafe" if made.grade == "unsafe" else "safe"
        after = _short(following.code[low:high]) if low < high else ""
        self.changes.append(Change(made.rule, grade, line, column, made.reason, before, after))


def _short(code: bytes) -> str:
    text = " ".join(code.decode("utf-8", "replace").split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _neighbours(source: Source, edits: Sequence[Edit]) -> list[int]:
    """Where the statements start that edits touch, and those that come after them."""
    found: set[int] = set()
    for edit in edits:
        for above in (node := source.at(min(edit.start, max(0, len(source.code) - 1))), *source.above(node)):
            if above.type not in _LISTS:
                continue
            for item in statements(above):
                if item.end_byte > edit.start:
                    found.add(item.start_byte)
                    if item.start_byte >= edit.end:
                        break
    return sorted(found)


def _separated(source: Source, places: Sequence[int]) -> list[Edit]:
    """Semicolons where statements that had none would run together with their new neighbours."""
    found: dict[int, Edit] = {}
    for at in places:
        if at in found or source.code[at : at + 1] not in _HAZARDS:
            continue
        node = source.at(at)
        starts = node.type in ("comment", "html_comment")
        for above in (node, *source.above(node)):
            if above.start_byte < at:
                break
            parent = source.parent(above)
            starts |= parent is None or parent.type in _STARTS
        if not starts:
            found[at] = Edit(at, at, ";")
    return [found[at] for at in sorted(found)]
