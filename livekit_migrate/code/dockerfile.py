"""What a Dockerfile's last stage runs: its base image, variables, copied files and command, with lines.

Enough to see how one program is started; it builds nothing: build arguments keep their defaults.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..core.files import read_text
from .interpolate import fill

_LIMIT = 1024 * 1024
_INSTRUCTION = re.compile(r"\s*(?P<name>[A-Za-z]+)\s+(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A text and the line it stands in, from 1."""

    text: str = field(repr=False)
    line: int


@dataclass(frozen=True, slots=True)
class Image:
    """The last stage.

    Args:
        base: the image it is made from, through earlier stages; empty for none.
        entrypoint: whether it has one of its own, or its base has: its words come first in ``command``.
        copies: path in the image → path in the build's folder.
        folder: the working directory.
    """

    path: Path
    base: Piece
    entrypoint: tuple[Piece, ...] = ()
    command: tuple[Piece, ...] = ()
    environment: Mapping[str, Piece] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"


@dataclass
class _Stage:
    base: Piece
    entrypoint: tuple[Piece, ...] = ()
    command: tuple[Piece, ...] = ()
    environment: dict[str, Piece] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    folder: str = "/"


def read(path: Path) -> Image | None:
    """The last stage of a Dockerfile; None where it has none.

    Raises:
        ConfigError: it cannot be read.
    """
    stages: dict[str, _Stage] = {}
    arguments: dict[str, str] = {}
    stage: _Stage | None = None
    for line, name, rest in instructions(read_text(path, what="Dockerfile", limit=_LIMIT)):
        if name == "ARG":
            word, _, text = rest.strip().partition("=")
            arguments[word] = text.strip("\"'")
        elif name == "FROM":
            stage = _from(rest, line, arguments, stages)
        elif stage is not None:
            _enter(stage, name, rest, line, {**arguments, **_texts(stage)})
    if stage is None:
        return None
    return Image(
        path, stage.base, stage.entrypoint, stage.command, stage.environment, stage.copies, stage.folder
    )


def _texts(stage: _Stage) -> dict[str, str]:
    return {name: piece.text for name, piece in stage.environment.items()}


def instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Each instruction with its line; continued lines joined, comments between them left out."""
    whole: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or (whole and not line.strip()):
            continue
        first = first if whole else number
        continued = line.rstrip().endswith("\\")
        whole.append(line.rstrip()[:-1] if continued else line)
        if not continued:
            match = _INSTRUCTION.match(" ".join(whole))
            whole = []
            if match:
                yield first, match["name"].upper(), match["rest"]


def _from(rest: str, line: int, arguments: Mapping[str, str], stages: dict[str, _Stage]) -> _Stage:
    words = [word for word in rest.split() if not word.startswith("--")]
    base = fill(words[0], arguments.get).text if words else ""
    earlier = stages.get(base.lower())
    stage = _Stage(Piece(base, line))
    if earlier is not None:
        stage = _Stage(
            earlier.base,
            earlier.entrypoint,
            earlier.command,
            dict(earlier.environment),
            dict(earlier.copies),
            earlier.folder,
        )
    if len(words) == 3 and words[1].upper() == "AS":
        stages[words[2].lower()] = stage
    return stage


def _enter(stage: _Stage, name: str, rest: str, line: int, known: Mapping[str, str]) -> None:
    if name == "ENTRYPOINT":
        stage.entrypoint, stage.command = _words(rest, line), ()
    elif name == "CMD":
        stage.command = _words(rest, line)
    elif name == "ENV":
        for word, text in assignments(rest):
            stage.environment[word] = Piece(fill(text, known.get).text, line)
    elif name == "WORKDIR":
        folder = fill(rest.strip(), known.get).text
        stage.folder = posixpath.normpath(posixpath.join(stage.folder, folder))
    elif name in ("COPY", "ADD") and "--from" not in rest:
        words = [word.strip("\"',[]") for word in rest.split() if not word.startswith("--")]
        if len(words) == 2:
            source, target = (fill(word, known.get).text for word in words)
            if target.endswith("/") or target == ".":
                target = f"{target}/{source.rsplit('/', 1)[-1]}"
            stage.copies[posixpath.normpath(posixpath.join(stage.folder, target))] = source


def _words(rest: str, line: int) -> tuple[Piece, ...]:
    """The JSON form word by word; the shell form as ``sh -c`` gets it."""
    try:
        listed = json.loads(rest)
    except ValueError:
        listed = None
    if isinstance(listed, list) and all(isinstance(word, str) for word in listed):
        return tuple(Piece(word, line) for word in listed)
    return (Piece("/bin/sh", line), Piece("-c", line), Piece(rest.strip(), line))


def assignments(rest: str) -> Iterator[tuple[str, str]]:
    """The variables of an ``ENV`` or ``ARG``, with their values as written."""
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    if words and "=" not in words[0]:  # the old form: ENV NAME all the rest
        name, _, text = rest.strip().partition(" ")
        yield name, text.strip()
        return
    for word in words:
        name, equals, text = word.partition("=")
        if equals:
            yield name, text
