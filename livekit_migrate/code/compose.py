"""What a Compose file hands to its services: environment and command, interpolated, each with its line.

Enough to see which value a program gets; it is no copy of Compose (`docker compose config` is): `extends`,
profiles and secrets are left alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import ConfigError
from . import env as dotenv
from . import yaml
from .compose_mounts import bind_mounts, given_files
from .compose_values import Value, Variables, fill_node, pairs, part, shown

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
class Service:
    """A service as the files of one folder describe it together.

    Args:
        command: the words of ``entrypoint`` and ``command``, one after the other.
        mounts: path in the container → file or folder on this machine: bind mounts, configs, secrets.
        texts: path in the container → what a config with ``content`` puts there.
        entrypoint: the file says one; else the image's own is what runs.
        folder: the working directory in the container.
        build: the folder that its image is built from.
        args: what the build is given.
    """

    name: str
    file: Path
    line: int
    image: str = ""
    environment: Mapping[str, Value] = field(default_factory=dict)
    command: tuple[Value, ...] = ()
    mounts: Mapping[str, Path] = field(default_factory=dict)
    texts: Mapping[str, Value] = field(default_factory=dict)
    entrypoint: bool = False
    folder: str = "/"
    build: Path | None = None
    args: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stack:
    """The services of one folder's Compose files; ``problems`` are what could not be read."""

    services: tuple[Service, ...]
    problems: tuple[ConfigError, ...] = ()


def read(folder: Path, shell: Mapping[str, str] = os.environ, *, root: Path | None = None) -> Stack:
    """The services of the Compose files in a folder: the first of ``NAMES``, then its override.

    Args:
        shell: the environment that Compose is run in.
        root: messages and origins name files relative to it.
    """
    found = (
        next((folder / name for name in names if os.path.lexists(folder / name)), None)
        for names in (NAMES, OVERRIDES)
    )
    first, override = found
    if first is None:
        return Stack(())
    return read_files([file for file in (first, override) if file], folder, shell, root=root)


def read_files(
    files: Sequence[Path],
    folder: Path,
    shell: Mapping[str, str] = os.environ,
    *,
    root: Path | None = None,
) -> Stack:
    """The services that Compose files describe together, with those of the files that they include.

    Args:
        files: a later one is merged into the earlier ones.
        folder: whose .env counts.
        shell, root: as for ``read``.
    """
    services: dict[str, Service] = {}
    problems: list[ConfigError] = []
    _read_into(services, problems, files, folder, shell, root=root, outer=None, seen=frozenset())
    return Stack(tuple(services.values()), tuple(problems))


def _read_into(
    services: dict[str, Service],
    problems: list[ConfigError],
    files: Sequence[Path],
    folder: Path,
    shell: Mapping[str, str],
    *,
    root: Path | None,
    outer: Variables | None,
    seen: frozenset[Path],
) -> None:
    show = {folder / ".env": shown(folder / ".env", root)}
    variables = Variables(folder, shell, show, outer)
    if variables.problem:
        problems.append(variables.problem)
    for file in files:
        try:
            document = yaml.load(file, name=shown(file, root), what="Compose file")
        except ConfigError as error:
            problems.append(error)
            continue
        for paths, inner in _includes(document, file, variables):
            if not seen.intersection(paths):  # Compose refuses a circle
                _read_into(
                    services, problems, paths, inner, shell,
                    root=root, outer=variables, seen=seen.union(paths, [file]),
                )  # fmt: skip
        for service in _services(document, file, variables, problems, root):
            older = services.get(service.name)
            services[service.name] = _merged(older, service) if older else service


def _includes(document: yaml.Document, file: Path, variables: Variables) -> Iterator[tuple[list[Path], Path]]:
    """The files of each entry of ``include``, and the folder whose .env counts for them."""
    section = document.find("include")
    if section is None or section.kind != "sequence":
        return
    for item in section.node.value:
        named = item if yaml.kind_of(item) == "scalar" else part(item, "path")
        if named is None:
            continue
        words = named.value if yaml.kind_of(named) == "sequence" else [named]
        paths = [
            Path(os.path.normpath(file.parent / _text(word, file, variables)))
            for word in words
            if yaml.kind_of(word) == "scalar"
        ]
        if not paths:
            continue
        given = part(item, "project_directory") if yaml.kind_of(item) == "mapping" else None
        inner = _text(given, file, variables)
        yield paths, Path(os.path.normpath(file.parent / inner)) if inner else paths[0].parent


def _merged(older: Service, newer: Service) -> Service:
    return Service(
        older.name,
        older.file,
        older.line,
        newer.image or older.image,
        {**older.environment, **newer.environment},
        newer.command or older.command,
        {**older.mounts, **newer.mounts},
        {**older.texts, **newer.texts},
        newer.entrypoint or older.entrypoint,
        newer.folder if newer.folder != "/" else older.folder,
        newer.build or older.build,
        {**older.args, **newer.args},
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
        image = part(node, "image")
        environment = dict(_env_files(node, file, variables, problems, root))
        environment.update(_environment(node, file, variables))
        mounts, texts = dict(bind_mounts(node, file, variables)), {}
        for target, source in given_files(node, document, file, variables):
            if isinstance(source, Value):
                texts[target] = source
            else:
                mounts[target] = source
        yield Service(
            key.value,
            file,
            key.start_mark.line + 1,
            _text(image, file, variables),
            environment,
            tuple(_words(node, file, variables)),
            mounts,
            texts,
            part(node, "entrypoint") is not None,
            _text(part(node, "working_dir"), file, variables) or "/",
            _build(node, file, variables),
            dict(_arguments(node, file, variables)),
        )


def _text(node: Node | None, file: Path, variables: Variables) -> str:
    return "" if node is None else fill_node(node, file, variables).text


def _build(node: Node, file: Path, variables: Variables) -> Path | None:
    section = part(node, "build")
    if section is None:
        return None
    context = section if yaml.kind_of(section) == "scalar" else part(section, "context")
    return Path(os.path.normpath(file.parent / (_text(context, file, variables) or ".")))


def _environment(node: Node, file: Path, variables: Variables) -> Iterator[tuple[str, Value]]:
    return _entries(part(node, "environment"), file, variables)


def _arguments(node: Node, file: Path, variables: Variables) -> Iterator[tuple[str, Value]]:
    build = part(node, "build")
    return _entries(None if build is None else part(build, "args"), file, variables)


def _entries(section: Node | None, file: Path, variables: Variables) -> Iterator[tuple[str, Value]]:
    """Names and values, written as a mapping or as a list of ``NAME=value``."""
    if section is None:
        return
    for name, value in pairs(section):
        if yaml.kind_of(value) != "scalar":
            continue
        if name is not None and value.value == "" and getattr(value, "style", None) is None:
            # `NAME:` without a value: as in the shell, else in .env.
            yield from _passed_on(name, value, file, variables)
        elif name is not None:
            yield name, fill_node(value, file, variables)
        else:
            word, equals, text = str(value.value).partition("=")
            if equals:
                yield word, fill_node(value, file, variables, text)
            else:
                yield from _passed_on(word, value, file, variables)


def _passed_on(name: str, node: Node, file: Path, variables: Variables) -> Iterator[tuple[str, Value]]:
    found = variables.get(name)
    if found is not None:
        origin = tuple(filter(None, [variables.origin(name)]))
        yield name, Value(found, file, node.start_mark.line + 1, (name,), origin)


def _env_files(
    node: Node, file: Path, variables: Variables, problems: list[ConfigError], root: Path | None
) -> Iterator[tuple[str, Value]]:
    section = part(node, "env_file")
    if section is None:
        return
    for item in section.value if yaml.kind_of(section) == "sequence" else [section]:
        named = item if yaml.kind_of(item) == "scalar" else part(item, "path")
        if named is None or yaml.kind_of(named) != "scalar":
            continue
        path = file.parent / fill_node(named, file, variables).text
        try:
            found = dotenv.read(path)
        except ConfigError as error:
            problems.append(error)
            continue
        if not found.exists and yaml.kind_of(item) == "scalar":
            problems.append(
                ConfigError(
                    f"{shown(file, root)}:{named.start_mark.line + 1}: "
                    f"env_file {shown(path, root)} does not exist",
                    code="compose.env-file",
                )
            )
        for value in found.values:
            yield value.name, Value(value.value, path, value.line)


def _words(node: Node, file: Path, variables: Variables) -> Iterator[Value]:
    import shlex

    for name in ("entrypoint", "command"):
        section = part(node, name)
        if section is None:
            continue
        if yaml.kind_of(section) == "sequence":
            for item in section.value:
                if yaml.kind_of(item) == "scalar":
                    yield fill_node(item, file, variables)
        elif yaml.kind_of(section) == "scalar":
            whole = fill_node(section, file, variables)
            try:
                words = shlex.split(whole.text)
            except ValueError:
                words = whole.text.split()
            for word in words:
                yield Value(word, file, whole.line, whole.names, whole.origins, whole.refusal)
