"""The plan: all steps in their order over one picture of the app, and the change set that does them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from ..app.look import look
from ..code.env import is_example
from ..core.changes import ChangeSet, FileChange, change
from ..core.counting import count
from ..core.report import Reporter
from .configs import plan_configs
from .cutting import plan_cut
from .dependencies import note_what_is_still_used
from .dockerfiles import plan_dockerfiles
from .engine import Flag, FoldResult, OldStack, Options, fold_project
from .env_files import plan_env_files
from .manifests import plan_dependencies
from .ports import closing
from .proxies import plan_proxies
from .recipe import Recipe
from .roots import Roots, say_tests, uprooted
from .texts import list_texts, plan_texts
from .trim import trim
from .variables import plan_variables
from .whole import has_moved, why_not
from .work import Chosen, Decision, Grade, Work, first_difference
from .yaml_files import plan_yaml_files


@dataclass(frozen=True, slots=True)
class Plan:
    """What a cleanup would do.

    Args:
        work: every file before and after, and every decision.
        fold: what the engine says of the code.
    """

    work: Work
    fold: FoldResult
    title: str

    @property
    def root(self) -> Path:
        return self.work.app.root

    @property
    def decisions(self) -> list[Decision]:
        return self.work.decisions

    @property
    def empty(self) -> bool:
        return not self.work.after

    @property
    def lints(self) -> list[Decision]:
        """Why what stays cannot work yet; single uses of the old object come last."""
        found = [each for each in self.decisions if each.rule.startswith("lint.")]
        return sorted(found, key=lambda each: each.rule == "lint.stub")

    def changes(self, root: Path) -> ChangeSet:
        """The change set.

        Args:
            root: the project that the journal belongs to.
        """
        found: list[FileChange] = []
        for path, data in sorted(self.work.after.items()):
            item = change(self.root / path, data, secret=_is_secret(path))
            before = self.work.before(path)
            # What the plan was made on: had somebody changed the file since, the journal refuses.
            found.append(FileChange(item.path, before, item.after, item.mode, item.secret, item.before_mode))
        return ChangeSet(self.title, root, tuple(found))


def _is_secret(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith(".env") and not is_example(name)


def make_plan(
    root: Path,
    recipe: Recipe,
    chosen: Chosen,
    reporter: Reporter,
    *,
    title: str,
    real_env: bool = False,
    residual_twin: bool = False,
) -> Plan:
    """Plan a cleanup of the app in a folder; nothing is written.

    Args:
        root: absolute.
        title: the command as a user types it.
        real_env: also take the flag out of .env files that hold this machine's own values.

    Raises:
        UsageError: it is no folder, or a bare git repository.
        ConfigError: it cannot be read at all.
    """
    with reporter.step("look") as progress:
        app = look(root)
        progress.finish(f"{count(len(app.tree.files), 'file')}, {count(len(app.packages), 'package')}")
    work = Work(app, recipe, chosen)
    with reporter.step("code") as progress:
        fold, keep = _fold(work, twin=residual_twin)
        if chosen.wants("code"):
            if chosen.cut:
                plan_cut(work)
            trim(work, keep)
            say_tests(work)
        going = count(len(work.removed), "file")
        progress.finish(f"{fold.folded} of {fold.references} places folded, {going} to delete")
    _lint_stacks(work)
    with reporter.step("dependencies"):
        if chosen.wants("dependencies"):
            plan_dependencies(work)
        if not chosen.wants("dependencies.unused"):
            note_what_is_still_used(work)
    with reporter.step("variables"):
        if chosen.wants("variables"):
            plan_variables(work)
            plan_env_files(work, real=real_env)
            plan_configs(work)
    ports = closing(work) if work.variables or work.tested else frozenset()
    with reporter.step("services"):
        if chosen.wants("services"):
            plan_yaml_files(work, ports)
            plan_dockerfiles(work, ports)
            plan_proxies(work, ports)
    # Two looks at the code, before and after files went, may come to the same.
    work.decisions = [each for each in dict.fromkeys(work.decisions) if _still_asks(work, each)]
    with reporter.step("texts"):
        plan_texts(work)
        if chosen.wants("texts"):
            list_texts(work, ports)
    return Plan(work, fold, title)


def _still_asks(work: Work, each: Decision) -> bool:
    """Whether something is left to decide: not in a file that went in a later step."""
    gone = work.after.get(each.file, b"") is None
    return each.done or not gone


def _lint_stacks(work: Work) -> None:
    """The first reasons of all why nothing may go."""
    file, reason = why_not(work)
    if reason:
        said = f"this is no {work.recipe.old} app that lkm cleans up"
        work.say(Decision("lint.not-ours", "refuse", file, said, reason, done=False))
    if not work.after or not work.recipe.stays or has_moved(work):
        return
    why = f"no file imports {work.recipe.stays[0]} or another package of {work.recipe.new}"
    said = f"nothing here uses {work.recipe.new} yet: without {work.recipe.old} there would be no calls"
    file = next((p.file for p in work.app.packages.values()), "package.json")
    work.say(Decision("lint.no-new-stack", "refuse", file, said, why, done=False))


def _fold(work: Work, *, twin: bool) -> tuple[FoldResult, frozenset[str]]:
    """The code as it will be; with the files that stay as they are although nothing starts them any more."""
    recipe, chosen = work.recipe, work.chosen
    flags: tuple[Flag, ...] = ()
    if chosen.wants("flag"):
        by_value: dict[str, list[str]] = {}
        for flag in recipe.flags:
            by_value.setdefault(flag.value, []).append(flag.name)
        flags = tuple(Flag(tuple(names), value) for value, names in by_value.items())
    options = Options(
        old=OldStack(recipe.packages, (), recipe.messages),
        new=recipe.stays,
        unsafe=chosen.unsafe,
        residual="twin" if twin else "report",
        orphans=chosen.wants("orphans"),
        files=chosen.wants("code"),
    )
    folded = fold_project(work.app, flags, options, read=work.before)
    _take(work, folded)
    if not chosen.wants("code"):
        return folded, frozenset()
    # What only starts and stops the old stack is looked for in the code as the flag leaves it.
    after, decisions = dict(work.after), list(work.decisions)
    held: set[str] = set()
    while True:
        roots = uprooted(work, held)
        if not roots.files:
            return folded, frozenset()
        removed = _remove(work, roots, options)
        gone = {edit.path for edit in removed.files if edit.after is None}
        stays = set(roots.files) - gone
        if not stays:
            break
        # The engine knows a reason why one stays: what starts it stays, too.
        said = [each for each in removed.refusals if each.path in stays]
        work.after, work.decisions = dict(after), list(decisions)
        _take(work, _on_disk(work, FoldResult(refusals=tuple(said))))
        decisions = list(work.decisions)
        held |= stays
    removed = _on_disk(work, removed)
    _take(work, removed, roots.asked)
    for path in sorted(roots.left):
        said_so = "nothing starts it any more"
        why = f"it is {recipe.old}'s and does something else, too: keep of it what you need"
        work.say(Decision("code.unstarted", "refuse", path, said_so, why, done=False))
    lints = (*folded.lints, *(lint for lint in removed.lints if lint not in folded.lints))
    return replace(folded, removed=(*folded.removed, *removed.removed), lints=lints), roots.left


def _remove(work: Work, roots: Roots, options: Options) -> FoldResult:
    """What the engine says of the old stack's files going, build configuration that names them first."""
    for path, data in roots.edited.items():
        work.put(path, data)
    before = {path: work.after[path] for path in roots.files if path in work.after}
    for path in roots.files:
        work.after[path] = None
    plan_configs(work)
    for path in roots.files:
        del work.after[path]
    work.after.update(before)
    old = replace(options.old, files=roots.files)
    options = replace(options, old=old, keep=options.keep | roots.left)
    return fold_project(work.app, (), options, read=work.now)


def _on_disk(work: Work, found: FoldResult) -> FoldResult:
    """The answer with the lines of the files as they are on disk: it was given for files half done."""
    line = work.disk_line
    return replace(
        found,
        files=tuple(
            replace(e, changes=tuple(replace(c, line=line(e.path, c.line)) for c in e.changes))
            for e in found.files
        ),
        refusals=tuple(replace(r, line=line(r.path, r.line)) for r in found.refusals),
        residual=tuple(replace(r, line=line(r.path, r.line)) for r in found.residual),
        lints=tuple(replace(each, line=line(each.path, each.line)) for each in found.lints),
    )


def _take(work: Work, found: FoldResult, asked: Collection[str] = ()) -> None:
    """The engine's answer as decisions and new bytes.

    Args:
        asked: files that go on request alone.
    """
    reasons = {each.path: each for each in found.removed}
    for edit in found.files:
        work.put(edit.path, edit.after)
        # Why a file goes is said once, below.
        for each in edit.changes if edit.after is not None else ():
            work.say(
                Decision(
                    _rule(each.rule),
                    each.grade,
                    edit.path,
                    each.reason,
                    line=each.line,
                    before=each.before,
                    after=each.after,
                )
            )
        if edit.after is not None and not edit.changes:
            said = "exports that nothing takes any more"
            line = first_difference(edit.before, edit.after)
            work.say(
                Decision("orphans.export", "safe", edit.path, said, "their last importer is gone", line=line)
            )
        if edit.after is None:
            why = reasons[edit.path].reason if edit.path in reasons else "nothing reaches it any more"
            importers = reasons[edit.path].importers if edit.path in reasons else ()
            was = f"; it was imported by {', '.join(importers[:3])}" if importers else ""
            grade: Grade = "unsafe" if edit.path in asked else "safe"
            work.say(Decision("code.file", grade, edit.path, f"{edit.path} goes", why + was))
    for refusal in found.refusals:
        work.say(
            Decision(
                _rule(refusal.rule),
                "refuse",
                refusal.path,
                refusal.reason,
                line=refusal.line,
                before=refusal.text,
                done=False,
            )
        )
    for use in found.residual:
        name = f"{use.name}.{use.member}" if use.member else use.name
        twin = f"{use.twin}.{use.member}" if use.twin else ""
        if twin and use.stub:
            twin += ", which is a constant or does nothing"
        work.say(
            Decision(
                "code.residual",
                "refuse",
                use.path,
                f"{name} is still used",
                use.reason.replace("--residual twin", "--twin"),
                line=use.line,
                equivalent=twin,
                done=False,
            )
        )
    for export in found.unused_exports:
        why = "its last importer is gone, its own file still uses it"
        said = f"{export.name} needs no export any more"
        work.say(Decision("orphans.export", "refuse", export.path, said, why, line=export.line, done=False))
    for path, reason in found.unread.items():
        work.say(Decision("flag.unread", "refuse", path, "not read as code", reason, done=False))
    for path, lines in found.listed.items():
        numbers = ", ".join(map(str, lines))
        said = "names the flag and is not edited: Vue, Svelte and HTML are a person's"
        why = f"line {numbers}"
        work.say(
            Decision("flag.listed", "refuse", path, said, why, line=lines[0] if lines else None, done=False)
        )
    for lint in found.lints:
        why_not_yet = Decision(
            lint.rule, "refuse", lint.path, lint.reason, lint.hint, line=lint.line, done=False
        )
        if why_not_yet not in work.decisions:
            work.say(why_not_yet)


def _rule(rule: str) -> str:
    """The engine's rule under the step that it belongs to."""
    head, _, tail = rule.partition(".")
    steps = {"fold": "flag", "orphan": "orphans", "dependencies": "orphans", "files": "code"}
    return steps.get(head, head) + (f".{tail}" if tail else "")
