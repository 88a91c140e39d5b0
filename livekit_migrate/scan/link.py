"""Calls of Mediasoup's API, found by following values from file to file."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from functools import cache

from .facts import Call, FileFacts, Linked, Project, by_path
from .naming import inferred
from .reach import connected, links_of, own_file, page_script
from .solve import Solver


def link(facts: Iterable[FileFacts], project: Project) -> Linked:
    """Find the calls in all files.

    Args:
        facts: of every file, in any order.
        project: resolves specifiers.

    A repository without a site of Mediasoup or protoo has no calls.
    """
    everything = dict(sorted(by_path(facts).items()))
    resolve = cache(project.resolve)
    own = tuple(
        site
        for path, fact in everything.items()
        for site in fact.sites
        if own_file(resolve(path, site.specifier), site.specifier)
    )
    ours = [path for path, fact in everything.items() if set(fact.sites) - set(own)]
    if not ours:
        return Linked((), own)
    links = links_of(everything, resolve)
    near = connected(links, ours)
    files = {
        path: fact
        for path, fact in everything.items()
        if fact.unit is not None and (path in near or page_script(fact))
    }
    collecting = gc.isenabled()
    # Nothing here is dropped before the end, and the collector would look through all of it again and again.
    gc.disable()
    try:
        solver = Solver(files, resolve)
        solver.solve()
        solver.by_field()
        calls = solver.calls()
        calls += inferred(solver, links, calls)
    finally:
        if collecting:
            gc.enable()
    return Linked(tuple(sorted(calls, key=_order)), own)


def _order(call: Call) -> tuple[str, int, int, str]:
    return call.file, call.line, call.column, call.method
