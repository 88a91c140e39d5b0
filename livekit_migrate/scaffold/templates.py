"""What the folders under templates/ say of themselves: files, where they go, when, and what they need.

``CONTRIBUTING.md`` describes the format for those who write templates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.errors import ConfigError
from ..core.files import read_text
from ..core.paths import resource_root

PLACES = ("root", "web", "web-src", "server", "server-src")
"""Where a template's files may go; the two with ``-src`` are where a package keeps its source."""

Condition = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One file of a template.

    Args:
        source: in the template's folder.
        into: of ``PLACES``.
        target: the path in that place; itself rendered.
        when: conditions besides the template's.
        yields: a file of that name that is there is as good: it stays, and nothing is said to be missing.
    """

    source: str
    into: str
    target: str
    when: Condition = field(default_factory=dict)
    yields: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that a template's code reads.

    Args:
        into: the package that reads it, of ``PLACES``.
        default: for ``.env.example``; itself rendered.
        kind: ``string``, ``url``, ``boolean`` or ``number``.
    """

    name: str
    into: str
    default: str = ""
    text: str = ""
    kind: str = "string"


@dataclass(frozen=True, slots=True)
class Template:
    """One folder.

    Args:
        version: counted up with every change of what it writes.
        when: what must be so for the template to be taken: key → the values that do.
        dependencies: package.json's of the place that the template goes into, name → range.
    """

    name: str
    version: int
    text: str
    into: str
    folder: Path
    when: Condition
    files: tuple[TemplateFile, ...]
    dependencies: Mapping[str, str]
    dev_dependencies: Mapping[str, str]
    env: tuple[Variable, ...]

    def read(self, file: TemplateFile) -> str:
        return read_text(self.folder / file.source, what="template")


def fits(when: Condition, values: Mapping[str, Any]) -> bool:
    """Whether every condition holds. A value that is no text counts as ``true`` or ``false``."""
    for key, wanted in when.items():
        value = values.get(key, "")
        said = value if isinstance(value, str) else str(bool(value)).lower()
        if said not in wanted:
            return False
    return True


def templates(folder: Path | None = None) -> tuple[Template, ...]:
    """All templates that `lkm init` may write, by name. A folder without ``into`` is not one of them.

    Raises:
        ConfigError: a template.yaml is not as the format asks.
    """
    top = folder or resource_root() / "templates"
    found = (_read(path) for path in sorted(top.glob("*/template.yaml")))
    return tuple(each for each in found if each is not None)


def _read(path: Path) -> Template | None:
    import yaml

    try:
        document = yaml.safe_load(read_text(path, what="template"))
    except yaml.YAMLError as error:
        raise _wrong(path, f"is no YAML: {error}") from error
    if not isinstance(document, dict):
        raise _wrong(path, "is no mapping")
    if "into" not in document:
        return None
    known = {
        "name", "version", "text", "into", "when", "files", "dependencies", "devDependencies", "env",
    }  # fmt: skip
    if unknown := sorted(set(document) - known):
        raise _wrong(path, f"unknown key {unknown[0]}")
    into = _place(path, document["into"])
    return Template(
        str(document.get("name", path.parent.name)),
        int(document.get("version", 1)),
        str(document.get("text", "")),
        into,
        path.parent,
        _when(path, document.get("when")),
        tuple(_files(path, document.get("files"), into)),
        _texts(path, "dependencies", document.get("dependencies")),
        _texts(path, "devDependencies", document.get("devDependencies")),
        tuple(_env(path, document.get("env"), into)),
    )


def _files(path: Path, listed: Any, into: str) -> Iterator[TemplateFile]:
    for item in listed or ():
        each = {"path": item} if isinstance(item, str) else item
        if not isinstance(each, dict) or not isinstance(each.get("path"), str):
            raise _wrong(path, f"files: {item!r} is neither a path nor a mapping with `path`")
        if unknown := sorted(set(each) - {"path", "into", "as", "when", "yields"}):
            raise _wrong(path, f"files: {each['path']}: unknown key {unknown[0]}")
        if not (path.parent / each["path"]).is_file():
            raise _wrong(path, f"files: {each['path']} is not there")
        yield TemplateFile(
            each["path"],
            _place(path, each.get("into", into)),
            str(each.get("as", each["path"])),
            _when(path, each.get("when")),
            each.get("yields") is True,
        )


def _env(path: Path, section: Any, into: str) -> Iterator[Variable]:
    for name, said in (section or {}).items():
        each = said if isinstance(said, dict) else {"default": said}
        if unknown := sorted(set(each) - {"into", "default", "text", "kind"}):
            raise _wrong(path, f"env: {name}: unknown key {unknown[0]}")
        default = each.get("default")
        yield Variable(
            str(name),
            _place(path, each.get("into", into)),
            "" if default is None else str(default),
            str(each.get("text", "")),
            str(each.get("kind", "string")),
        )


def _when(path: Path, section: Any) -> Condition:
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise _wrong(path, "when: is no mapping")
    return {str(key): tuple(_said(each) for each in _list(value)) for key, value in section.items()}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _texts(path: Path, key: str, section: Any) -> Mapping[str, str]:
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise _wrong(path, f"{key}: is no mapping")
    return {str(name): str(value) for name, value in section.items()}


def _place(path: Path, value: Any) -> str:
    if value not in PLACES:
        raise _wrong(path, f"into: {value!r} is none of {', '.join(PLACES)}")
    return str(value)


def _wrong(path: Path, why: str) -> ConfigError:
    return ConfigError(f"{path.parent.name}/{path.name}: {why}", code="template.format")
