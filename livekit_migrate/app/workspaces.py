"""Which packages belong together: workspaces of npm, pnpm, Yarn, Bun, Lerna, Nx, Turborepo and Rush."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import LkmError
from .jsonc import read_jsonc
from .manifests import Package, read_json


@dataclass(frozen=True, slots=True)
class Workspace:
    """The workspace of the app's root.

    Args:
        tools: what describes or drives it, of ``npm``, ``pnpm``, ``yarn``, ``bun``, ``lerna``, ``nx``,
            ``turbo``, ``rush``.
        patterns: which folders are its packages, as written.
        file: where that is written, ``""`` where there is no workspace.
    """

    tools: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    file: str = ""

    def holds(self, folder: str) -> bool:
        """Whether a folder is one of its packages. A later ``!pattern`` takes back."""
        inside = False
        for pattern in self.patterns:
            keep = not pattern.startswith("!")
            if _match(pattern.removeprefix("!"), folder):
                inside = keep
        return inside


def workspace(root: Path, files: Iterable[str], manager: str) -> Workspace:
    """The workspace that the root's own files describe.

    Args:
        files: of the app, relative.
        manager: the package manager, for a workspace that package.json describes.
    """
    there = {path for path in files if "/" not in path}
    tools: list[str] = []
    patterns: Sequence[str] = ()
    file = ""
    if "pnpm-workspace.yaml" in there:
        patterns, file = _pnpm(root / "pnpm-workspace.yaml"), "pnpm-workspace.yaml"
        tools.append("pnpm")
    if not patterns and "package.json" in there:
        patterns = _npm(read_json(root / "package.json")[0])
        if patterns:
            file = "package.json"
            tools.append(manager or "npm")
    if "lerna.json" in there:
        tools.append("lerna")
        if not patterns:
            document = read_json(root / "lerna.json")[0]
            patterns = _strings(document.get("packages")) if isinstance(document, dict) else ()
            patterns, file = patterns or ("packages/*",), "lerna.json"
    if "rush.json" in there:
        tools.append("rush")
        if not patterns:
            patterns, file = _rush(root / "rush.json"), "rush.json"
    tools += [name for name, sign in (("nx", "nx.json"), ("turbo", "turbo.json")) if sign in there]
    if "nx" in tools and not patterns:
        patterns, file = ("apps/**", "libs/**", "packages/**"), "nx.json"
    return Workspace(tuple(tools), tuple(patterns), file)


def members(packages: Sequence[Package], found: Workspace) -> frozenset[str]:
    """The folders of the packages that belong to the workspace, its root included."""
    if not found.patterns:
        return frozenset()
    return frozenset(p.folder for p in packages if not p.folder or found.holds(p.folder))


def folders_with_manifest(files: Iterable[str]) -> list[str]:
    """The folders that have a package.json, outermost first."""
    suffix = "/package.json"
    inner = [path[: -len(suffix)] for path in files if path.endswith(suffix)]
    top = [""] if any(path == "package.json" for path in files) else []
    return top + sorted(inner)


def _npm(document: Any) -> tuple[str, ...]:
    section = document.get("workspaces") if isinstance(document, dict) else None
    if isinstance(section, dict):
        section = section.get("packages")
    return _strings(section)


def _pnpm(path: Path) -> tuple[str, ...]:
    from ..code import yaml

    try:
        found = yaml.load(path, what="workspace file").find("packages")
    except LkmError:
        return ()
    if found is None or found.kind != "sequence":
        return ()
    return tuple(str(item.value) for item in found.node.value if yaml.kind_of(item) == "scalar")


def _rush(path: Path) -> tuple[str, ...]:
    document = read_jsonc(path)
    projects = document.get("projects") if isinstance(document, dict) else None
    if not isinstance(projects, list):
        return ()
    return _strings([each.get("projectFolder") for each in projects if isinstance(each, dict)])


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _match(pattern: str, folder: str) -> bool:
    pattern = pattern.removeprefix("./").rstrip("/")
    if pattern in ("", "."):
        return folder == ""
    return any(re.fullmatch(_regex(each), folder) for each in _braces(pattern))


def _braces(pattern: str) -> list[str]:
    found = re.search(r"\{([^{}]*)\}", pattern)
    if not found:
        return [pattern]
    head, tail = pattern[: found.start()], pattern[found.end() :]
    return [each for part in found[1].split(",") for each in _braces(head + part + tail)]


def _regex(pattern: str) -> str:
    parts = []
    for part in pattern.split("/"):
        if part == "**":
            parts.append("(?:[^/]+/)*")
        else:
            parts.append("".join("[^/]*" if c == "*" else "[^/]" if c == "?" else re.escape(c) for c in part))
            parts.append("/")
    text = "".join(parts)
    # A trailing `**` means the folder's whole inside; the last `/` is no part of a folder's name.
    return text[:-1] if text.endswith("/") else text + "[^/]+"
