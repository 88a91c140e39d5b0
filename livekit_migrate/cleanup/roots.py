"""Which files of the old stack can go, and what the files that stay lose with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ..code.js.endings import GRAMMAR_OF_ENDING
from ..scan.kinds import is_source
from ..scan.places import is_test
from .exports import taken_through
from .imports import package_of, places, specifiers
from .links import along, targets_of
from .uproot import Uprooted, uproot
from .whole import whole_files
from .work import Decision, Grade, Work

_COMMENT = re.compile(
    rb"/\*.*?\*/|^\s*//[^\n]*|^\s*[\"']use strict[\"'];?|^\xef\xbb\xbf", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeps a file: the place that uses it."""

    file: str
    line: int | None
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Roots:
    """What goes, and what that leaves.

    Args:
        files: the old stack's files that nothing which stays needs.
        edited: the new bytes of those that had only started them.
        asked: what goes on request alone, and what goes because of it.
        left: files that stay, and that nothing starts any more.
    """

    files: tuple[str, ...] = ()
    edited: Mapping[str, bytes] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()


def uprooted(work: Work, held: Collection[str] = ()) -> Roots:
    """The old stack's files that nothing which stays needs, and the files that had only started them.

    Args:
        held: files that stay for another reason.
    """
    found = whole_files(work)
    whole = set(found.files) - set(held)
    if not whole:
        return Roots()
    targets = targets_of(work)
    kept: dict[str, Kept] = {}
    while True:
        # What only files that go reach goes with them, whatever it takes from them.
        going = along(whole, targets, found.left)
        results = {
            path: without_roots(work, path, going, targets)
            for path in sorted(targets)
            if path not in going and not is_test(path) and going & set(targets[path].values())
        }
        blocked = _blocked(results, targets, whole, kept)
        if not blocked:
            emptied = _emptied(results, targets) - set(held)
            if not emptied:
                break
            whole |= emptied
            continue
        # What stays keeps what it takes in, and so on.
        waiting = list(blocked)
        while waiting:
            path = waiting.pop()
            for target in targets.get(path, {}).values():
                if target in whole and target not in blocked:
                    kept[target] = Kept(target, None, "stays", f"{path} stays, and takes it in")
                    blocked.add(target)
                    waiting.append(target)
        whole -= blocked
        if not whole:
            results = {}
            break
    for _, each in sorted(kept.items()):
        line = work.disk_line(each.file, each.line) if each.line else None
        said = Decision("code.needed", "refuse", each.file, each.title, each.why, line=line, done=False)
        if said not in work.decisions:
            work.say(said)
    going = along(whole, targets, found.left)
    left = found.left & along(whole, targets)
    asked = _leads(found.asked & whole, targets) & going
    return Roots(tuple(sorted(whole)), start_edits(work, results), frozenset(asked), left)


def _leads(files: Collection[str], targets: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Files, what they lead to, and what had only started one of them."""
    found = {path for path, their in targets.items() if set(files) & set(their.values())} if files else set()
    waiting = [*files, *found]
    found = set(waiting)
    while waiting:
        new = set(targets.get(waiting.pop(), {}).values()) - found
        found |= new
        waiting += new
    return found


def _emptied(results: Mapping[str, Uprooted], targets: Mapping[str, Mapping[str, str]]) -> set[str]:
    """The files that only started what goes, which nobody imports: nothing of them is left."""
    imported = {target for path, their in targets.items() for target in their.values() if target != path}
    return {
        path
        for path, each in results.items()
        if each.cuts and path not in imported and not _COMMENT.sub(b"", each.after).strip()
    }


def without_roots(
    work: Work, path: str, whole: set[str], everybody: Mapping[str, Mapping[str, str]]
) -> Uprooted:
    """A file without what only starts, feeds or stops files that go; or what in it keeps them.

    Args:
        whole: the files that go.
        everybody: source file → specifier → the file that it means.
    """
    targets = everybody[path]
    data = work.now(path) or b""
    if "." + path.rpartition(".")[2].lower() not in GRAMMAR_OF_ENDING:
        from .uproot import Blocked

        found = [(spec, line) for spec, line in places(path, data) if targets.get(spec) in whole]
        return Uprooted(data, (), tuple(Blocked(line, spec, spec, spec) for spec, line in found))

    def goes(specifier: str) -> bool:
        if targets.get(specifier) in whole:
            return True
        return work.recipe.is_package(package_of(specifier)) and specifier not in targets

    def passes_on(specifier: str) -> bool:
        return taken_through(work, path, targets.get(specifier, ""), whole, everybody)

    return uproot(path, data, goes, passes_on, logs=work.chosen.unsafe)


def _blocked(
    results: Mapping[str, Uprooted],
    targets: Mapping[str, Mapping[str, str]],
    whole: set[str],
    kept: dict[str, Kept],
) -> set[str]:
    """The files that a use keeps; with the use, for people."""
    found: set[str] = set()
    for path, result in results.items():
        for each in result.blocked:
            # Where a package of the old stack itself is used, its file is not half done.
            target = targets[path].get(each.source)
            named = {target} if target is not None else set(targets[path].values())
            for other in named & whole:
                found.add(other)
                name = each.name if target is not None else each.source
                why = f"it uses {name}: {each.text}" if name else each.text
                kept.setdefault(other, Kept(path, each.line, f"keeps {other}", why))
    return found


def start_edits(work: Work, results: Mapping[str, Uprooted]) -> dict[str, bytes]:
    """The new bytes of the files that had only started what goes; each statement is said."""
    edited: dict[str, bytes] = {}
    asked = work.chosen.unsafe
    for path, result in results.items():
        if not result.cuts or result.blocked:
            continue
        edited[path] = result.after
        said_of = {each.line for each in result.beside} if asked else set()
        for cut in result.cuts:
            if cut.line in said_of:
                continue
            why = f"it only starts, feeds or stops {work.recipe.old or 'what goes'}"
            said = "a statement goes with what it uses"
            line = work.disk_line(path, cut.line)
            work.say(Decision("code.statement", "safe", path, said, why, line=line, before=cut.text))
        for each in result.beside:
            said = "a log line speaks of what goes" if asked else "a log line may speak of what went"
            why = f"it followed what goes: {each.text.rstrip(';')}"
            why += "" if asked else "; --unsafe takes it out, with the variables that only it reads"
            grade: Grade = "unsafe" if asked else "refuse"
            work.say(
                Decision(
                    "code.beside",
                    grade,
                    path,
                    said,
                    why,
                    line=work.disk_line(path, each.line),
                    before=each.text,
                    done=asked,
                )
            )
    return edited


def say_tests(work: Work) -> None:
    """Tests of files that went: they stay, for a person to delete."""
    removed = set(work.removed)
    for path in work.files():
        data = work.now(path) if is_source(path) and is_test(path) else None
        if not data:
            continue
        found = {work.app.resolver.resolve(path, spec) for spec in specifiers(path, data)}
        reached = sorted(removed & {each for each in found if each})
        if reached:
            why = f"it tests {reached[0]}, which goes; tests are yours to delete"
            work.say(Decision("code.test", "refuse", path, "a test stays", why, done=False))
