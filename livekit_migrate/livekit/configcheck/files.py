"""The files that a configuration names, as the server would find them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from .decode import Decoder
from .schema import Schema
from .tree import NotYamlError, parse

LARGEST = 1024 * 1024


def private_problem(folder: Path, name: str) -> str:
    """Why a file with secrets is not taken; empty when it is."""
    try:
        info = (folder / name).stat()
    except (OSError, ValueError) as error:
        return _words(error)
    if stat.S_IMODE(info.st_mode) & 0o007:
        return f"others may read it (mode {stat.S_IMODE(info.st_mode):04o})"
    return _unreadable(folder / name)


def pem_problem(folder: Path, name: str) -> str:
    """Why a certificate or a key cannot be loaded, as far as that is seen without reading its contents."""
    path = folder / name
    if problem := _unreadable(path):
        return problem
    with path.open("rb") as file:
        return "" if b"-----BEGIN " in file.read(LARGEST) else "holds no PEM block"


def look(folder: Path, name: str, schema: Schema) -> tuple[str, dict[str, Any]]:
    """A key file: what is wrong with it, and the keys in it."""
    name = _expanded(name)
    if problem := private_problem(folder, name):
        return problem, {}
    text = (folder / name).read_bytes()[:LARGEST].decode("utf-8", "replace")
    try:
        root = parse(text).root
    except NotYamlError as error:
        return f"line {error.line}: {error.text}", {}
    if root is None:
        return "is empty", {}
    decoder = Decoder(schema)
    keys = decoder.decode_as(root, "map[string]string")
    if decoder.problems:
        return decoder.problems[0].message, {}
    return "", keys or {}


def _expanded(name: str) -> str:
    """Variables and ``~``, which the server fills in with its own environment."""
    return os.path.expanduser(os.path.expandvars(name))  # noqa: PTH111


def _unreadable(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return "is no file"
        with path.open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        return _words(error)
    return ""


def _words(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
