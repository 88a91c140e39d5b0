"""One look at an app: everything about it that needs no parsing of its source code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from .envs import EnvFile, env_files
from .frameworks import Framework, frameworks
from .managers import Manager, lockfiles, manager_of
from .manifests import Package, folder_of, read_package
from .resolve import Resolver
from .services import Service, services
from .tree import Problem, Tree, walk
from .workspaces import Workspace, folders_with_manifest, members, workspace


@dataclass(frozen=True)
class App:
    """What an app on disk is.

    Args:
        packages: by folder, ``""`` for the root's; a manifest that cannot be read is among them, with its
            problem.
        manager: of the root; in a repository without a root manifest, of the first lockfile's folder.
        frameworks: by package folder.
        env_files: with the names of their variables, no values.
        problems: what could not be read, by path.
    """

    tree: Tree
    packages: Mapping[str, Package]
    workspace: Workspace
    manager: Manager
    frameworks: Mapping[str, tuple[Framework, ...]]
    env_files: tuple[EnvFile, ...]
    services: tuple[Service, ...]
    problems: tuple[Problem, ...]

    @property
    def root(self) -> Path:
        return self.tree.root

    @cached_property
    def files(self) -> frozenset[str]:
        return frozenset(self.tree.files)

    @cached_property
    def resolver(self) -> Resolver:
        """Resolves imports of this app's files."""
        return Resolver(self.root, self.files, self.packages)

    @property
    def lockfiles(self) -> list[str]:
        return lockfiles(self.tree.files)

    def package_of(self, path: str) -> Package | None:
        """The package that a file belongs to."""
        return self.resolver.package_of(path)


def look(root: Path) -> App:
    """Look at the app in a folder.

    Raises:
        UsageError: it is no folder, or a bare git repository.
        ConfigError: it cannot be read at all.
    """
    tree = walk(root)
    files = frozenset(tree.files)
    packages = {folder: read_package(root, folder) for folder in folders_with_manifest(tree.files)}
    top = packages.get("")
    manager = manager_of("", files, top.manifest if top else {})
    if not manager.name and (locks := lockfiles(tree.files)):
        folder = folder_of(min(locks, key=lambda path: path.count("/")))
        manager = manager_of(folder, files, packages[folder].manifest if folder in packages else {})
    space = workspace(root, tree.files, manager.name)
    inside = members(list(packages.values()), space)
    packages = {folder: replace(each, member=folder in inside) for folder, each in packages.items()}
    local = _by_package(tree.files, packages)
    found = services(root, tree.files)
    envs = env_files(root, tree.files, packages)
    problems = [
        *tree.problems,
        *(Problem(each.file, each.problem) for each in packages.values() if each.problem),
        *(Problem(path, why) for path, why in found.problems),
        *(Problem(each.path, each.problem) for each in envs if each.problem and not each.local),
    ]
    return App(
        tree,
        packages,
        space,
        manager,
        {folder: frameworks(each, local[folder]) for folder, each in packages.items()},
        envs,
        found.found,
        tuple(problems),
    )


def _by_package(files: tuple[str, ...], packages: Mapping[str, Package]) -> dict[str, list[str]]:
    """The files of each package, those of packages inside of it left out."""
    found: dict[str, list[str]] = {folder: [] for folder in packages}
    nearest: dict[str, str | None] = {"": "" if "" in packages else None}
    for path in files:
        folder = folder_of(path)
        owner = _owner(folder, packages, nearest)
        if owner is not None:
            found[owner].append(path)
    return found


def _owner(folder: str, packages: Mapping[str, Package], known: dict[str, str | None]) -> str | None:
    if folder not in known:
        known[folder] = folder if folder in packages else _owner(folder_of(folder), packages, known)
    return known[folder]
