"""A source file's bytes and the UTF-8 that is parsed: encodings, byte order marks, positions, splices."""

from __future__ import annotations

import codecs
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class NotTextError(ValueError):
    """The bytes are no text in an encoding that a source file may have."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes from ``start`` to ``end`` of ``Text.code`` by ``text``."""

    start: int
    end: int
    text: str


class Text:
    """One file's text. ``code`` is UTF-8 without the byte order mark: all offsets count its bytes.

    Args:
        raw: the file's bytes.

    Raises:
        NotTextError: a NUL byte without a UTF-16 byte order mark, or half a character in UTF-16.
    """

    def __init__(self, raw: bytes) -> None:
        self.bom = b""
        self.encoding = "utf-8"
        for bom, encoding in BOMS:
            if raw.startswith(bom):
                self.bom, self.encoding = bom, encoding
        body = raw[len(self.bom) :]
        if self.encoding != "utf-8":
            try:
                body = body.decode(self.encoding, "surrogatepass").encode("utf-8", "surrogatepass")
            except UnicodeDecodeError as error:
                raise NotTextError(f"not {self.encoding}: {error.reason} at byte {error.start}") from None
        elif b"\0" in body:
            raise NotTextError(f"a NUL byte at byte {raw.index(0)}")
        self.code = body

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        find = self.code.find
        at = find(b"\n")
        while at >= 0:
            starts.append(at + 1)
            at = find(b"\n", at + 1)
        return starts

    @property
    def lines(self) -> int:
        """How many lines; a last line without an end counts, the nothing after a last end does not."""
        return len(self._starts) - (self._starts[-1] == len(self.code) and len(self.code) > 0)

    def line(self, offset: int) -> int:
        """The line that the byte at ``offset`` is on, counted from 1."""
        return bisect_right(self._starts, offset)

    def column(self, offset: int) -> int:
        """How many characters into its line ``offset`` is, counted from 1."""
        start = self._starts[self.line(offset) - 1]
        return len(self.code[start:offset].decode("utf-8", "replace")) + 1

    def splice(self, edits: Iterable[Edit]) -> bytes:
        """The file's bytes with the edits made; every byte outside them is as it was.

        Raises:
            ValueError: two edits overlap, or one is outside the text.
        """
        parts: list[bytes] = []
        at = 0
        for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
            if not at <= edit.start <= edit.end <= len(self.code):
                raise ValueError(f"edit {edit.start}-{edit.end} overlaps another or is outside the text")
            parts += self.code[at : edit.start], edit.text.encode("utf-8", "surrogatepass")
            at = edit.end
        body = b"".join([*parts, self.code[at:]])
        if self.encoding != "utf-8":
            body = body.decode("utf-8", "surrogatepass").encode(self.encoding, "surrogatepass")
        return self.bom + body
