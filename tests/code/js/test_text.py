"""Encodings, positions and splices of source files."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livekit_migrate.code.js.text import Edit, NotTextError, Text

ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80)


def at(text: Text, wanted: str) -> int:
    return text.code.index(wanted.encode())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_and_columns_count_from_one_in_characters(end: str) -> None:
    text = Text(f"const ä = 'é€😀'; x{end}  here{end}".encode())
    assert (text.line(at(text, "x")), text.column(at(text, "x"))) == (1, 18)
    assert (text.line(at(text, "here")), text.column(at(text, "here"))) == (2, 3)
    assert text.lines == 2


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_a_splice_keeps_encoding_mark_and_line_ends(bom: bytes, encoding: str) -> None:
    text = Text(bom + "let a = 'ü';\r\nlet b\r\n".encode(encoding))
    start = at(text, "let b")
    edited = text.splice([Edit(start, start + 5, "const c = 'ß'")])
    assert edited == bom + "let a = 'ü';\r\nconst c = 'ß'\r\n".encode(encoding)


@given(before=ANY_TEXT, middle=ANY_TEXT, after=ANY_TEXT, new=ANY_TEXT)
def test_every_byte_outside_an_edit_is_as_it_was(before: str, middle: str, after: str, new: str) -> None:
    raw = (before + middle + after).encode()
    if raw.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    start, end = len(before.encode()), len((before + middle).encode())
    assert Text(raw).splice([Edit(start, end, new)]) == (before + new + after).encode()


def test_edits_come_in_any_order_and_may_touch() -> None:
    text = Text(b"abcdef")
    assert text.splice([Edit(4, 6, "Y"), Edit(0, 2, "X"), Edit(2, 4, "")]) == b"XY"


@pytest.mark.parametrize("edits", [[Edit(0, 3, ""), Edit(2, 4, "")], [Edit(2, 9, "")], [Edit(3, 2, "")]])
def test_edits_that_cannot_be_made_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="edit"):
        Text(b"abcd").splice(edits)


def test_bytes_that_are_not_utf8_survive_a_splice() -> None:
    assert Text(b"// caf\xe9\nlet a").splice([Edit(12, 13, "b")]) == b"// caf\xe9\nlet b"


@pytest.mark.parametrize("raw", [b"a\0b", codecs.BOM_UTF16_LE + b"a"])
def test_what_is_no_text_is_said(raw: bytes) -> None:
    with pytest.raises(NotTextError):
        Text(raw)
