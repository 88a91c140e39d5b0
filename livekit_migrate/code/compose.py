"""What a Compose file hands to its services: environment and command, interpolated, each with its line.

Enough to see which value a program gets; it is no copy of Compose (`docker compose config` is): `extends`,
`include`, profiles and secrets are left alone.
"""

from __future__ import annotations

import os
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

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


@dataclass(frozen=True, slots=True)
class Value:
    """One variable or word that a service gets.

    Args:
        file, line: where it is written; for a block of text, where the text begins.
        names: variables that were substituted into it.
        origins: where those come from: ``.env:3``, ``LIVEKIT_API_KEY (shell)``.
        refusal: why Compose would refuse it; the text is not to be relied on then.
    """

    text: str = field(repr=False)
    file: Path
    line: int
    names: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A service as the files of one folder describe it together."""

    name: str
    file: Path
    line: int
    image: str = ""
    environment: Mapping[str, Value] = field(default_factory=dict)
    command: tuple[Value, ...] = ()
    mounts: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stack:
    """The services of one folder's Compose files; ``problems`` are what could not be read."""

    services: tuple[Service, ...]
    problems: tuple[ConfigError, ...] = ()


class Variables:
    """What `${VAR}` means in a folder: the shell first, then the folder's .env, as Compose decides."""

    def __init__(self, folder: Path, shell: Mapping[str, str], show: Mapping[Path, str]) -> None:
        self._shell = shell
        self._show = show
        self.problem: ConfigError | None = None
        try:
            self._file = dotenv.read(folder / ".env")
        except ConfigError as error:
            self.problem = error
            self._file = dotenv.EnvFile(folder / ".env", "", exists=False)

    def get(self, name: str) -> str | None:
        if name in self._shell:
            return self._shell[name]
        found = self._file.get(name)
        return found.value if found else None

    def origin(self, name: str) -> str:
        if name in self._shell:
            return f"{name} (shell)"
        found = self._file.get(name)
        path = self._file.path
        return f"{self._show.get(path, str(path))}:{found.line}" if found else ""


def read(folder: Path, shell: Mapping[str, str] = os.environ, *, root: Path | None = None) -> Stack:
    """The services of the Compose files in a folder: the first of ``NAMES``, then its override.

    Args:
        shell: the environment that Compose is run in.
        root: messages and origins name files relative to it.
    """
    files = [
        next((folder / name for name in names if os.path.lexists(folder / name)), None)
        for names in (NAMES, OVERRIDES)
    ]
    if files[0] is None:
        return Stack(())
    show = {folder / ".env": _shown(folder / ".env", root)}
    variables = Variables(folder, shell, show)
    services: dict[str, Service] = {}
    problems = [variables.problem] if variables.problem else []
    for file in files:
        if file is None:
            continue
        try:
            document = yaml.load(file, name=_shown(file, root), what="Compose file")
        except ConfigError as error:
            problems.append(error)
            continue
        for service in _services(document, file, variables, problems, root):
            older = services.get(service.name)
            services[service.name] = _merged(older, service) if older else service
    return Stack(tuple(services.values()), tuple(problems))


def _shown(path: Path, root: Path | None) -> str:
    try:
        return path.relative_to(root).as_posix() if root else str(path)
    except ValueError:
        return str(path)


def _merged(older: Service, newer: Service) -> Service:
    return Service(
        older.name,
        older.file,
        older.line,
        newer.image or older.image,
        {**older.environment, **newer.environment},
        newer.command or older.command,
        {**older.mounts, **newer.mounts},
    )


def _services(
    document: yaml.Document,
    file: Path,
    variables: Variables,
    problems: list[ConfigError],
    root: Path | None,
) -> Iterator[Service]:
    section = document.find("services")
    if section is None or section.kind != "mapping":
        return
    for key, node in section.node.value:
        if yaml.kind_of(node) != "mapping" or not isinstance(key.value, str):
            continue
        image = _part(node, "image")
        environment = dict(_env_files(node, file, variables, problems, root))
        environment.update(_environment(node, file, variables))
        yield Service(
            key.value,
            file,
            key.start_mark.line + 1,
            _fill(image, file, variables).text if image is not None else "",
            environment,
            tuple(_words(node, file, variables)),
            dict(_mounts(node, file, variables)),
        )


def _part(node: Node, name: str) -> Node | None:
    return yaml.child(node, name)[1]


def _fill(node: Node, file: Path, variables: Variables, text: str | None = None) -> Value:
    """A scalar as the service gets it. A block's text begins on the line after its ``|``."""
    text = text if text is not None else str(node.value) if yaml.kind_of(node) == "scalar" else ""
    filled: Filled = fill(text, variables.get)
    line = node.start_mark.line + (2 if getattr(node, "style", None) in ("|", ">") else 1)
    origins = tuple(filter(None, (variables.origin(name) for name in filled.names)))
    return Value(filled.text, file, line, filled.names, origins, filled.refusal)


def _environment(node: Node, file: Path, variables: Variables) -> Iterator[tuple[str, Value]]:
    section = _part(node, "environment")
    if section is None:
        return
    for name, value in _pairs(section):
        if yaml.kind_of(value) != "scalar":
            continue
        if name is not None and value.value == "" and getattr(value, "style", None) is None:
            # `NAME:` without a value: as in the shell, else in .env.
            yield from _passed_on(name, value, file, variables)
        elif name is not None:
            yield name, _fill(value, file, variables)
        else:
            word, equals, text = str(value.value).partition("=")
            if equals:
                yield word, _fill(value, file, variables, text)
            else:
                yield from _passed_on(word, value, file, variables)


def _passed_on(name: str, node: Node, file: Path, variables: Variables) -> Iterator[tuple[str, Value]]:
    found = variables.get(name)
    if found is not None:
        origin = tuple(filter(None, [variables.origin(name)]))
        yield name, Value(found, file, node.start_mark.line + 1, (name,), origin)


def _pairs(section: Node) -> Iterator[tuple[str | None, Node]]:
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


def _env_files(
    node: Node, file: Path, variables: Variables, problems: list[ConfigError], root: Path | None
) -> Iterator[tuple[str, Value]]:
    section = _part(node, "env_file")
    if section is None:
        return
    for item in section.value if yaml.kind_of(section) == "sequence" else [section]:
        named = item if yaml.kind_of(item) == "scalar" else _part(item, "path")
        if named is None or yaml.kind_of(named) != "scalar":
            continue
        path = file.parent / _fill(named, file, variables).text
        try:
            found = dotenv.read(path)
        except ConfigError as error:
            problems.append(error)
            continue
        if not found.exists and yaml.kind_of(item) == "scalar":
            problems.append(
                ConfigError(
                    f"{_shown(file, root)}:{named.start_mark.line + 1}: "
                    f"env_file {_shown(path, root)} does not exist",
                    code="compose.env-file",
                )
            )
        for value in found.values:
            yield value.name, Value(value.value, path, value.line)


def _words(node: Node, file: Path, variables: Variables) -> Iterator[Value]:
    import shlex

    for name in ("entrypoint", "command"):
        section = _part(node, name)
        if section is None:
            continue
        if yaml.kind_of(section) == "sequence":
            for item in section.value:
                if yaml.kind_of(item) == "scalar":
                    yield _fill(item, file, variables)
        elif yaml.kind_of(section) == "scalar":
            whole = _fill(section, file, variables)
            try:
                words = shlex.split(whole.text)
            except ValueError:
                words = whole.text.split()
            for word in words:
                yield Value(word, file, whole.line, whole.names, whole.origins, whole.refusal)


def _mounts(node: Node, file: Path, variables: Variables) -> Iterator[tuple[str, Path]]:
    """Path in the container → file on this machine, for bind mounts."""
    section = _part(node, "volumes")
    if section is None or yaml.kind_of(section) != "sequence":
        return
    for item in section.value:
        if yaml.kind_of(item) == "scalar":
            source, _, rest = _fill(item, file, variables).text.partition(":")
            target = rest.partition(":")[0]
        elif yaml.kind_of(item) == "mapping":
            ends = [_part(item, name) for name in ("source", "target")]
            source, target = ("" if end is None else _fill(end, file, variables).text for end in ends)
        else:
            continue
        if target and source.startswith((".", "/", "~")):
            yield target, Path(os.path.normpath(file.parent / Path(source).expanduser()))
