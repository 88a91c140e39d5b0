"""What an app's variables are set to: .env files, Compose services, build arguments, Dockerfiles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from ...app.manifests import folder_of, join
from ...app.services import is_compose
from ...code import yaml
from ...code.dockerfile import assignments, instructions
from ...core.errors import LkmError
from .sources import Sources

if TYPE_CHECKING:
    from yaml import Node

_DOCKERFILE = re.compile(r"(^|/)([^/]*\.)?(Dockerfile|Containerfile)([.-][^/]*)?$", re.IGNORECASE)
_LARGEST = 512 * 1024


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable that a file sets.

    Args:
        where: ``env``, ``environment`` of a Compose service, ``build`` for its arguments, ``dockerfile``.
        service: the Compose service.
        value: as written, quotes removed; nothing is substituted.
        folder: the folder whose code gets it, ``""`` for the root; None where that is not known.
    """

    name: str
    value: str = field(repr=False)
    file: str
    line: int
    where: str
    service: str = ""
    folder: str | None = None

    def is_for(self, path: str) -> bool:
        """Whether code in a file gets it, as far as folders say."""
        return self.folder is not None and (not self.folder or path.startswith(f"{self.folder}/"))


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile, continued lines joined."""

    name: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class ComposeService:
    """A service of one Compose file, as far as variables and ports go."""

    name: str
    file: str
    line: int
    image: str
    dockerfile: str | None
    settings: tuple[Setting, ...]
    ports: tuple[tuple[str, int], ...]
    host_network: bool
    command: str


def settings(sources: Sources) -> tuple[Setting, ...]:
    """All variables that the app's files set, those of git-ignored .env files too."""
    if "settings" not in sources.memo:
        sources.memo["settings"] = (
            *_from_env(sources),
            *(each for service in services(sources) for each in service.settings),
            *_from_dockerfiles(sources),
        )
    return cast("tuple[Setting, ...]", sources.memo["settings"])


def _from_env(sources: Sources) -> Iterator[Setting]:
    from ...code import env

    for file in sources.app.env_files:
        try:
            values = env.read(sources.app.root / file.path).values
        except LkmError:
            continue
        folder = folder_of(file.path)
        yield from (
            Setting(each.name, each.value, file.path, each.line, "env", folder=folder) for each in values
        )


def services(sources: Sources) -> tuple[ComposeService, ...]:
    """The services of all Compose files; one that cannot be read is left out."""
    if "settings.services" not in sources.memo:
        found: list[ComposeService] = []
        for path in sources.app.tree.files:
            if is_compose(path):
                try:
                    document = yaml.load(sources.app.root / path, name=path, limit=_LARGEST)
                except LkmError:
                    continue
                found += _services(sources, path, document)
        sources.memo["settings.services"] = tuple(found)
    return cast("tuple[ComposeService, ...]", sources.memo["settings.services"])


def _services(sources: Sources, path: str, document: yaml.Document) -> Iterator[ComposeService]:
    for name in document.keys("services"):
        if "." in name:
            continue
        base = f"services.{name}"
        place = document.find(base)
        if place is None or place.kind != "mapping":
            continue
        dockerfile, folder = _built(sources, path, document, base)
        set_here = [
            *_pairs(document.find(f"{base}.environment"), path, "environment", name, folder),
            *_pairs(document.find(f"{base}.build.args"), path, "build", name, folder),
        ]
        ports = document.find(f"{base}.ports")
        command = document.find(f"{base}.command")
        yield ComposeService(
            name,
            path,
            place.node.start_mark.line,
            str(document.value(f"{base}.image") or ""),
            dockerfile,
            tuple(set_here),
            tuple(_ports(ports.node)) if ports is not None and ports.kind == "sequence" else (),
            document.value(f"{base}.network_mode") == "host",
            command.raw or " ".join(str(each.value) for each in command.node.value)
            if command is not None
            else "",
        )


def _pairs(
    place: yaml.Place | None, path: str, where: str, service: str, folder: str | None
) -> Iterator[Setting]:
    if place is None:
        return
    if place.kind == "mapping":
        for key, value in place.node.value:
            if yaml.kind_of(key) == "scalar" and yaml.kind_of(value) == "scalar":
                yield Setting(key.value, value.value, path, key.start_mark.line + 1, where, service, folder)
    elif place.kind == "sequence":
        for item in place.node.value:
            if yaml.kind_of(item) == "scalar" and "=" in item.value:
                name, _, text = item.value.partition("=")
                yield Setting(name, text, path, item.start_mark.line + 1, where, service, folder)


def _ports(node: Node) -> Iterator[tuple[str, int]]:
    for item in node.value:
        line = item.start_mark.line + 1
        if yaml.kind_of(item) == "scalar":
            yield str(item.value), line
        elif yaml.kind_of(item) == "mapping":
            said = {key.value: value.value for key, value in item.value if yaml.kind_of(value) == "scalar"}
            if "target" in said:
                published = f"{said['published']}:" if said.get("published") else ""
                yield f"{published}{said['target']}/{said.get('protocol', 'tcp')}", line


def _built(sources: Sources, path: str, document: yaml.Document, base: str) -> tuple[str | None, str | None]:
    """The Dockerfile of a service, and the folder that it builds: the Dockerfile's own, or the context."""
    from ...app.tsconfig import normal

    build = document.find(f"{base}.build")
    if build is None:
        return None, None
    context = build.raw if build.kind == "scalar" else str(document.value(f"{base}.build.context") or ".")
    if "$" in context:
        return None, None
    name = (
        str(document.value(f"{base}.build.dockerfile") or "Dockerfile")
        if build.kind == "mapping"
        else "Dockerfile"
    )
    folder = normal(join(folder_of(path), context))
    place = normal(join(folder, name))
    if place not in sources.app.files:
        return None, folder
    inner = folder_of(place)
    return place, inner if inner in sources.app.packages else folder


def dockerfiles(sources: Sources) -> dict[str, tuple[Instruction, ...]]:
    """The instructions of each Dockerfile of the app."""
    if "settings.dockerfiles" not in sources.memo:
        found = {}
        for path in sources.app.tree.files:
            if _DOCKERFILE.search(path):
                found[path] = tuple(
                    Instruction(name, rest.strip(), line)
                    for line, name, rest in instructions(sources.text(path))
                )
        sources.memo["settings.dockerfiles"] = found
    return cast("dict[str, tuple[Instruction, ...]]", sources.memo["settings.dockerfiles"])


def _from_dockerfiles(sources: Sources) -> Iterator[Setting]:
    for path, listed in dockerfiles(sources).items():
        for each in listed:
            if each.name in ("ARG", "ENV"):
                for name, value in assignments(each.text):
                    yield Setting(name, value, path, each.line, "dockerfile", folder=folder_of(path))
