"""The files of an app: walked once, git's ignore rules honoured, nothing followed out of the folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import ConfigError, UsageError
from ..core.files import BOM
from .ignore import Rules, ignored

# Fetched, built or kept by a tool, whether or not an ignore file says so.
SKIPPED = frozenset(
    {
        ".git", ".hg", ".svn", ".lkm",
        "node_modules", "bower_components", "jspm_packages", "web_modules", ".yarn", ".pnpm-store",
        ".next", ".nuxt", ".output", ".svelte-kit", ".angular", ".astro", ".expo", ".vercel", ".netlify",
        ".turbo", ".nx", ".cache", ".parcel-cache", ".rollup.cache", ".vite",
        "__pycache__", ".venv", "venv", ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache",
        "Pods", ".gradle", ".terraform",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be looked into. ``path`` is relative to the root."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Submodule:
    """A git submodule. ``checked_out`` is False where its folder is empty: nothing of it was seen."""

    path: str
    checked_out: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """What lies in a folder.

    Args:
        root: absolute.
        files: regular files, relative to the root with ``/``, sorted; no symlinks (what they point to is
            either here anyway or not the app's).
        problems: folders that could not be read.
        submodules: their files are among ``files``.
        other_repositories: folders with a git repository of their own that is no submodule; not walked.
        ignored: how many entries git's rules left out.
    """

    root: Path
    files: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    submodules: tuple[Submodule, ...] = ()
    other_repositories: tuple[str, ...] = ()
    ignored: int = 0

    def named(self, *names: str) -> list[str]:
        """The files with one of these names, in any folder."""
        wanted = frozenset(names)
        return [path for path in self.files if path.rpartition("/")[2] in wanted]


def walk(root: Path) -> Tree:
    """All files below a folder. Linear in them; symlinks are not followed.

    Raises:
        UsageError: it is no folder, or a bare git repository.
        ConfigError: it cannot be read at all.
    """
    if not os.path.isdir(root):  # noqa: PTH112 - Path's raises where a folder may not be looked into
        what = "is a file, a folder was expected" if os.path.lexists(root) else "no such folder"
        hint = f"lkm scan {root.parent}" if os.path.lexists(root) else ""
        raise UsageError(f"{root}: {what}", code="scan.no-folder", hint=hint)
    if _is_bare(root):
        raise UsageError(
            f"{root}: is a bare git repository: it holds the history, no files",
            code="scan.bare-repository",
            hint=f"git clone {root} app && lkm scan app",
        )
    return _Walk(root).run()


def _is_bare(root: Path) -> bool:
    there = [root / name for name in ("HEAD", "objects", "refs", "config")]
    return all(os.path.lexists(path) for path in there) and not os.path.lexists(root / ".git")


class _Walk:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[str] = []
        self.problems: list[Problem] = []
        self.others: list[str] = []
        self.ignored = 0
        self.modules = _submodules(root)

    def run(self) -> Tree:
        waiting: list[tuple[str, tuple[Rules, ...]]] = [("", tuple(_rules_above(self.root)))]
        first = True
        while waiting:
            folder, rules = waiting.pop()
            try:
                with os.scandir(self.root / folder if folder else self.root) as entries:
                    found = list(entries)
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                if first:
                    raise ConfigError(
                        f"{self.root}: cannot read the folder: {reason}",
                        code="file.permission",
                        hint=f"look at its owner and mode: ls -ld {self.root}",
                    ) from error
                self.problems.append(Problem(folder, reason))
                continue
            waiting += self._look(folder, found, rules, top=first)
            first = False
        checked_out = {module: any(f.startswith(module + "/") for f in self.files) for module in self.modules}
        return Tree(
            self.root,
            tuple(sorted(self.files)),
            tuple(sorted(self.problems, key=lambda problem: problem.path)),
            tuple(Submodule(path, there) for path, there in sorted(checked_out.items())),
            tuple(sorted(self.others)),
            self.ignored,
        )

    def _look(
        self, folder: str, entries: Sequence[os.DirEntry[str]], rules: tuple[Rules, ...], *, top: bool
    ) -> list[tuple[str, tuple[Rules, ...]]]:
        names = {entry.name for entry in entries}
        if ".git" in names and not top:
            if folder not in self.modules:
                self.others.append(folder)
                return []
            rules = ()  # a submodule is a repository with rules of its own
        if ".gitignore" in names:
            own = self._rules(f"{folder}/.gitignore" if folder else ".gitignore", folder)
            rules = (own, *rules) if own else rules
        inner: list[tuple[str, tuple[Rules, ...]]] = []
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name in SKIPPED:
                    continue
                if ignored(rules, path, entry.name, folder=True):
                    self.ignored += 1
                else:
                    inner.append((path, rules))
            elif entry.is_file(follow_symlinks=False):
                if ignored(rules, path, entry.name, folder=False):
                    self.ignored += 1
                else:
                    self.files.append(path)
        return inner

    def _rules(self, path: str, folder: str) -> Rules | None:
        try:
            return Rules(_text(self.root / path), folder)
        except OSError as error:
            self.problems.append(Problem(path, (error.strerror or str(error)).lower()))
            return None


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(1_000_000).decode("utf-8", "surrogateescape").removeprefix(BOM)


def _rules_above(root: Path) -> list[Rules]:
    """What the ignore files between the repository's top and the root say, and the repository's own."""
    found: list[Rules] = []
    folder, above = root, ""
    while True:
        if folder != root:
            found += _read_rules(folder / ".gitignore", above)
        if os.path.lexists(folder / ".git"):
            found += _read_rules(folder / ".git" / "info" / "exclude", above)
            return found
        if folder == folder.parent:
            return []  # no repository: what lies above is not the app's
        above = f"{folder.name}/{above}" if above else folder.name
        folder = folder.parent


def _read_rules(path: Path, above: str) -> list[Rules]:
    try:
        rules = Rules(_text(path), above=above)
    except OSError:
        return []
    return [rules] if rules else []


def _submodules(root: Path) -> set[str]:
    """The paths that .gitmodules names."""
    try:
        text = _text(root / ".gitmodules")
    except OSError:
        return set()
    lines = (line.partition("=") for line in text.splitlines())
    return {value.strip().strip('"').rstrip("/") for key, _, value in lines if key.strip() == "path"}
