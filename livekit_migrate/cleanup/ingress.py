"""Rules of a Kubernetes Ingress that lead to services which go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..code.yaml import Document, child, kind_of
from ..code.yaml_cut import Path

if TYPE_CHECKING:
    from yaml import Node


def _scalar(node: Node | None, key: str) -> str:
    value = child(node, key)[1] if node is not None and kind_of(node) == "mapping" else None
    return str(value.value) if value is not None and kind_of(value) == "scalar" else ""


def _backends(document: Document) -> Iterator[tuple[int, list[str]]]:
    """The services that each rule of an Ingress leads to, path by path."""
    place = document.find("spec.rules") if document.value("kind") == "Ingress" else None
    for index, rule in enumerate(place.node.value if place and place.kind == "sequence" else ()):
        http = child(rule, "http")[1] if kind_of(rule) == "mapping" else None
        paths = child(http, "paths")[1] if http is not None and kind_of(http) == "mapping" else None
        names: list[str] = []
        for each in paths.value if paths is not None and kind_of(paths) == "sequence" else ():
            backend = child(each, "backend")[1] if kind_of(each) == "mapping" else None
            service = child(backend, "service")[1] if backend is not None else None
            name = _scalar(service, "name") if service is not None else ""
            names.append(name or (_scalar(backend, "serviceName") if backend is not None else ""))
        yield index, names


def dead_ingress(document: Document, services: frozenset[str]) -> str:
    """An Ingress of which all rules lead to what goes; empty for any other."""
    names = [name for _, each in _backends(document) for name in each or [""]]
    default = document.find("spec.defaultBackend") or document.find("spec.backend")
    if not names or default is not None or not services.issuperset(names):
        return ""
    return f"Ingress {document.value('metadata.name')}"


def routes(document: Document, services: frozenset[str]) -> Iterator[tuple[Path, str, str]]:
    """Rules and paths of an Ingress that lead to services which go."""
    for index, names in _backends(document):
        dead = [number for number, name in enumerate(names) if name in services]
        if not dead:
            continue
        place: Path = ("spec", "rules", index)
        why = f"service {names[dead[0]]} goes"
        if len(dead) == len(names):
            yield place, f"rule {index + 1} of the Ingress", why
        else:
            for number in dead:
                yield (*place, "http", "paths", number), f"path {number + 1} of rule {index + 1}", why
