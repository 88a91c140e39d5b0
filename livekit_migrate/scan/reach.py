"""Which files have to do with Mediasoup: those with a site, and those that imports connect with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from .facts import FileFacts

Links = dict[str, set[str]]


def links_of(files: Mapping[str, FileFacts], resolve: Callable[[str, str], str | None]) -> Links:
    """For each file, those that it imports and those that import it."""
    links: Links = {path: set() for path in files}
    for path, facts in files.items():
        for specifier in facts.imports:
            target = resolve(path, specifier)
            if target is not None and target in files:
                links[path].add(target)
                links[target].add(path)
    return links


def connected(links: Links, start: Iterable[str]) -> set[str]:
    """All files that imports connect with those of ``start``, in whatever direction and number of steps."""
    seen = set(start)
    stack = list(seen)
    while stack:
        for other in links[stack.pop()]:
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return seen


def sides(files: Mapping[str, FileFacts], links: Links, steps: int) -> dict[str, set[str]]:
    """For files at most so many steps from one with a site, the sides of Mediasoup that they have to do with.

    A script that imports nothing shares its page with others, so it has to do with all sides there are.
    """
    reached: dict[str, set[str]] = {}
    everywhere: set[str] = set()
    for path, facts in files.items():
        here: set[str] = {site.side for site in facts.sites if site.family == "mediasoup"}
        if here:
            reached[path] = here
            everywhere |= here
    edge = {path: set(here) for path, here in reached.items()}
    for _ in range(steps):
        following: dict[str, set[str]] = {}
        for path, here in edge.items():
            for other in links[path]:
                new = here - reached.get(other, set())
                if new:
                    reached.setdefault(other, set()).update(new)
                    following.setdefault(other, set()).update(new)
        edge = following
    for path, facts in files.items():
        if path not in reached and page_script(facts):
            reached[path] = set(everywhere)
    return reached


def own_file(target: str | None, specifier: str) -> bool:
    """Whether what looks like a package is a file of the repository: ``mediasoup/room`` with its own folder.

    A package's bare name stays the package, even where an alias leads to typings of it, or to a folder.
    """
    inside = "/" in specifier.removeprefix("@types/")
    return target is not None and inside and not target.endswith(".d.ts")


def page_script(facts: FileFacts) -> bool:
    """Whether the file is a script that others of a page share names with."""
    return not facts.imports and facts.unit is not None and bool(facts.unit.globals)
