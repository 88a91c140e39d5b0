"""A value in a Compose file: interpolated, with the place where it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import ConfigError
from . import env as dotenv
from . import yaml
from .interpolate import Filled, fill

if TYPE_CHECKING:
    from yaml import Node


@dataclass(frozen=True, slots=True)
class Value:
    """One variable or word that a service gets.

    Args:
        file, line: where it is written; for a block of text, where the text begins.
        names: variables that were substituted into it.
        origins: where those come from: ``.env:3``, ``LIVEKIT_API_KEY (shell)``.
        refusal: why Compose would refuse it; the text is not to be relied on then.
        missing: those of the variables that nobody sets: Compose makes them empty.
        block: it is a block of text (``|``): its lines are those of the file, indented.
    """

    text: str = field(repr=False)
    file: Path
    line: int
    names: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    refusal: str = ""
    missing: tuple[str, ...] = ()
    block: bool = False


class Variables:
    """What `${VAR}` means in a folder: the shell first, then the folder's .env, as Compose decides.

    Args:
        outer: of the file that includes this folder's; what it knows wins.
    """

    def __init__(
        self,
        folder: Path,
        shell: Mapping[str, str],
        show: Mapping[Path, str],
        outer: Variables | None = None,
    ) -> None:
        self._shell = shell
        self._show = show
        self._outer = outer
        self.problem: ConfigError | None = None
        try:
            self._file = dotenv.read(folder / ".env")
        except ConfigError as error:
            self.problem = error
            self._file = dotenv.EnvFile(folder / ".env", "", exists=False)

    def get(self, name: str) -> str | None:
        if name in self._shell:
            return self._shell[name]
        if self._outer is not None and (known := self._outer.get(name)) is not None:
            return known
        found = self._file.get(name)
        return found.value if found else None

    def origin(self, name: str) -> str:
        if name in self._shell:
            return f"{name} (shell)"
        if self._outer is not None and self._outer.get(name) is not None:
            return self._outer.origin(name)
        found = self._file.get(name)
        path = self._file.path
        return f"{self._show.get(path, str(path))}:{found.line}" if found else ""


def shown(path: Path, root: Path | None) -> str:
    try:
        return path.relative_to(root).as_posix() if root else str(path)
    except ValueError:
        return str(path)


def part(node: Node, name: str) -> Node | None:
    return yaml.child(node, name)[1]


def fill_node(node: Node, file: Path, variables: Variables, text: str | None = None) -> Value:
    """A scalar as the service gets it. A block's text begins on the line after its ``|``."""
    text = text if text is not None else str(node.value) if yaml.kind_of(node) == "scalar" else ""
    filled: Filled = fill(text, variables.get)
    style = getattr(node, "style", None)
    line = node.start_mark.line + (2 if style in ("|", ">") else 1)
    origins = tuple(filter(None, (variables.origin(name) for name in filled.names)))
    return Value(filled.text, file, line, filled.names, origins, filled.refusal, filled.missing, style == "|")


def pairs(section: Node) -> Iterator[tuple[str | None, Node]]:
    """Of a mapping its keys and values, merge keys first; of a sequence its items."""
    kind = yaml.kind_of(section)
    if kind == "sequence":
        for item in section.value:
            yield None, item
    elif kind == "mapping":
        for key, value in section.value:
            if key.tag == "tag:yaml.org,2002:merge":
                for source in value.value if yaml.kind_of(value) == "sequence" else [value]:
                    if yaml.kind_of(source) == "mapping" and source is not section:
                        yield from ((str(k.value), v) for k, v in source.value)
        for key, value in section.value:
            if key.tag != "tag:yaml.org,2002:merge":
                yield str(key.value), value
