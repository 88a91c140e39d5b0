"""``--cut``: files of the old stack go although code that stays uses them; every place that does is listed.

What such a file has that is not about the old stack, and that code which stays takes, stays where it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..code.js.parse import Node, Parsed, word
from ..code.js.scope import Binding, Scopes, resolve
from ..scan.places import is_test
from .exports import taken
from .imports import package_of, places
from .links import along, targets_of
from .nodes import call_source, read, source_of, top_level, walk
from .roots import start_edits, without_roots
from .uproot import Uprooted, without_declarations
from .whole import entries, old_files, with_barrels
from .work import Decision, Work

_SHOWN = 6  # names and lines in one reason


@dataclass(slots=True)
class _Parts:
    """A file's top-level statements, and which of them lead to the old stack.

    Args:
        uses: statement → the bindings that it uses; ``owner`` binding → the statement that declares it.
        exports: name → its statement.
        passed: specifier, name there, name here of what it exports from other files; ``*`` for all.
        old: numbers of the statements that lead to the old stack.
    """

    parsed: Parsed
    statements: list[Node]
    uses: list[set[Binding]] = field(default_factory=list)
    owner: dict[Binding, int] = field(default_factory=dict)
    exports: dict[str, int] = field(default_factory=dict)
    passed: list[tuple[str, str, str]] = field(default_factory=list)
    old: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _App:
    """The app, and what its files that may go consist of.

    Args:
        targets: source file → specifier → the file that it means.
        parts: those of the files that may go that are read as code.
    """

    work: Work
    targets: Mapping[str, Mapping[str, str]]
    parts: Mapping[str, _Parts]


def plan_cut(work: Work) -> None:
    """Plan that the old stack's files go; what that leaves dangling is said, place by place."""
    found, mixed = old_files(work)
    given = entries(work)
    whole = with_barrels(work, found - given)
    if not whole:
        return
    targets = targets_of(work)
    stays = mixed | given | {path for path in targets if is_test(path)}
    going = along(whole, targets, stays)
    parts = {path: made for path in going if (made := _parts(path, work.now(path) or b""))}
    app = _App(work, targets, parts)
    _spread(app)
    kept = _kept(app, going)
    gone = going - set(kept)
    for path in sorted(gone):
        why = f"it is {work.recipe.old}'s" if path in whole else "nothing that stays reaches it"
        work.say(Decision("code.file", "unsafe", path, f"{path} goes", why))
    for path, names in sorted(kept.items()):
        _part(app, path, names, gone)
    _dangling(app, gone, kept)
    for path in gone:
        work.put(path, None)
    # Without --cut they would stay, and why was said already.
    stay = {f"keeps {path}" for path in going}
    work.decisions = [
        each
        for each in work.decisions
        if not (each.rule == "code.needed" and (each.title in stay or each.file in going))
    ]


# What in a file is the old stack's


def _parts(path: str, data: bytes) -> _Parts | None:
    parsed = read(path, data)
    try:
        scopes = resolve(parsed) if parsed is not None else None
    except RecursionError:
        return None
    if parsed is None or scopes is None:
        return None
    statements = parsed.root.named_children
    made = _Parts(parsed, statements, [set() for _ in statements])
    at = top_level(statements)
    for binding in scopes.bindings:
        for offset in binding.used:
            if (number := at(offset)) is not None:
                made.uses[number].add(binding)
        if binding.scope is scopes.module and binding.declared:
            number = at(binding.declared[0])
            if number is not None:
                made.owner[binding] = number
    for number, statement in enumerate(statements):
        if statement.type == "export_statement":
            _exports(made, number, statement)
    return made


def _exports(made: _Parts, number: int, statement: Node) -> None:
    source = source_of(statement)
    clause = next((c for c in statement.named_children if c.type == "export_clause"), None)
    if source:
        each_name = clause.named_children if clause is not None else []
        made.passed += [
            (
                source,
                word(e.child_by_field_name("name")),
                word(e.child_by_field_name("alias") or e.child_by_field_name("name")),
            )
            for e in each_name
        ]
        if clause is None:
            made.passed.append((source, "*", "*"))
        return
    if any(child.type == "default" for child in statement.children):
        made.exports["default"] = number
        return
    by_name = {binding.name: owner for binding, owner in made.owner.items()}
    if clause is not None:
        for each in clause.named_children:
            name = word(each.child_by_field_name("name"))
            made.exports[word(each.child_by_field_name("alias")) or name] = by_name.get(name, number)
        return
    for binding, owner in made.owner.items():
        if owner == number:
            made.exports[binding.name] = number


def _spread(app: _App) -> None:
    """Mark the statements that lead to the old stack, in all files until nothing is added."""
    grown = True
    while grown:
        grown = False
        for path, made in app.parts.items():
            olds = {b for b in made.owner if _is_old(app, path, b)}
            for number in range(len(made.statements)):
                if number in made.old or made.statements[number].type == "import_statement":
                    continue
                if made.uses[number] & olds or _requires(app.work, made.statements[number]):
                    made.old.add(number)
                    grown = True


def _is_old(app: _App, path: str, binding: Binding) -> bool:
    made = app.parts[path]
    statement = made.statements[made.owner[binding]]
    if statement.type != "import_statement":
        return made.owner[binding] in made.old
    source = source_of(statement)
    target = app.targets.get(path, {}).get(source)
    if target is None:
        return app.work.recipe.is_package(package_of(source))
    return target in app.parts and _imported(made.parsed, binding) not in _clean(app, target)


def _imported(parsed: Parsed, binding: Binding) -> str:
    """The name under which the other file exports what an import brings; ``*`` for all of it."""
    node = parsed.root.descendant_for_byte_range(binding.declared[0], binding.declared[0] + 1)
    parent = node.parent if node is not None else None
    if parent is not None and parent.type == "import_specifier":
        return word(parent.child_by_field_name("name"))
    return "default" if parent is not None and parent.type == "import_clause" else "*"


def _clean(app: _App, path: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """The names that a file exports and that do not lead to the old stack."""
    made = app.parts.get(path)
    if made is None or path in seen:
        return set()
    found = {name for name, number in made.exports.items() if number not in made.old}
    for source, name, alias in made.passed:
        other = _clean(app, app.targets.get(path, {}).get(source, ""), seen | {path})
        if name == "*":
            found |= other
        elif name in other:
            found.add(alias)
    return found


def _requires(work: Work, statement: Node) -> bool:
    """Whether a statement takes the old stack in by ``require`` or ``import()``."""
    return any(work.recipe.is_package(package_of(call_source(node))) for node in walk(statement, ()))


# What of it stays


def _kept(app: _App, going: Collection[str]) -> dict[str, set[str]]:
    """File → what it has that is not the old stack's and that a file which stays takes."""
    kept: dict[str, set[str]] = {}
    grown = True
    while grown:
        grown = False
        for path, made in app.parts.items():
            clean = _clean(app, path)
            if not clean or not _can_part(made):
                continue
            wanted: set[str] = set()
            for other, their in app.targets.items():
                specs = {spec for spec, target in their.items() if target == path}
                if not specs or other == path or (other in going and other not in kept):
                    continue
                names = taken(other, app.work.now(other) or b"", specs)
                wanted |= clean if names is None else clean & names
            if wanted and kept.get(path) != wanted:
                kept[path] = wanted
                grown = True
    return kept


def _can_part(made: _Parts) -> bool:
    """Whether the old stack's statements can be told from the others: not in one list of exports."""
    for number, statement in enumerate(made.statements):
        if statement.type == "export_statement" and number in made.old:
            clause = any(child.type == "export_clause" for child in statement.named_children)
            if clause and len(statement.named_children) == 1:
                return False
    return True


def _part(app: _App, path: str, names: set[str], gone: Collection[str]) -> None:
    """Plan a file without the old stack's statements."""
    work, made = app.work, app.parts[path]
    goes = {made.statements[number].start_byte for number in made.old}
    for number, statement in enumerate(made.statements):
        source = source_of(statement)
        if not source:
            continue
        target = app.targets.get(path, {}).get(source)
        brings = [binding for binding, owner in made.owner.items() if owner == number]
        ours = target in gone or (target is None and work.recipe.is_package(package_of(source)))
        if ours or (brings and all(_is_old(app, path, binding) for binding in brings)):
            goes.add(statement.start_byte)

    def statements(parsed: Parsed, _scopes: Scopes) -> list[Node]:
        return [node for node in parsed.root.named_children if node.start_byte in goes]

    found = without_declarations(work.now(path) or b"", made.parsed.grammar, statements)
    why = f"it is {work.recipe.old}'s; of this file {', '.join(sorted(names)[:4])} is needed"
    for cut in found.cuts:
        line = work.disk_line(path, cut.line)
        said = Decision(
            "code.declaration", "unsafe", path, "a declaration goes", why, line=line, before=cut.text
        )
        work.say(said)
    work.put(path, found.after)


# What that leaves dangling


def _dangling(app: _App, gone: set[str], kept: Mapping[str, set[str]]) -> None:
    """The files that stay: out of those that only start what goes, the start; of the others, the places."""
    work = app.work
    results: dict[str, Uprooted] = {}
    for path in sorted(app.targets):
        their = app.targets[path]
        if path in gone or path in kept or is_test(path):
            continue
        lost = list(_lost_names(app, path, kept))
        if gone & set(their.values()):
            result = without_roots(work, path, gone, app.targets)
            if not result.blocked and not lost:
                results[path] = result
                continue
            lost += list(_lost_files(work, path, result, {s: t for s, t in their.items() if t in gone}))
        for line, title, why in dict.fromkeys(lost):
            where = work.disk_line(path, line)
            work.say(Decision("code.dangling", "refuse", path, title, why, line=where, done=False))
    for path, data in start_edits(work, results).items():
        work.put(path, data)


def _lost_files(
    work: Work, path: str, result: Uprooted, lost: Mapping[str, str]
) -> Iterator[tuple[int, str, str]]:
    """The imports of files that went, each with the places where it is used."""
    data = work.now(path) or b""
    for spec, line in _first(places(path, data)):
        if spec not in lost:
            continue
        uses = {work.disk_line(path, each.line) for each in result.blocked if each.source == spec}
        uses.discard(work.disk_line(path, line))
        names = sorted(taken(path, data, {spec}) or set())
        yield line, f"it takes in {lost[spec]}, which goes", _some(names or [spec]) + _used(sorted(uses))


def _lost_names(app: _App, path: str, kept: Mapping[str, set[str]]) -> Iterator[tuple[int, str, str]]:
    """The imports of what files lose that stay in part."""
    data = app.work.now(path) or b""
    for spec, line in _first(places(path, data)):
        target = app.targets[path].get(spec, "")
        if target not in kept:
            continue
        made, names = app.parts[target], taken(path, data, {spec})
        lost = (set(made.exports) if names is None else names) - _clean(app, target)
        if lost:
            yield line, f"it takes from {target} what goes", _some(sorted(lost))


def _first(found: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Each specifier with the first of its lines."""
    return list(dict(reversed(found)).items())[::-1]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _used(lines: Sequence[int]) -> str:
    return f"; used in line {_some([str(line) for line in lines])}" if lines else ""
