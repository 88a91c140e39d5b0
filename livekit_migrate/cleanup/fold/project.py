"""A whole project: fold, take out what is unused, until nothing changes any more; then look at the result."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ...app.look import App
from ..engine import (
    Change,
    FileEdit,
    Flag,
    FoldResult,
    Options,
    Refusal,
    UnusedExport,
)
from .check import problem_of
from .cut import Cutter
from .dependencies import Watched
from .files import Reach
from .folding import Folding, fold_file
from .left import Left
from .lints import Lints
from .modules import is_code, package_of
from .names import Names
from .orphans import Orphans, emptied_exports
from .properties import Properties
from .pure import pure
from .residue import Residue
from .source import Node, Source, children, field
from .state import State

_ROUNDS = 30
_AGAIN = 5


class Broken(Exception):  # noqa: N818 - no error: the file is left alone and all is done anew
    """A file's new text does not stand the check."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(why)
        self.path = path
        self.why = why


def run(
    app: App, flags: tuple[Flag, ...], options: Options, read: Callable[[str], bytes | None]
) -> FoldResult:
    """Do all of it. A file whose new text does not stand the check stays, and the rest is done anew."""
    result = _once(app, flags, options, read)
    for _ in range(_AGAIN):
        if not result.files or not any(each.flag for each in result.refusals):
            break
        # What was refused may be certain now that other writers of a variable have gone.
        after = {each.path: each.after for each in result.files}
        following = _once(app, flags, options, _over(after, read))
        if not following.files:
            break
        result = _joined(result, following)
    return result


def _over(
    after: Mapping[str, bytes | None], read: Callable[[str], bytes | None]
) -> Callable[[str], bytes | None]:
    return lambda path: after[path] if path in after else read(path)


def _once(
    app: App, flags: tuple[Flag, ...], options: Options, read: Callable[[str], bytes | None]
) -> FoldResult:
    refused: dict[str, str] = {}
    for _ in range(_AGAIN):
        try:
            return Project(app, flags, options, read, refused).run()
        except Broken as broken:
            refused[broken.path] = broken.why
    return FoldResult(unread=refused)


def _joined(one: FoldResult, two: FoldResult) -> FoldResult:
    """Two runs, the one after the other, as one."""
    files = {each.path: each for each in one.files}
    for each in two.files:
        first = files.get(each.path)
        files[each.path] = (
            replace(first, after=each.after, changes=first.changes + each.changes)
            if first is not None
            else each
        )
    unused = {folder: set(names) for folder, names in one.unused_dependencies.items()}
    for folder, names in two.unused_dependencies.items():
        unused.setdefault(folder, set()).update(names)
    return replace(
        two,
        files=tuple(files[path] for path in sorted(files) if files[path].after != files[path].before),
        removed=tuple(sorted({*one.removed, *two.removed}, key=lambda each: each.path)),
        refusals=tuple(each for each in one.refusals if not each.flag) + two.refusals,
        unused_exports=one.unused_exports + two.unused_exports,
        unused_dependencies={folder: tuple(sorted(names)) for folder, names in unused.items()},
        references=one.references,
        folded=one.references - sum(each.flag for each in two.refusals),
    )


class Project(Left):
    """One run."""

    def __init__(
        self,
        app: App,
        flags: tuple[Flag, ...],
        options: Options,
        read: Callable[[str], bytes | None],
        refused: Mapping[str, str],
    ) -> None:
        super().__init__(app, flags, options, read, refused)
        self.notes: list[Refusal] = []
        self.unused: dict[tuple[str, str], UnusedExport] = {}
        self.references = 0

    def run(self) -> FoldResult:
        holding = self.modules.holding(self.flags) if self.flags else []
        listed = {path: self._lines(path) for path in holding if not is_code(path)}
        old = set(self.options.old.files)
        if not holding and not old:
            return FoldResult(unread=self.modules.unread, listed=listed)
        folding = Folding(
            self.modules, self.flags, unsafe=self.options.unsafe, editable=self.editable, test=self.test
        )
        folding.learn([path for path in holding if is_code(path)])
        self._fold(folding)
        if self.options.orphans:
            self._clean(set(self.states))
            properties = Properties(self.modules, folding, self.texts, unsafe=self.options.unsafe)
            for _ in range(_ROUNDS):
                changed = self._properties(properties)
                if not changed:
                    break
                self._clean(changed)
            self.notes += properties.notes
        residue = Residue(self.modules, folding, self.texts)
        if self.options.residual == "twin":
            self._twins(residue, folding)
        for _ in range(_ROUNDS if self.options.files else 0):
            if not self._files(old):
                break
        self._check()
        residual = residue.find(self.states)
        lints = Lints(self.modules, self.states, self.texts, old=self.options.old, new=self.options.new).find(
            set(residue.pairs.values()), residual, self.removed
        )
        return replace(self._result(folding, listed), residual=tuple(residual), lints=tuple(lints))

    # Folding

    def _fold(self, folding: Folding) -> None:
        for path, names in sorted(folding.names.items()):
            self.references += len(names.places)
            facts = names.facts
            self.owned[path] = {each.declared[0] for each in (*facts.consts, *facts.calls, *facts.aliases)}
            if self._public(path):
                self._published(names)
            state = State(names.source, names.source)
            try:
                changed = fold_file(state, folding, names)
            except ValueError as error:
                raise Broken(path, f"its edits do not fit together: {error}") from error
            except RecursionError:
                raise Broken(path, "it is nested too deep") from None
            self.states[path] = state
            if changed:
                self._watched(state)
                self.modules.put(path, state.source)

    def _published(self, names: Names) -> None:
        """What a published package exports stays, with the flag's value, and is said."""
        facts, source = names.facts, names.source
        for binding in (*facts.consts, *facts.calls):
            if not names.exported(binding):
                continue
            if binding in facts.consts:
                facts.printed.add(binding)
            at = binding.declared[0]
            line, column = source.text.line(at), source.text.column(at)
            reason = (
                f"the package is published, and others may import {binding.name}: it stays, with its value"
            )
            self.notes.append(Refusal("export.public", source.path, line, column, reason, binding.name))

    def _watched(self, state: State) -> None:
        """See to the lists of dependencies of a file that was folded."""
        work = Watched(state.first, state.source, state.back, unsafe=self.options.unsafe)
        edits = work.result()
        if edits or work.made:
            state.apply(edits, work.made)

    def _clean(self, paths: set[str]) -> None:
        """Take out what became unused, within files and between them."""
        waiting: dict[str, dict[str, None]] = {path: {} for path in paths}
        first = {path: self.states[path].first for path in paths if path in self.states}
        for _ in range(_ROUNDS):
            for path, unexported in sorted(waiting.items()):
                self._orphans(path, unexported)
            lost = {path: own for path in sorted(paths) if (own := self._own_exports(path))}
            for path in sorted(waiting):
                if path in self.states:
                    for target, name in self._lost(
                        first.get(path) or self.states[path].first, self.states[path].source
                    ):
                        if self._unimported(target, name):
                            lost.setdefault(target, {})[name] = None
            waiting = {}
            for target, names in lost.items():
                fresh = {name: None for name in names if (target, name) not in self.unused}
                if fresh and self.state(target) is not None:
                    waiting[target] = fresh
                    first.setdefault(target, self.states[target].first)
            if not waiting:
                return

    def _orphans(self, path: str, unexported: Mapping[str, None]) -> None:
        state = self.states.get(path)
        if state is None:
            return
        local = self._local(state.source, unexported)
        exported = self.modules.exports(state.first).names
        for name in unexported:
            binding = exported[name].binding if name in exported else None
            line = state.first.text.line(binding.declared[0]) if binding is not None else 1
            self.unused[path, name] = UnusedExport(path, line, name)
        if unexported and (edits := emptied_exports(state.source, unexported)):
            state.apply(edits, ())
            self.modules.put(path, state.source)
        owned = self.owned.get(path, set())
        for _ in range(_ROUNDS):
            work = Orphans(
                state.first, state.source, state.back, unexported=local, owned=owned, idle=self._idle
            )
            edits = work.result()
            if not edits:
                break
            try:
                state.apply(edits, work.made)
            except ValueError as error:
                raise Broken(path, f"its edits do not fit together: {error}") from error
            self.modules.put(path, state.source)
        for name in unexported:
            if name not in self.modules.exports(state.source).names:
                self.unused.pop((path, name), None)

    def _idle(self, source: Source, node: Node) -> bool:
        """Whether a hook's call may go with its result: on request, and where it is the old stack's."""
        callee = field(node, "function") if node.type == "call_expression" else None
        if not self.options.unsafe or callee is None or callee.type != "identifier":
            return False
        if not re.match(r"use[A-Z]", source.word(callee)) or not all(
            pure(source, each) for each in children(field(node, "arguments") or node)
        ):
            return False
        binding = source.binding(callee)
        taken = self.modules.import_of(source, binding) if binding is not None else None
        target = self.modules.target(source, taken.specifier) if taken is not None else None
        return target is not None and (not self.options.old.modules or self._is_old(target))

    def _twins(self, residue: Residue, folding: Folding) -> None:
        """Give to the new stack's objects what they can do, and take out what that leaves."""
        changed: set[str] = set()
        for path, (edits, made) in residue.twins(self.states).items():
            if edits and (state := self.state(path)) is not None:
                state.apply(edits, made)
                self.modules.put(path, state.source)
                changed.add(path)
        self._clean(changed)
        properties = Properties(self.modules, folding, self.texts, unsafe=True)
        for _ in range(_ROUNDS):
            changed = self._properties(properties)
            if not changed:
                break
            self._clean(changed)

    # Properties and files

    def _properties(self, properties: Properties) -> set[str]:
        changed: set[str] = set()
        for path, (edits, made) in properties.edits(self.states).items():
            state = self.state(path)
            if state is None or not edits:
                continue
            state.apply(edits, made)
            self.modules.put(path, state.source)
            changed.add(path)
        return changed

    def _files(self, old: set[str]) -> bool:
        """Take out files that nothing reaches any more; whether there were any."""
        self.modules.index()
        links = self.modules.targets
        after = {
            path: self.modules.links(path, state.source.raw)[0]
            for path, state in self.states.items()
            if state.changed and path not in self.removed
        }
        after |= dict.fromkeys(self.removed, ())
        reach = Reach(
            self.modules, links, dropped=old, keep=self.options.keep | set(self.refused), test=self.test
        )
        dead = reach.dead(after, self.texts)
        fresh = [
            each
            for each in dead.removed
            if each.path not in self.removed and (each.path in old or not self.auto_imported(each.path))
        ]
        self.notes = [n for n in self.notes if not n.rule.startswith("files.")] + list(dead.held)
        if not fresh:
            return False
        for path, places in reach.listed.items():
            self._unlist(path, places)
        lost: dict[str, dict[str, None]] = {}
        for each in fresh:
            self.removed[each.path] = each
        for each in fresh:
            source = self.modules.source(each.path)
            for target, name in self._taken(source) if source is not None else ():
                if target not in self.removed:
                    lost.setdefault(target, {})[name] = None
        if self.options.orphans:
            for target, names in lost.items():
                gone = {name: None for name in names if self._unimported(target, name)}
                if gone and self.state(target) is not None:
                    self._orphans(target, gone)
                    self._clean({target})
        return True

    def _unlist(self, path: str, places: Sequence[int]) -> None:
        """Take what goes out of a tool's list of entries."""
        state = self.state(path)
        if state is None:
            return
        source, cutter = state.source, Cutter(state.source)
        lists: dict[int, tuple[Node, list[Node]]] = {}
        for place in places:
            node = source.at(place - len(source.text.bom))
            while node.type not in ("string", "program") and (above := source.parent(node)) is not None:
                node = above
            owner = source.parent(node)
            if owner is not None and owner.type == "pair" and field(owner, "value") == node:
                node, owner = owner, source.parent(owner)
            if owner is None or owner.type not in ("array", "object"):
                where = f"{path}:{source.text.line(node.start_byte)}"
                reason = f"the file goes, and {where} still names it: {source.word(node)[:80]}"
                self.notes.append(Refusal("config.entry", path, source.text.line(node.start_byte), 1, reason))
                continue
            cutter.note("config.entry", node, "the file goes")
            lists.setdefault(owner.id, (owner, []))[1].append(node)
        for owner, items in lists.values():
            cutter.remove_items(children(owner), items)
        if edits := cutter.result():
            state.apply(edits, cutter.made)
            self.modules.put(path, state.source)

    # The result

    def _check(self) -> None:
        for path, state in sorted(self.states.items()):
            if path not in self.removed and state.changed and (why := problem_of(state)):
                raise Broken(path, why)

    def _result(self, folding: Folding, listed: Mapping[str, tuple[int, ...]]) -> FoldResult:
        files: list[FileEdit] = []
        refusals = list(self.notes)
        for path, state in sorted(self.states.items()):
            if path in self.removed:
                continue
            refusals += state.refusals
            if state.changed:
                files.append(FileEdit(path, state.first.raw, state.source.raw, tuple(state.changes)))
        for path, removed in self.removed.items():
            change = Change("files.unreached", "safe", 1, 1, removed.reason)
            files.append(FileEdit(path, self.modules.read(path) or b"", None, (change,)))
        left = self._left(folding)
        refusals += left
        for path, why in self.refused.items():
            refusals.append(Refusal("verify.refused", path, 1, 1, why))
        return FoldResult(
            files=tuple(sorted(files, key=lambda each: each.path)),
            refusals=tuple(sorted(dict.fromkeys(refusals), key=lambda r: (r.path, r.line, r.column, r.rule))),
            removed=tuple(self.removed[path] for path in sorted(self.removed)),
            unused_exports=tuple(
                each for (path, _), each in sorted(self.unused.items()) if path not in self.removed
            ),
            unused_dependencies=self._dependencies(),
            unread=dict(self.modules.unread),
            listed=listed,
            references=self.references,
            folded=max(0, self.references - len(left)),
        )


__all__ = ["package_of", "run"]
