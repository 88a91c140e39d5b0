"""The flow of values through all files of a repository: who receives one of Mediasoup's objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import api
from .behaviour import VAGUE
from .calling import Calling, Made
from .facts import Call, FileFacts
from .fields import RESULT, Resolve
from .graph import Value
from .unit import Function, Unit


class Solver(Calling):
    """Joins the units of all files, which number their nodes from 0, into one graph and lets it run."""

    def __init__(self, files: Mapping[str, FileFacts], resolve: Resolve) -> None:
        super().__init__(files, resolve)
        self.functions = {}
        self.found = {}
        self.receivers: dict[tuple[str, int], int] = {}
        self.field_names: dict[str, int] = {}

    def solve(self) -> None:
        for path, facts in self.files.items():
            self.add(path, facts.unit)
        for path, facts in self.files.items():
            self.connect_values(path, facts.unit)
            self.connect_calls(path, facts.unit)
        self.run()

    def calls(self) -> list[Call]:
        return list(self.found.values())

    def add(self, path: str, unit: Unit) -> None:
        at = self.offsets[path] = len(self.held)
        self.held += [{} for _ in range(unit.nodes)]
        self.out += [[] for _ in range(unit.nodes)]
        exports = self.exports[path] = self.node()
        owner = ("O", (path, "exports"))
        self.put(exports, Value(*owner))
        for name, node in unit.exports.items():
            self.edge(node + at, self.field(owner, name))
        for number, function in enumerate(unit.functions):
            self.functions[path, number] = Function(
                list(moved(function.params, at)),
                *moved((function.rest, function.returns, function.this), at),
            )
        for number, element in enumerate(unit.elements):
            self.elements[path, number] = element + at
        for name, node in unit.globals.items():
            self.edge(node + at, self.shared(name))
        if unit.cjs >= 0:
            self.edge(unit.cjs + at, exports)

    def connect_values(self, path: str, unit: Unit) -> None:
        at = self.offsets[path]
        for source, target in unit.edges:
            self.edge(source + at, target + at)
        for name, node in unit.free.items():
            if name in self.globals:
                self.edge(self.globals[name], node + at)
        for (kind, which), name, node in unit.fields:
            self.edge(node + at, self.field((kind, (path, which)), name))
            self.remember(name, node + at)
        for (kind, which), node in unit.bases:
            self.bases[kind, (path, which)].append(node + at)
        for base, name, dst in unit.loads:
            self.load(base + at, name, dst + at)
        for base, name, source in unit.stores:
            self.store(base + at, name, source + at)
            self.remember(name, source + at)
        for kind_node, dst, container in unit.instances:
            self.instance(kind_node + at, dst + at, ("C", (path, container)) if container >= 0 else None)
        for node, (kind, which) in unit.tokens:
            if kind == "M":
                self.edge(self.module(path, str(which)), node + at)
            else:
                self.put(node + at, Value(kind, which if kind == "X" else (path, which)))
        for dst, specifier, name in unit.imports:
            self.import_(path, dst + at, specifier, name)
        for specifier in unit.stars:
            self.bases["O", (path, "exports")].append(self.module(path, specifier))

    def connect_calls(self, path: str, unit: Unit) -> None:
        at = self.offsets[path]
        for callee, args, dst, new, place in unit.calls:
            self.call(callee + at, Made(path, moved(args, at), dst + at, place, new))
        for base, name, args, dst, place in unit.methods:
            if place >= 0:
                self.receivers[path, place] = base + at
            self.method(base + at, name, Made(path, moved(args, at), dst + at, place))

    def remember(self, name: str, node: int) -> None:
        """What a field of that name is given anywhere, for receivers that nothing else is known of."""
        if len(name) < 3 or name in VAGUE or name in api.METHODS:
            return
        if name not in self.field_names:
            self.field_names[name] = self.node()
        self.edge(node, self.field_names[name])

    def by_field(self) -> None:
        """For fields of what nothing is known of, what fields of that name hold anywhere: a guess."""
        changed = True
        while changed:
            changed = False
            for base, name, dst in tuple(self.loads):
                if self.held[dst] or name not in self.field_names:
                    continue
                if any(value != RESULT for value in self.held[base]):
                    continue
                source = self.field_names[name]
                if any(v.kind in ("A", "C") for v in self.held[source]) and self.first("guess", source, dst):
                    self.pass_on(source, dst, guessed=True)
                    changed = True
            self.run()


def moved(nodes: Iterable[int], by: int) -> tuple[int, ...]:
    return tuple([node + by if node >= 0 else -1 for node in nodes])
