"""The services that an app's Compose files start: name, image, ports, what is built."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..code import yaml
from ..core.errors import LkmError
from .manifests import folder_of
from .tsconfig import normal

if TYPE_CHECKING:
    from yaml import Node

_COMPOSE = re.compile(r"^(docker-)?(compose|stack)([._-].*)?\.ya?ml$|^.*\.compose\.ya?ml$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Service:
    """A service of a Compose file, nothing interpolated.

    Args:
        file, line: where it is described; file is relative to the app's root.
        build: the folder that its image is built from, relative to the root; ``""`` is the root itself,
            None where it is not built.
        ports: as written.
        host_network: whether it has the host's network.
    """

    name: str
    file: str
    line: int
    image: str = ""
    build: str | None = None
    ports: tuple[str, ...] = ()
    host_network: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Services:
    """All services; ``problems`` are files that could not be read: path and why."""

    found: tuple[Service, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()


def is_compose(path: str) -> bool:
    """Whether it is a Compose file, by its name."""
    return bool(_COMPOSE.match(path.rpartition("/")[2]))


def services(root: Path, files: Iterable[str]) -> Services:
    """The services of all Compose files of an app."""
    found: list[Service] = []
    problems: list[tuple[str, str]] = []
    for path in files:
        if not is_compose(path):
            continue
        try:
            document = yaml.load(root / path, name=path, what="Compose file")
        except LkmError as error:
            problems.append((path, error.message.removeprefix(f"{path}: ")))
            continue
        section = document.find("services")
        if section is None or section.kind != "mapping":
            continue
        for key, node in section.node.value:
            if isinstance(key.value, str) and yaml.kind_of(node) == "mapping":
                found.append(_service(key.value, path, key.start_mark.line + 1, node))
    return Services(tuple(found), tuple(problems))


def _service(name: str, file: str, line: int, node: Node) -> Service:
    build = yaml.child(node, "build")[1]
    context = None
    if build is not None:
        written = _text(build) if yaml.kind_of(build) == "scalar" else _text(yaml.child(build, "context")[1])
        context = normal(f"{folder_of(file) or '.'}/{written or '.'}")
    return Service(
        name,
        file,
        line,
        _text(yaml.child(node, "image")[1]),
        context,
        tuple(_items(yaml.child(node, "ports")[1])),
        _text(yaml.child(node, "network_mode")[1]) == "host",
        tuple(_items(yaml.child(node, "depends_on")[1])),
    )


def _text(node: Node | None) -> str:
    return str(node.value) if node is not None and yaml.kind_of(node) == "scalar" else ""


def _items(node: Node | None) -> list[str]:
    if node is None or yaml.kind_of(node) == "scalar":
        return []
    if yaml.kind_of(node) == "mapping":
        return [str(key.value) for key, _ in node.value]
    out = []
    for item in node.value:
        if yaml.kind_of(item) == "scalar":
            out.append(str(item.value))
        elif yaml.kind_of(item) == "mapping":
            published, target = (_text(yaml.child(item, key)[1]) for key in ("published", "target"))
            out.append(f"{published or target}:{target}")
    return out
