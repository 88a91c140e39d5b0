"""The scan itself: look at the app, read its files, link the calls, and draw the conclusions."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from ..app.look import App, look
from ..app.manifests import folder_of
from ..core.report import Reporter
from .already import Already, already
from .artefacts import Artefact, artefacts
from .effort import Counted, Effort, effort
from .facts import Call, FileFacts, Linked, Site
from .gather import Gathered, gather
from .places import is_test
from .questions import Question, lines_read, questions
from .sides import settled
from .signalling import Exchange, exchanges
from .store import Store
from .version import Version, version

T = TypeVar("T")

_BUILT = frozenset({"dist", "build", "out", "coverage"})


@dataclass(frozen=True, slots=True)
class Unread:
    """A file or folder that was not read, or not all of it. ``kind`` is a part of the rule's id."""

    file: str
    line: int | None
    kind: str
    why: str


@dataclass(frozen=True)
class Scan:
    """All that a scan found.

    Args:
        sites: import sites of Mediasoup; ``protoo`` those of its signalling library.
        calls: calls of Mediasoup's API in files that somebody edits.
        unread: what was not read, with the reason; everything else was.
        near: files that use Mediasoup, import one that does, or are imported by one: an option's name means
            Mediasoup's there, elsewhere it may be anybody's.
    """

    app: App
    sources: tuple[FileFacts, ...]
    sites: tuple[Site, ...]
    protoo: tuple[Site, ...]
    calls: tuple[Call, ...]
    artefacts: tuple[Artefact, ...]
    messages: tuple[Exchange, ...]
    questions: tuple[Question, ...]
    version: Version
    livekit: Already
    effort: Effort
    unread: tuple[Unread, ...]
    near: frozenset[str]

    @property
    def root(self) -> Path:
        return self.app.root

    @property
    def used(self) -> bool:
        """Whether any code uses Mediasoup."""
        return bool(self.sites or self.calls)

    @cached_property
    def files(self) -> dict[str, tuple[int, int]]:
        """File → its sites and calls, of those that have any."""
        found: dict[str, tuple[int, int]] = {}
        for site in self.sites:
            sites, calls = found.get(site.file, (0, 0))
            found[site.file] = sites + 1, calls
        for call in self.calls:
            sites, calls = found.get(call.file, (0, 0))
            found[call.file] = sites, calls + 1
        return dict(sorted(found.items()))

    @cached_property
    def lines(self) -> dict[str, int]:
        """File → how many lines it has."""
        return {each.path: each.lines for each in self.sources}

    def to_dict(self) -> dict[str, Any]:
        """``data`` of the JSON document."""
        from .shape import shape

        return shape(self)


def scan(root: Path, reporter: Reporter, *, cache: bool = True, jobs: int | None = None) -> Scan:
    """Scan the app in a folder.

    Args:
        root: absolute.
        cache: use what an earlier run kept of files that are the same, and keep this run's.
        jobs: processes at most; default: the cores there are.

    Raises:
        UsageError: it is no folder, or a bare git repository.
        ConfigError: it cannot be read at all.
        LkmError: a worker process ended before its time.
    """
    with reporter.step("look") as progress:
        app = look(root)
        progress.finish(f"{len(app.tree.files)} files, {len(app.packages)} packages")
    with reporter.step("read") as progress:
        store = Store(root) if cache else None

        def said(done: int, total: int) -> None:
            progress.update(f"{done} of {total} files")

        read = gather(root, app.tree.files, store=store, jobs=jobs, progress=said)
        kept = f", {read.known} known from before" if read.known else ""
        progress.finish(f"{len(read.sources)} source files, {len(read.texts)} others{kept}")
    gc.freeze()  # facts stay: to look through all of them for garbage takes longer than to link them
    with reporter.step("link"):
        found = _conclude(app, read, store)
    if store:
        store.save()
    return found


def _conclude(app: App, read: Gathered, store: Store | None) -> Scan:
    built = [each for each in read.sources if is_built(app, each)]
    aside = {each.path for each in built}
    sources = tuple(each for each in read.sources if each.path not in aside)
    all_sites = [site for each in sources for site in each.sites]
    linked = _kept(store, f"linked {read.digest}", lambda: _linked(app, sources)) if all_sites else Linked(())
    own = frozenset(linked.own)
    sites = tuple(site for site in all_sites if site.family == "mediasoup" and site not in own)
    protoo = tuple(site for site in all_sites if site.family == "protoo" and site not in own)
    calls = settled(app, sites, linked.calls)
    imports = {name for each in sources for name in each.imports}
    which = version(app, sites, calls, read.texts, protoo, imports=imports)
    users = {site.file for site in sites} | {call.file for call in calls}
    used = bool(users)
    near = _near(app, sources, users) if used else frozenset()
    found = tuple(artefacts(app, read.texts, built, used))
    messages = tuple(exchanges(app, sources, calls)) if used else ()
    asked: list[Question] = []
    if used:
        lines = _kept(store, f"lines {read.digest}", lambda: lines_read(app, near))
        asked = questions(
            app, sources, calls=calls, messages=messages, found=found, which=which, near=near, read=lines
        )
    there = already(app, sources, read.texts, sites, near | _near(app, sources, _livekit_users(sources)))
    tests = frozenset(each.path for each in sources if is_test(each.path))
    mine = which.flavour not in ("library", "native")
    counted = Counted(sites, calls, messages, asked, found, there, tests)
    return Scan(
        app,
        sources,
        sites,
        protoo,
        calls,
        found,
        messages,
        tuple(asked),
        which,
        there,
        effort(counted) if mine else Effort(()),
        tuple(_unread(app, read)),
        near,
    )


def _livekit_users(sources: Sequence[FileFacts]) -> set[str]:
    return {each.path for each in sources if each.livekit}


def _kept(store: Store | None, key: str, make: Callable[[], T]) -> T:
    """What all files say together; known from before when no file's name or content changed."""
    kept: T | None = store.get(key) if store else None
    if kept is not None:
        return kept
    made = make()
    if store:
        store.put(key, made)
    return made


def _linked(app: App, sources: Sequence[FileFacts]) -> Linked:
    from .link import link

    return link(sources, app.resolver)


def _near(app: App, sources: Sequence[FileFacts], users: set[str]) -> frozenset[str]:
    near = set(users)
    for each in sources:
        targets = {path for name in each.imports if (path := app.resolver.resolve(each.path, name))}
        if each.path in users:
            near |= targets
        elif targets & users:
            near.add(each.path)
    return frozenset(near)


def is_built(app: App, facts: FileFacts) -> bool:
    """Whether a file is made from others: by its content, or because it lies in a package's output folder."""
    if any(problem.kind in ("minified", "generated") and problem.line is None for problem in facts.problems):
        return True
    folder = folder_of(facts.path)
    while folder:
        above, _, name = folder.rpartition("/")
        if name in _BUILT and above in app.packages:
            return True
        folder = above
    return False


def _unread(app: App, read: Gathered) -> Sequence[Unread]:
    found = [Unread(each.path, None, "unreadable", each.why) for each in app.problems]
    found += [Unread(each.path, None, "unreadable", each.problem) for each in read.texts if each.problem]
    for each in read.sources:
        found += [Unread(each.path, p.line, p.kind, p.detail) for p in each.problems]
    for module in app.tree.submodules:
        if not module.checked_out:
            why = "a git submodule that is not checked out: git submodule update --init"
            found.append(Unread(module.path, None, "submodule", why))
    found += [
        Unread(path, None, "other-repository", "a git repository of its own; scan it by itself")
        for path in app.tree.other_repositories
    ]
    return sorted(set(found), key=lambda each: (each.file, each.line or 0, each.kind))
