"""Calls of Mediasoup's API, found by following values from file to file."""

from __future__ import annotations

from collections.abc import Iterable

from .facts import Call, FileFacts, Linked, Project, by_path
from .naming import inferred
from .solve import Solver


def link(facts: Iterable[FileFacts], project: Project) -> Linked:
    """Find the calls in all files.

    Args:
        facts: of every file, in any order.
        project: resolves specifiers.

    A repository without a site of Mediasoup or protoo has no calls.
    """
    files = {path: fact for path, fact in sorted(by_path(facts).items()) if fact.unit is not None}
    if not any(fact.sites for fact in files.values()):
        return Linked(())
    solver = Solver(files, project)
    solver.solve()
    solver.by_field()
    calls = solver.calls()
    calls += inferred(solver, calls)
    return Linked(tuple(sorted(calls, key=_order)))


def _order(call: Call) -> tuple[str, int, int, str]:
    return call.file, call.line, call.column, call.method
