"""The configuration that a start gives its server: a text, a file, or none; with the place of each line."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from ...core.errors import ConfigError
from ...core.files import BOM, read_bytes
from ...core.result import Location
from ...core.settings import Settings
from ..configcheck.check import LARGEST, decoded
from ..configcheck.explain import IDS
from ..configcheck.tree import NotYamlError
from ..key_search import taken_apart
from ..key_texts import Spot
from .options import Options, Trouble
from .starts import Start
from .words import Word


@dataclass(frozen=True, slots=True)
class Text:
    """The configuration of one start.

    Args:
        text: None where it cannot be had here.
        name: how messages call it: ``livekit.yaml``, ``LIVEKIT_CONFIG``.
        at: where its first line stands.
        indent: characters before each of its lines there.
        whole: each of its lines is a line there; else only where it begins is known.
    """

    text: str | None = field(repr=False)
    name: str
    at: Spot
    indent: int = 0
    whole: bool = True
    troubles: tuple[Trouble, ...] = ()

    def location(self, line: int | None, column: int | None) -> Location:
        """Where a line of the text stands, for a finding."""
        file = self.at.file or self.at.name or self.name
        if line is None or not self.whole:
            return Location(file, self.at.line)
        first = self.at.line or 1
        return Location(file, first + line - 1, column + self.indent if column else None)


def of_start(start: Start, options: Options, settings: Settings) -> Text:
    """What the server reads: a text where there is one, whatever file is named beside it."""
    body, named = options.given.get("config-body"), options.given.get("config")
    if body is not None and body.text:
        return _of_body(start, body.at.having(body.text), body.spelled, named is not None, settings)
    if named is None or not named.text:
        return Text("", "defaults", start.at)
    word = named.at.having(named.text)
    if word.unknown:
        return _unseen(word, named.text, word.unknown)
    inline = start.texts.get(named.text)
    if inline is not None:
        return _in_place(inline, named.text)
    path = start.file(named.text)
    if path is None:
        return _unseen(word, named.text, "nothing of this machine is mounted there")
    return _of_file(path, word, start, settings)


def _of_file(path: Path, word: Word, start: Start, settings: Settings) -> Text:
    name = settings.relative(path)
    if not os.path.lexists(path):
        detail = "the server does not start without it"
        if start.mounts is not None:
            detail = "Docker makes a folder of that name, which the server cannot read"
        return _broken(name, word, "config.file-missing", f"{name}: no such file", detail)
    try:
        text = decoded(read_bytes(path, what="server configuration", limit=LARGEST + 1)).removeprefix(BOM)
    except ConfigError as error:
        _, _, title, detail = taken_apart(error)
        return _broken(name, word, "config.unreadable", f"{name}: {title}", detail, fix=error.hint)
    except NotYamlError as problem:
        title = IDS[problem.kind].capitalize()
        at = Word("", Spot(name, problem.line))
        return _broken(name, at, f"config.{problem.kind}", title, f"the server says: {problem.text}")
    return Text(text, name, Spot(name, 1))


def _broken(name: str, at: Word, id_: str, title: str, detail: str, *, fix: str = "") -> Text:
    return Text(None, name, at.at, troubles=(Trouble(id_, "fail", title, at, detail, fix),))


def _unseen(word: Word, named: str, why: str) -> Text:
    trouble = Trouble(
        "config.file-elsewhere", "skip", f"configuration {named}", word, f"cannot be looked at: {why}"
    )
    return Text(None, named, word.at, troubles=(trouble,))


def _of_body(start: Start, word: Word, spelled: str, beside: bool, settings: Settings) -> Text:
    troubles: tuple[Trouble, ...] = ()
    if beside and not names_a_file(word.text):
        said = f"{spelled} holds the configuration: the file that --config names is not read"
        troubles = (Trouble("config.file-ignored", "warn", said, word, fix="keep one of the two"),)
    if word.unknown:
        title = f"configuration {spelled}"
        troubles += (Trouble("config.file-elsewhere", "skip", title, word, word.unknown),)
        return Text(None, spelled, word.at, troubles=troubles)
    if names_a_file(word.text):
        title = f"{spelled} holds a path: the server takes it as the configuration itself"
        fix = f"name the file with --config {word.text.strip()}, or put its text there"
        if beside:
            fix = f"take {spelled} away: --config names a file already, which is not read beside it"
        there = start.file(word.text.strip())
        detail = f"{settings.relative(there)} is on this machine" if there and there.is_file() else ""
        troubles += (Trouble("config.path-as-text", "fail", title, word, detail, fix),)
        return Text(None, spelled, word.at, troubles=troubles)
    text = _in_place(word, spelled)
    return Text(text.text, spelled, text.at, text.indent, text.whole, troubles)


def _in_place(word: Word, name: str) -> Text:
    """A text that stands in another file, or in a variable of the shell."""
    whole = word.at.line is None or word.indent > 0 or "\n" not in word.text.rstrip("\n")
    return Text(word.text, name, word.at, word.indent, whole and (word.indent > 0 or word.at.line is None))


def names_a_file(text: str) -> bool:
    """Whether a text that should be a configuration is the path of one."""
    text = text.strip()
    if not text or "\n" in text or re.search(r":(\s|$)|[{}\[\]]", text):
        return False
    return text.startswith(("/", "./", "../", "~")) or bool(re.search(r"\.(?:ya?ml|json)$", text))
