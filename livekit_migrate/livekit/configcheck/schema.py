"""What a version of livekit-server reads as its configuration: data made from its own source.

``schemas/VERSION.json`` is written by ``tools/config_schema.py``; a new version is a new file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from ...core.errors import UsageError

FOLDER = Path(__file__).with_name("schemas")

Release = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Type:
    """A Go type as YAML meets it.

    Args:
        name: as Go spells it: ``uint32``, ``[]string``, ``config.RTCConfig``.
        kind: bool, string, int, uint, float, duration, pointer, slice, map, struct, interface; ``message``
            for a protobuf message.
        bits: of a number.
        of: the name of what a pointer, slice or map holds; of a message, its full name.
        key: the name of a map's key type.
        fields: of a struct: key → name of its type.
        unmarshal: how it reads itself: ``yaml``, or empty.
    """

    name: str
    kind: str
    bits: int = 0
    of: str = ""
    key: str = ""
    fields: Mapping[str, str] | None = None
    unmarshal: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """An option of the program.

    Args:
        names: the first is its main one.
        env: variables that set it, first come first served.
        type: ``string``, ``bool``, ``[]string``, ``int64`` and so on.
        sets: the keys it sets; none for ``config`` and ``config-body``, which replace the file.
        generated: made from the key of the same name.
    """

    names: tuple[str, ...]
    env: tuple[str, ...]
    type: str
    sets: tuple[str, ...]
    generated: bool


@dataclass(frozen=True)
class Schema:
    """All that one version reads."""

    version: str
    root: str
    types: Mapping[str, Type]
    messages: Mapping[str, Mapping[str, Mapping[str, Any]]]
    enums: Mapping[str, Mapping[str, int]]
    defaults: Mapping[str, Any]
    flags: tuple[Flag, ...]

    @property
    def release(self) -> Release:
        return release_of(self.version)

    def type(self, name: str) -> Type:
        return self.types[name]

    @cached_property
    def leaf_kinds(self) -> Mapping[str, str]:
        """Path → kind of every leaf."""
        return {path: kind.kind for path, kind in self.leaves()}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every key, leaves first."""
        return (*self.leaf_kinds, *(path for path, _ in self.sections() if path))

    def leaves(self) -> Iterator[tuple[str, Type]]:
        """Every key that holds no struct, with its dotted path and its type."""
        waiting = [("", self.types[self.root])]
        while waiting:
            path, kind = waiting.pop()
            for key, name in (kind.fields or {}).items():
                below, where = self.types[name], f"{path}.{key}" if path else key
                target = self.types[below.of] if below.kind == "pointer" else below
                if target.kind == "struct" and not target.unmarshal:
                    waiting.append((where, target))
                else:
                    yield where, below

    def sections(self) -> Iterator[tuple[str, Type]]:
        """Every struct with its path, the root first."""
        waiting = [("", self.types[self.root])]
        while waiting:
            path, kind = waiting.pop()
            yield path, kind
            for key, name in (kind.fields or {}).items():
                below = self.types[name]
                target = self.types[below.of] if below.kind == "pointer" else below
                if target.kind == "struct" and not target.unmarshal:
                    waiting.append((f"{path}.{key}" if path else key, target))


def release_of(version: str) -> Release:
    """``1.13.5`` as numbers.

    Raises:
        UsageError: it is no version.
    """
    match = re.fullmatch(r"v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?:[-+].*)?", version, re.ASCII)
    if match is None:
        raise UsageError(
            f"--server-version {version}: not a version", code="config.version", hint="such as 1.13.5"
        )
    return int(match[1]), int(match[2]), int(match[3])


@lru_cache(maxsize=1)
def versions() -> tuple[str, ...]:
    """The versions with data, oldest first."""
    return tuple(sorted((path.stem for path in FOLDER.glob("*.json")), key=release_of))


def nearest(version: str) -> str:
    """The version with data that speaks for another one: itself, else the next lower, else the oldest.

    Raises:
        UsageError: it is no version.
    """
    wanted = release_of(version)
    lower = [known for known in versions() if release_of(known) <= wanted]
    return lower[-1] if lower else versions()[0]


@lru_cache(maxsize=8)
def load(version: str) -> Schema:
    """The schema of a version that has data."""
    data = json.loads((FOLDER / f"{version}.json").read_text(encoding="utf-8"))
    return Schema(
        data["version"],
        data["root"],
        {name: Type(name, **info) for name, info in data["types"].items()},
        data["messages"],
        data["enums"],
        data["defaults"],
        tuple(
            Flag(tuple(f["names"]), tuple(f["env"]), f["type"], tuple(f["sets"]), f["generated"])
            for f in data["flags"]
        ),
    )
