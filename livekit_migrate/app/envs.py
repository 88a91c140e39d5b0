"""The .env files of an app: which variables each names, at which line. Values are never kept."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..code import env as dotenv
from ..core.errors import LkmError
from .manifests import folder_of, join

_NAME = re.compile(r"(^|[._-])env([._-]|$)", re.IGNORECASE)
_NOT_ENV = (
    ".ts",
    ".tsx",
    ".js",
    ".mjs",
    ".cjs",
    ".json",
    ".md",
    ".py",
    ".sh",
    ".yaml",
    ".yml",
    ".html",
    ".rs",
)


@dataclass(frozen=True, slots=True)
class EnvFile:
    """One file of variables.

    Args:
        path: relative to the app's root.
        names: variable → line, of those that are set.
        local: git ignores it: it is this machine's, maybe with secrets, and not part of the repository.
        problem: why it could not be read.
    """

    path: str
    names: Mapping[str, int] = field(default_factory=dict)
    local: bool = False
    problem: str = ""


def is_env(path: str) -> bool:
    """Whether a file is one of variables, by its name: ``.env``, ``.env.production``, ``env.example``."""
    name = path.rpartition("/")[2]
    return bool(_NAME.search(name)) and not name.endswith(_NOT_ENV) and not name.startswith("vite-env")


def env_files(root: Path, files: Iterable[str], folders: Iterable[str]) -> tuple[EnvFile, ...]:
    """The .env files of the repository, and those beside the manifests that git ignores.

    Args:
        files: of the app.
        folders: of its packages.
    """
    kept = [path for path in files if is_env(path)]
    found = [_read(root, path, local=False) for path in kept]
    known = set(kept)
    for folder in sorted({"", *folders}):
        try:
            names = os.listdir(root / folder)  # noqa: PTH208 - names are what is needed
        except OSError:
            continue
        for name in sorted(names):
            path = join(folder, name)
            if path not in known and is_env(name) and (root / path).is_file():
                found.append(_read(root, path, local=True))
    return tuple(sorted(found, key=lambda each: each.path))


def of_package(found: Iterable[EnvFile], folder: str) -> tuple[EnvFile, ...]:
    """Those that lie in a package's own folder."""
    return tuple(each for each in found if folder_of(each.path) == folder)


def _read(root: Path, path: str, *, local: bool) -> EnvFile:
    try:
        values = dotenv.read(root / path).values
    except LkmError as error:
        return EnvFile(path, local=local, problem=error.message.removeprefix(f"{root / path}: "))
    names: dict[str, int] = {}
    for value in values:
        names.setdefault(value.name, value.line)
    return EnvFile(path, names, local)
