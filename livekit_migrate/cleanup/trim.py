"""Declarations that only files which went had imported, out of files that need the old stack for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.parse import Node, Parsed
from ..code.js.scope import Binding, Scopes
from .exports import taken
from .imports import package_of, rough
from .links import targets_of
from .nodes import source_of, top_level
from .uproot import without_declarations
from .work import Decision, Work

_PASSES_ALL = b"export *"


def trim(work: Work, keep: Collection[str] = ()) -> None:
    """Plan the files that still take the old stack in without what nobody takes from them any more.

    Args:
        keep: files that stay as they are.
    """
    gone = set(work.removed)
    if not gone:
        return

    def is_old(statement: Node) -> bool:
        return work.recipe.is_package(package_of(source_of(statement)))

    targets = targets_of(work)
    for path in sorted(targets):
        data = work.now(path)
        ending = "." + path.rpartition(".")[2].lower()
        old = data and any(map(work.recipe.is_package, map(package_of, rough(data))))
        if not data or not old or path in keep or ending not in GRAMMAR_OF_ENDING:
            continue
        through = _through(work, path, targets)
        now = _taken_by(work, through, targets)
        before = _taken_before(work, through, gone)
        if now is None or not before - now:
            continue
        kept = now

        def statements(
            parsed: Parsed, scopes: Scopes, kept: set[str] = kept, lost: set[str] = before
        ) -> list[Node]:
            return _unneeded(parsed, scopes, kept, lost, is_old)

        found = without_declarations(data, GRAMMAR_OF_ENDING[ending], statements)
        for cut in found.cuts:
            why = "only files that go had imported it"
            said = "a declaration goes"
            line = work.disk_line(path, cut.line)
            work.say(Decision("code.declaration", "safe", path, said, why, line=line, before=cut.text))
        work.put(path, found.after)


def _through(work: Work, path: str, targets: Mapping[str, Mapping[str, str]]) -> set[str]:
    """The file and those that pass all of it on."""
    found = {path}
    grown = True
    while grown:
        more = {
            other
            for other, their in targets.items()
            if other not in found and found & set(their.values()) and _PASSES_ALL in (work.now(other) or b"")
        }
        found |= more
        grown = bool(more)
    return found


def _taken_by(work: Work, through: set[str], targets: Mapping[str, Mapping[str, str]]) -> set[str] | None:
    """The names that files which stay take; None where one may take any."""
    names: set[str] = set()
    for path, their in targets.items():
        wanted = {spec for spec, target in their.items() if target in through}
        if path in through or not wanted:
            continue
        found = taken(path, work.now(path) or b"", wanted)
        if found is None:
            return None
        names |= found
    return names


def _taken_before(work: Work, through: set[str], gone: set[str]) -> set[str]:
    names: set[str] = set()
    for path in (*gone, *(p for p, data in work.after.items() if data is not None)):
        data = work.before(path)
        if not data or path in through or "." + path.rpartition(".")[2].lower() not in GRAMMAR_OF_ENDING:
            continue
        resolve = work.app.resolver.resolve
        wanted = {spec for spec in rough(data) if resolve(path, spec) in through}
        names |= (taken(path, data, wanted) or set()) if wanted else set()
    return names


def _unneeded(
    parsed: Parsed,
    scopes: Scopes,
    kept: set[str],
    lost: set[str],
    is_old: Callable[[Node], bool],
) -> list[Node]:
    """The top-level declarations that neither somebody's import nor a statement that stays leads to."""
    statements = parsed.root.named_children
    number = top_level(statements)

    def top(at: int) -> Node | None:
        index = number(at)
        return statements[index] if index is not None else None

    declared: dict[Binding, Node] = {}
    for binding in scopes.bindings:
        if binding.scope is scopes.module and len(binding.declared) == 1:
            statement = top(binding.declared[0])
            if statement is not None and _declares_one(statement):
                declared[binding] = statement
    owners = {statement.start_byte: binding for binding, statement in declared.items()}
    uses: dict[Binding, set[Binding]] = {binding: set() for binding in declared}
    rooted = {binding for binding in declared if binding.name in kept}
    olds: set[Binding] = set()
    for binding in scopes.bindings:
        for at in binding.used:
            statement = top(at)
            owner = owners.get(statement.start_byte) if statement is not None else None
            imported = top(binding.declared[0]) if binding.kind == "import" else None
            if imported is not None and owner is not None and is_old(imported):
                olds.add(owner)
            if binding in declared and owner is None and not _is_import(statement):
                rooted.add(binding)
            elif binding in declared and owner is not None and owner is not binding:
                uses[owner].add(binding)
    # What was unused before stays, unless it is itself of the old stack.
    ours = {b for b in declared if _leads(b, uses) & olds}
    rooted |= {b for b in declared if b.name not in lost and not b.used and b not in ours}
    live: set[Binding] = set()
    waiting = list(rooted)
    while waiting:
        binding = waiting.pop()
        if binding not in live:
            live.add(binding)
            waiting += uses[binding]
    return [statement for binding, statement in declared.items() if binding not in live]


def _leads(binding: Binding, uses: Mapping[Binding, set[Binding]]) -> set[Binding]:
    """The declarations that one leads to, itself included."""
    seen: set[Binding] = set()
    waiting = [binding]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += uses[here]
    return seen


def _is_import(statement: Node | None) -> bool:
    return statement is not None and statement.type == "import_statement"


def _declares_one(statement: Node) -> bool:
    """Whether a statement declares one thing and does nothing: a type, an interface, a function."""
    inner = (
        statement.child_by_field_name("declaration") if statement.type == "export_statement" else statement
    )
    return inner is not None and inner.type in (
        "interface_declaration",
        "type_alias_declaration",
        "function_declaration",
    )
