"""Where a place of a text is after edits, and where it was before them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ...code.js.text import Edit


class Moves:
    """The way of offsets through edits.

    Args:
        edits: in order, none overlapping.
    """

    def __init__(self, edits: Sequence[Edit]) -> None:
        self.edits = list(edits)
        self._before = [edit.start for edit in self.edits]
        self._after: list[int] = []
        self._shift: list[int] = []
        shift = 0
        for edit in self.edits:
            self._after.append(edit.start + shift)
            shift += len(edit.text.encode("utf-8", "surrogatepass")) - (edit.end - edit.start)
            self._shift.append(shift)

    def forward(self, offset: int) -> int | None:
        """Where a byte is afterwards; None where it is gone. What follows a cut comes where the cut was."""
        at = bisect_right(self._before, offset) - 1
        if at < 0:
            return offset
        edit = self.edits[at]
        if edit.start <= offset < edit.end:
            return None
        return offset + self._shift[at]

    def after_cut(self, offset: int) -> int:
        """Where a byte is afterwards, or what comes after it where it is gone."""
        found = self.forward(offset)
        while found is None:
            offset = self.edits[bisect_right(self._before, offset) - 1].end
            found = self.forward(offset)
        return found

    def back(self, offset: int) -> int | None:
        """Where a byte was before; None for one that an edit wrote."""
        at = bisect_right(self._after, offset) - 1
        # Of several edits at one place, the last one that is not after it counts.
        if at < 0:
            return offset
        edit = self.edits[at]
        written = len(edit.text.encode("utf-8", "surrogatepass"))
        if offset < self._after[at] + written:
            return None
        return offset - self._shift[at]

    def origin(self, offset: int) -> int:
        """Where a byte was before, or the place of the edit that wrote it."""
        found = self.back(offset)
        return self.edits[bisect_right(self._after, offset) - 1].start if found is None else found
