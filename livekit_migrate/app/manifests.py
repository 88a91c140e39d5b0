"""package.json: what a package is called, needs and offers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.errors import LkmError
from ..core.files import BOM, read_bytes, read_text

_LIMIT = 4 * 1024 * 1024
_KINDS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


@dataclass(frozen=True, slots=True)
class Package:
    """A folder with a package.json.

    Args:
        folder: relative to the app's root, ``""`` for the root.
        name: as the manifest says, ``""`` when it does not.
        needs: dependency → the version it asks for, of all kinds; a runtime dependency wins.
        development: those that are needed for development only.
        manifest: the whole document.
        problem: why the manifest could not be read; all else is empty then.
        member: whether it belongs to the workspace of the root.
    """

    folder: str
    name: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)
    development: frozenset[str] = frozenset()
    manifest: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problem: str = ""
    member: bool = False

    @property
    def file(self) -> str:
        """The manifest, relative to the app's root."""
        return join(self.folder, "package.json")

    @property
    def scripts(self) -> Mapping[str, str]:
        found = self.manifest.get("scripts")
        return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def join(folder: str, name: str) -> str:
    """A path below a folder of the app, whose root is ``""``."""
    return f"{folder}/{name}" if folder else name


def folder_of(path: str) -> str:
    """The folder that a file of the app lies in; ``""`` is the root."""
    return path.rpartition("/")[0]


def inside(place: str, folder: str) -> bool:
    """Whether a folder is another one or lies in it; ``""`` is the app's root."""
    return not folder or place == folder or place.startswith(folder + "/")


def read_package(root: Path, folder: str) -> Package:
    """A package as its manifest describes it; what is wrong with the manifest is in ``problem``."""
    document, problem = read_json(root / join(folder, "package.json"))
    if problem or not isinstance(document, dict):
        return Package(folder, problem=problem or "is no JSON object")
    needs: dict[str, str] = {}
    development: set[str] = set()
    for kind in _KINDS:
        section = document.get(kind)
        if not isinstance(section, dict):
            continue
        for name, version in section.items():
            if name not in needs:
                needs[name] = version if isinstance(version, str) else ""
                if kind == "devDependencies":
                    development.add(name)
    name = document.get("name")
    return Package(folder, name if isinstance(name, str) else "", needs, frozenset(development), document)


def read_json(path: Path) -> tuple[Any, str]:
    """A JSON document and what is wrong with it, one of the two."""
    try:
        text = read_bytes(path, limit=_LIMIT).decode("utf-8").removeprefix(BOM)
        return json.loads(text), ""
    except json.JSONDecodeError as error:
        return None, f"line {error.lineno}, column {error.colno}: not JSON: {error.msg.lower()}"
    except UnicodeDecodeError:
        return None, "is not UTF-8"
    except (ValueError, RecursionError):
        return None, "is not JSON that can be read"
    except LkmError as error:
        return None, error.message.removeprefix(f"{path}: ")


def lines_of(path: Path, names: Sequence[str]) -> dict[str, int]:
    """Where a manifest asks for packages: name → line."""
    try:
        text = read_text(path)
    except LkmError:
        return {}
    found: dict[str, int] = {}
    section = False
    for number, line in enumerate(text.split("\n"), 1):
        if re.search(r'"\w*[dD]ependencies"\s*:', line):
            section = True
        for name in names:
            if section and name not in found and f'"{name}"' in line and ":" in line:
                found[name] = number
    return found
