"""Finding livekit-server in a command line, in a shell's script too."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath

from .words import Word

_PROGRAM = "livekit-server"
IN_SHELL = "a shell fills it in"


def behind_program(words: list[Word]) -> tuple[Word, ...] | None:
    """What follows ``livekit-server`` in a command line; a ``sh -c`` is looked into; None without one."""
    for index, word in enumerate(words):
        if PurePosixPath(word.text).name == _PROGRAM:
            return tuple(words[index + 1 :])
        if _PROGRAM in word.text and (" " in word.text.strip() or "\n" in word.text):
            return _in_shell(word)
    return None


def _in_shell(script: Word) -> tuple[Word, ...] | None:
    """The words behind the program in a shell's script, up to what ends a command there."""
    lexer = shlex.shlex(script.text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return None
    for index, word in enumerate(words):
        if PurePosixPath(word).name == _PROGRAM:
            behind = words[index + 1 :]
            end = next((i for i, each in enumerate(behind) if re.fullmatch(r"[;&|<>()]+", each)), len(behind))
            return tuple(
                Word(each, script.at, unknown=IN_SHELL if "$" in each or "`" in each else "")
                for each in behind[:end]
            )
    return None
