"""Where a proxy's route leads: to something that goes, or to something that may stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from typing import TYPE_CHECKING

from ...code import yaml
from ...code.yaml import child, kind_of
from ...core.errors import LkmError
from ...core.files import BOM
from ...scan.kinds import is_source
from ...scan.kinds import kind_of as file_kind
from ...scan.places import is_test
from ..recipe import Recipe
from ..work import Work

if TYPE_CHECKING:
    from yaml import Node

_HERE = frozenset({"localhost", "127.0.0.1", "[::1]", "0.0.0.0", "host.docker.internal"})  # noqa: S104
_OBJECT = re.compile(r"Service ([\w.-]+) \(")
_ADDRESS = re.compile(
    r"(?:(?:[a-z][a-z0-9+.-]*)://)?(?P<host>\[[0-9a-fA-F:]+\]|[^\s/:@\[\]]*)(?::(?P<port>\d{1,5}))?(?:/.*)?"
)
_VARIABLE = re.compile(
    r"\$\{(?P<a>\w+)(?::?-(?P<ad>[^{}]*))?\}|\{\$(?P<c>\w+)(?::(?P<cd>[^{}]*))?\}|\{env\.(?P<e>\w+)\}"
    r"|\$(?P<u>[A-Z][A-Z0-9_]+)\b"
)
_OWN = "the recipe's own"  # what a variable that is the old stack's leads to, whatever its value
_MOST = 64  # combinations of the values of variables in one address
_ELSEWHERE = ("docs", "lockfile", "turn", "env")


@dataclass(frozen=True, slots=True)
class Targets:
    """What goes.

    Args:
        hosts: names of services that go.
        staying: names of services that stay.
        ports: that close, and that nothing names which stays.
        named: all ports that close.
        by_name: a host that bears the old stack's name is its own, too: nothing uses it any more.
        values: what Compose and .env files say that a variable is.
    """

    recipe: Recipe
    hosts: frozenset[str] = frozenset()
    staying: frozenset[str] = frozenset()
    ports: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    by_name: bool = False

    @property
    def none(self) -> bool:
        return not self.hosts and not self.named and not self.by_name

    def gone(self, address: str) -> bool:
        """Whether nothing will answer at an address (``http://sfu:4443/x``, ``localhost:4001``) any more."""
        found = list(islice(self._meanings(address), _MOST + 1))
        return bool(found) and len(found) <= _MOST and all(map(self._is_gone, found))

    def _meanings(self, address: str) -> Iterator[str]:
        """An address with each value that its variables may have; nothing where one of them is unknown."""
        names = list(_VARIABLE.finditer(address))
        choices: list[list[str]] = []
        for each in names:
            name = each["a"] or each["c"] or each["e"] or each["u"]
            known = {*self.values.get(name, ()), *(v for v in (each["ad"], each["cd"]) if v)}
            if not known and self.recipe.is_variable(name):
                yield _OWN
                return
            choices.append(sorted(known))
        for values in product(*choices):
            parts, at = [], 0
            for each, value in zip(names, values, strict=True):
                parts += [address[at : each.start()], value]
                at = each.end()
            yield "".join([*parts, address[at:]])

    def _is_gone(self, address: str) -> bool:
        found = _ADDRESS.fullmatch(address)
        if address == _OWN or not found:
            return address == _OWN
        host, port = found["host"], found["port"]
        if self.recipe.is_kept(host):
            return False
        service = re.sub(r"(?<=.)\.[\w-]+\.svc(?:\.[\w.-]+)?$", "", host)
        if service in self.hosts:
            return True
        if self.by_name and service not in self.staying and self.recipe.is_service(service):
            return True
        return port in self.ports and (not host or host in _HERE or host in self.staying)

    def about(self) -> re.Pattern[str]:
        """What a comment that is about one of them has in it."""
        names = [re.escape(name) for name in sorted(self.hosts)]
        names += [re.escape(port) for port in sorted(self.named)]
        words = rf"|(?<![\w-])(?:{'|'.join(names)})(?![\w-])" if names else ""
        return re.compile(f"{self.recipe.words.pattern}{words}", re.IGNORECASE)


def targets(work: Work, ports: Iterable[str]) -> Targets:
    """What goes, after Compose and Kubernetes files were planned.

    Args:
        ports: those that close.
    """
    closing = frozenset(ports)
    documents, changed = _compose(work)
    before, after = _services(documents), _services(changed)
    gone = set(before) - set(after)
    objects = {found[1] for each in work.services if (found := _OBJECT.match(each))}
    names = {name for service in gone for name in before[service]} | objects
    staying = {name for each in after.values() for name in each}
    values = _values(work, documents)
    single = {port for port in closing if "-" not in port}
    return Targets(
        work.recipe,
        frozenset(names - staying),
        frozenset(staying),
        frozenset(single - _still_named(work, single)) if single else frozenset(),
        closing,
        values,
        by_name=bool(work.recipe.services) and not work.still,
    )


def _compose(work: Work) -> tuple[list[yaml.Document], list[yaml.Document]]:
    """The Compose files as they are on disk, and as the plan leaves them."""
    before: list[yaml.Document] = []
    after: list[yaml.Document] = []
    for path in work.app.tree.files:
        if file_kind(path) != "compose":
            continue
        document = _parsed(path, work.before(path))
        before += document
        after += _parsed(path, work.after[path]) if path in work.after else document
    return before, after


def _parsed(path: str, data: bytes | None) -> list[yaml.Document]:
    try:
        return [yaml.parse((data or b"").decode("utf-8", "replace").removeprefix(BOM), path)]
    except LkmError:
        return []


def _services(documents: Iterable[yaml.Document]) -> dict[str, set[str]]:
    """Each service of Compose files, with all names that others reach it by."""
    found: dict[str, set[str]] = {}
    for name, node in _each_service(documents):
        names = found.setdefault(name, {name})
        if kind_of(node) == "mapping":
            names.update(_other_names(node))
    return found


def _each_service(documents: Iterable[yaml.Document]) -> Iterator[tuple[str, Node]]:
    for document in documents:
        section = document.find("services")
        for key, node in section.node.value if section and section.kind == "mapping" else ():
            yield str(key.value), node


def _other_names(node: Node) -> Iterator[str]:
    for key in ("container_name", "hostname"):
        value = child(node, key)[1]
        if value is not None and kind_of(value) == "scalar":
            yield str(value.value)
    networks = child(node, "networks")[1]
    for _, network in networks.value if networks is not None and kind_of(networks) == "mapping" else ():
        aliases = child(network, "aliases")[1] if kind_of(network) == "mapping" else None
        for each in aliases.value if aliases is not None and kind_of(aliases) == "sequence" else ():
            yield str(each.value)


def _values(work: Work, documents: Iterable[yaml.Document]) -> dict[str, frozenset[str]]:
    """What Compose and .env files set: name → its values; only those of which all are known."""
    found: dict[str, set[str]] = {}
    for file in work.env_values:
        for binding in file.values:
            found.setdefault(binding.name, set()).add(binding.value)
    for _, node in _each_service(documents):
        environment = child(node, "environment")[1] if kind_of(node) == "mapping" else None
        if environment is None or kind_of(environment) == "scalar":
            continue
        for entry in environment.value:
            if isinstance(entry, tuple):
                name, value = str(entry[0].value), str(getattr(entry[1], "value", ""))
            else:
                name, _, value = str(entry.value).partition("=")
            # One that is put together may be anything: then so may the variable.
            found.setdefault(name, set()).add("" if "$" in value else value)
    return {name: frozenset(values) for name, values in found.items() if all(values)}


def _still_named(work: Work, ports: set[str]) -> set[str]:
    """Ports that something names which stays: code, Compose files, images, variables that are read."""
    number = rf"(?<![\d.])(?:{'|'.join(sorted(ports))})(?![\d.])"
    pattern = re.compile(number)
    listens = re.compile(rf"^[ \t]*(?:listen|bind)\b[^\n]*?({number})", re.MULTILINE)
    found: set[str] = set()
    for path in work.files():
        kind = file_kind(path)
        if kind in _ELSEWHERE or is_test(path) or not (is_source(path) or kind != "other"):
            continue
        data = work.now(path)
        if data and len(data) < 1_000_000:
            taken = listens if kind == "proxy" else pattern
            found |= set(taken.findall(data.decode("utf-8", "replace")))
    unread = {*work.variables, *work.tested}
    for file in work.env_values:
        for binding in file.values:
            if binding.name not in unread:
                found |= set(pattern.findall(binding.value))
    return found
