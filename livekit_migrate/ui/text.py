"""Text as a stream can show it: nothing that steers a terminal, no letters that it lacks. Needs no rich."""

from __future__ import annotations

import re
from typing import IO

# C0, DEL and C1: what a server or a file says must not move the cursor, set titles or feed the keyboard.
# A line end stays one, in the form of Windows, too.
_CONTROLS = re.compile(r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# For streams that are not Unicode: what we use in sentences, in letters that every stream has.
_ASCII = str.maketrans({"→": "->", "…": "...", "–": "-", "—": "-", "•": "*", "≤": "<=", "≥": ">=", "×": "x"})


def encodable(stream: IO[str], text: str) -> bool:
    """Whether the stream has these letters."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def visible(text: str) -> str:
    r"""The text with control characters as escapes one can read (``\x1b``); line ends and tabs stay."""
    return _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def fitted(stream: IO[str], text: str) -> str:
    """The text as this stream can show it. Secrets are not masked here: it may be one that was asked for."""
    text = visible(text)
    if encodable(stream, text):
        return text
    encoding = getattr(stream, "encoding", None) or "ascii"
    return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)


def write(stream: IO[str], text: str) -> None:
    """A text as lines of its own."""
    stream.write(fitted(stream, text if text.endswith("\n") else f"{text}\n"))
