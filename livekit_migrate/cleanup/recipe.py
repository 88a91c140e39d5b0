"""Recipes: what counts as the old stack, as data in ``templates/cleanup-<name>/template.yaml``.

The engine knows nothing of any stack. A folder with a ``template.yaml`` like those is a recipe, wherever it
lies.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..core.errors import ConfigError, UsageError
from ..core.paths import resource_root

PREFIX = "cleanup-"
FILE = "template.yaml"
_NOTHING = r"(?!)"
_LISTS = (
    "packages",
    "stays",
    "messages",
    "variables",
    "services",
    "images",
    "files",
    "ports",
    "keep",
)
_TEXTS = ("name", "text", "old", "new", "words", "elsewhere", "summary", "section", "heading", "since")


@dataclass(frozen=True, slots=True)
class Flag:
    """An environment variable that chose between the stacks, and the value that stays."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """What goes and what stays.

    Args:
        name: as `lkm cleanup NAME` takes it.
        old, new: what people call the two stacks; empty where nothing but a flag goes.
        flags: in the order in which they are looked for.
        packages: of package managers, ``*`` as in shells; sub-paths belong to them.
        stays: packages of the new stack.
        messages: of the old server's protocol: a client that still sends them waits for ever.
        variables: of the environment, ``*`` as in shells.
        services: of Compose and Kubernetes, by name; ``images`` by image without tag.
        files: paths that are the old stack's whatever is in them, ``**`` as in .gitignore.
        ports: ``44444`` or ``40000-49999``, the old stack's defaults: they go only beside something that is
            its own for certain.
        keep: services and images that are never touched.
        words: what text that speaks of the old stack has in it.
        elsewhere: what code that does something else, too, has in it: such a file is never deleted.
        since: the lowest major version of the packages that the recipe is for; empty for any.
        summary, section: the texts to write; ``heading`` is the section's in the README.
    """

    name: str
    text: str = ""
    old: str = ""
    new: str = ""
    flags: tuple[Flag, ...] = ()
    packages: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    words: re.Pattern[str] = field(default=re.compile(_NOTHING))
    elsewhere: re.Pattern[str] = field(default=re.compile(_NOTHING))
    summary: str = ""
    section: str = ""
    heading: str = ""
    needs_flag: bool = False
    since: str = ""

    def is_package(self, name: str) -> bool:
        """Whether a package, named without sub-path, is the old stack's."""
        return _matches(name, self.packages)

    def is_too_old(self, name: str, version: str) -> bool:
        """Whether a manifest asks for a package in a version that the recipe is not for."""
        major = re.match(r"[~^>=v\s]*(\d+)\b", version)
        mine = name in self.packages
        return bool(self.since and mine and major and int(major[1]) < int(self.since))

    def is_new(self, name: str) -> bool:
        """Whether a package is the new stack's."""
        return _matches(name, self.stays)

    def is_variable(self, name: str) -> bool:
        return _matches(name, self.variables)

    def is_flag(self, name: str) -> bool:
        return any(flag.name == name for flag in self.flags)

    def is_service(self, name: str, image: str = "") -> bool:
        """Whether a service is the old stack's, by its name or its image (with or without tag)."""
        if self.is_kept(name, image):
            return False
        return _matches(name.lower(), self.services) or bool(
            image and _matches(_untagged(image).lower(), self.images)
        )

    def is_kept(self, name: str, image: str = "") -> bool:
        return _matches(name.lower(), self.keep) or bool(
            image and _matches(_untagged(image).lower(), self.keep)
        )

    def is_file(self, path: str) -> bool:
        """Whether a path is the old stack's whatever is in it."""
        return any(_path_regex(pattern).fullmatch(path) for pattern in self.files)

    def speaks(self, text: str) -> bool:
        """Whether a text speaks of the old stack."""
        return bool(self.words.search(text))

    def with_files(self, patterns: Iterable[str]) -> Recipe:
        """The same with more paths that are the old stack's; a folder means all in it."""
        more = tuple(each for p in patterns for each in (p.strip("/"), f"{p.strip('/')}/**"))
        return replace(self, files=(*self.files, *more))

    def with_flags(self, flags: Iterable[Flag]) -> Recipe:
        """The same for other flags; none given leaves them as they are."""
        given = tuple(flags)
        return replace(self, flags=given) if given else self


def names() -> list[str]:
    """The recipes that come with lkm."""
    folder = resource_root() / "templates"
    found = (name for name in os.listdir(folder) if name.startswith(PREFIX))  # noqa: PTH208 - names alone
    return sorted(name.removeprefix(PREFIX) for name in found if (folder / name / FILE).is_file())


def load(word: str, base: Path | None = None) -> Recipe:
    """A recipe by its name, or by the folder that it lies in.

    Args:
        base: what a relative folder is relative to; default: the current one.

    Raises:
        UsageError: there is no such recipe.
        ConfigError: its file is wrong; with line.
    """
    folder = resource_root() / "templates" / f"{PREFIX}{word}"
    if "/" not in word and os.sep not in word and (folder / FILE).is_file():
        return read(folder)
    folder = (base or Path()) / word
    if (folder / FILE).is_file():
        return read(folder)
    raise UsageError(
        f"{word}: no such recipe, and no folder with a {FILE}",
        code="cleanup.no-recipe",
        detail=f"there are: {', '.join(names())}",
        hint="lkm cleanup list",
    )


def read(folder: Path) -> Recipe:
    """The recipe in a folder.

    Raises:
        ConfigError: it cannot be read, or a key is unknown or of the wrong kind; with its line.
    """
    from ..code import yaml

    document = yaml.load(folder / FILE, name=f"{folder.name}/{FILE}", what="recipe")
    data: dict[str, Any] = {}
    for key in document.keys():  # noqa: SIM118 - a method of the document, not a mapping's
        place = document.find(key)
        assert place is not None  # noqa: S101 - its key is there
        data[key] = _value(document.name, key, place)
    for key in ("words", "elsewhere"):
        try:
            data[key] = re.compile(data.get(key) or _NOTHING, re.IGNORECASE if key == "words" else 0)
        except re.error as error:
            line = document.find(key)
            raise ConfigError(
                f"{document.name}:{line.line if line else 1}: {key}: not a regular expression: {error}",
                code="recipe.value",
            ) from error
    data.pop("version", None)
    for key in ("summary", "section"):
        if data.get(key):
            from ..core.files import read_text

            data[key] = read_text(folder / data[key], what="template")
    name = str(data.pop("name", "") or folder.name).removeprefix(PREFIX)
    return Recipe(name, **data)


def _value(name: str, key: str, place: Any) -> Any:
    from ..code import yaml

    where = f"{name}:{place.line}: {key}"
    if key == "version":
        return place.value
    if key == "needs_flag":
        return bool(place.value)
    if key in _TEXTS:
        if place.kind != "scalar":
            raise ConfigError(f"{where}: a text was expected", code="recipe.value")
        return place.raw
    if key in _LISTS:
        if place.kind != "sequence" or any(yaml.kind_of(item) != "scalar" for item in place.node.value):
            raise ConfigError(f"{where}: a list of texts was expected", code="recipe.value")
        return tuple(str(item.value) for item in place.node.value)
    if key == "flags":
        if place.kind != "mapping" or any(yaml.kind_of(value) != "scalar" for _, value in place.node.value):
            raise ConfigError(f"{where}: NAME: value pairs were expected", code="recipe.value")
        return tuple(Flag(str(k.value), str(v.value)) for k, v in place.node.value)
    raise ConfigError(
        f"{where}: unknown key", code="recipe.unknown-key", hint=f"known: {', '.join((*_TEXTS, *_LISTS))}"
    )


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _untagged(image: str) -> str:
    name = image.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name


def _path_regex(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    known: Mapping[str, str] = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts))
