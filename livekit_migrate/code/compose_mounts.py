"""Which files of this machine a Compose service finds inside its container: bind mounts, configs, secrets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from . import yaml
from .compose_values import Value, Variables, fill_node, pairs, part

if TYPE_CHECKING:
    from yaml import Node


def bind_mounts(node: Node, file: Path, variables: Variables) -> Iterator[tuple[str, Path]]:
    """Path in the container → file on this machine, for the bind mounts of a service."""
    section = part(node, "volumes")
    if section is None or yaml.kind_of(section) != "sequence":
        return
    for item in section.value:
        if yaml.kind_of(item) == "scalar":
            source, _, rest = fill_node(item, file, variables).text.partition(":")
            target = rest.partition(":")[0]
        elif yaml.kind_of(item) == "mapping":
            ends = [part(item, name) for name in ("source", "target")]
            source, target = ("" if end is None else fill_node(end, file, variables).text for end in ends)
        else:
            continue
        if target and source.startswith((".", "/", "~")):
            # Not Path's, which raises for a user without a home folder.
            here = os.path.expanduser(source)  # noqa: PTH111
            yield target, Path(os.path.normpath(file.parent / here))


def given_files(
    node: Node, document: yaml.Document, file: Path, variables: Variables
) -> Iterator[tuple[str, Path | Value]]:
    """Path in the container → file on this machine, or its text, for the service's configs and secrets."""
    for kind, folder in (("configs", "/"), ("secrets", "/run/secrets/")):
        section = part(node, kind)
        if section is None or yaml.kind_of(section) != "sequence":
            continue
        for item in section.value:
            if yaml.kind_of(item) == "scalar":
                source = target = fill_node(item, file, variables).text
            else:
                ends = [part(item, name) for name in ("source", "target")]
                source, target = ("" if end is None else fill_node(end, file, variables).text for end in ends)
            target = target or source
            found = _source(document, kind, source, file, variables)
            if found is not None:
                yield target if target.startswith("/") else f"{folder}{target}", found


def _source(
    document: yaml.Document, kind: str, name: str, file: Path, variables: Variables
) -> Path | Value | None:
    """What the top-level ``configs`` or ``secrets`` say about a name."""
    top = document.find(kind)
    if top is None or top.kind != "mapping":
        return None
    entry = next((value for key, value in pairs(top.node) if key == name), None)
    if entry is None or yaml.kind_of(entry) != "mapping":
        return None
    if (path := part(entry, "file")) is not None:
        named = fill_node(path, file, variables).text
        return Path(os.path.normpath(file.parent / os.path.expanduser(named)))  # noqa: PTH111 - see above
    content = part(entry, "content")
    return None if content is None else fill_node(content, file, variables)
