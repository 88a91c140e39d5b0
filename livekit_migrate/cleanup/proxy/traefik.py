"""Traefik's files: routers, services and middlewares that lead to nothing but what goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ...code.yaml import Document, child, kind_of
from ...code.yaml_cut import Path
from .targets import Targets

if TYPE_CHECKING:
    from yaml import Node

PROTOCOLS = ("http", "tcp", "udp")
_LOOKS = re.compile(r"^(?:http|tcp|udp):", re.MULTILINE)
_PARTS = re.compile(r"^[ \t]+(?:routers|services|middlewares):", re.MULTILINE)

Place = tuple[Path, str, str]
"""Where it is, what it is (``router sfu``), why it goes."""


def is_traefik(text: str) -> bool:
    """Whether a text looks like a file of Traefik's file provider."""
    return bool(_LOOKS.search(text) and _PARTS.search(text))


def routes(
    documents: Mapping[str, Document], targets: Targets, mentions: Sequence[str]
) -> tuple[dict[str, list[Place]], dict[str, list[Place]]]:
    """What goes of each file, and what of it a person decides about; all files are one configuration.

    Args:
        documents: path → its document.
        mentions: other text that may name something of these files (``sfu@file`` in labels).
    """
    gone: dict[str, list[Place]] = {path: [] for path in documents}
    left: dict[str, list[Place]] = {path: [] for path in documents}
    for protocol in PROTOCOLS:
        dead: dict[str, set[str]] = {}
        for path, document in documents.items():
            for name, node in _entries(document, protocol, "services"):
                found = _addresses(node)
                lost = [each for each in found if targets.gone(each)]
                place: Path = (protocol, "services", name)
                if lost and len(lost) == len(found):
                    dead.setdefault(name, set()).add(path)
                elif lost:
                    why = f"{lost[0]} goes, {next(a for a in found if a not in lost)} stays"
                    left[path].append((place, f"service {name}", why))
        routers = [
            (path, name, _text(node, "service"), _texts(node, "middlewares"))
            for path, document in documents.items()
            for name, node in _entries(document, protocol, "routers")
        ]
        for name, paths in dead.items():
            users = [user for user in _users(documents, protocol, name) if user]
            named = users or _is_mentioned(name, mentions)
            for path in paths:
                place = (protocol, "services", name)
                if named:
                    why = f"all of its servers go, but {users[0] if users else 'a label'} names it"
                    left[path].append((place, f"service {name}", why))
                else:
                    gone[path].append((place, f"service {name}", "all of its servers go"))
        certain = {str(path[2]) for places in gone.values() for path, _, _ in places if path[0] == protocol}
        for path, name, service, _ in routers:
            if _bare(service) in certain:
                why = f"service {_bare(service)} goes"
                gone[path].append(((protocol, "routers", name), f"router {name}", why))
        _middlewares(documents, protocol, (gone, certain, routers), mentions)
    return gone, left


def _entries(document: Document, protocol: str, part: str) -> Iterator[tuple[str, Node]]:
    section = document.find(f"{protocol}.{part}")
    for key, node in section.node.value if section and section.kind == "mapping" else ():
        if kind_of(node) == "mapping":
            yield str(key.value), node


def _addresses(service: Node) -> list[str]:
    """The servers of a service; none where it has others beside them."""
    balancer = child(service, "loadBalancer")[1] or child(service, "loadbalancer")[1]
    servers = child(balancer, "servers")[1] if balancer is not None else None
    entries = servers.value if servers is not None and kind_of(servers) == "sequence" else ()
    return [_text(each, "url") or _text(each, "address") for each in entries]


def _text(node: Node, key: str) -> str:
    value = child(node, key)[1] if kind_of(node) == "mapping" else None
    return str(value.value) if value is not None and kind_of(value) == "scalar" else ""


def _texts(node: Node, key: str) -> list[str]:
    value = child(node, key)[1]
    if value is None or kind_of(value) != "sequence":
        return []
    return [_bare(str(each.value)) for each in value.value if kind_of(each) == "scalar"]


def _is_mentioned(name: str, mentions: Sequence[str]) -> bool:
    pattern = re.compile(rf"(?<![\w.-]){re.escape(name)}@file\b")
    return any(map(pattern.search, mentions))


def _bare(name: str) -> str:
    return name.removesuffix("@file")


def _users(documents: Mapping[str, Document], protocol: str, service: str) -> Iterator[str]:
    """What names a service and is no router: weighted and mirrored services, error pages."""
    for path, document in documents.items():
        for part in ("services", "middlewares"):
            for name, node in _entries(document, protocol, part):
                own = part == "services" and name == service
                if not own and any(_bare(each) == service for each in _scalars(node)):
                    yield f"{part.removesuffix('s')} {name} ({path})"


def _scalars(node: Node) -> Iterator[str]:
    kind = kind_of(node)
    if kind == "scalar":
        yield str(node.value)
    elif kind == "sequence":
        for each in node.value:
            yield from _scalars(each)
    else:
        for _, value in node.value:
            yield from _scalars(value)


def _middlewares(
    documents: Mapping[str, Document],
    protocol: str,
    state: tuple[dict[str, list[Place]], set[str], list[tuple[str, str, str, list[str]]]],
    mentions: Sequence[str],
) -> None:
    """Middlewares that only routers which go have used."""
    gone, certain, routers = state
    lost = {each for _, _, service, used in routers if _bare(service) in certain for each in used}
    kept = {each for _, _, service, used in routers if _bare(service) not in certain for each in used}
    chained = {
        _bare(text)
        for document in documents.values()
        for _, node in _entries(document, protocol, "middlewares")
        for text in _scalars(node)
    }
    for path, document in documents.items():
        for name, _ in _entries(document, protocol, "middlewares"):
            named = name in kept or name in chained or _is_mentioned(name, mentions)
            if name in lost and not named:
                why = "only routers that go have used it"
                gone[path].append(((protocol, "middlewares", name), f"middleware {name}", why))
