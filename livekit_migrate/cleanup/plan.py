"""The plan: all steps in their order over one picture of the app, and the change set that does them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..app.look import look
from ..core.changes import ChangeSet, FileChange, change
from ..core.report import Reporter
from .configs import plan_configs
from .dockerfiles import plan_dockerfiles
from .engine import Flag, FoldResult, OldStack, Options, fold_project
from .env_files import plan_env_files
from .manifests import plan_dependencies
from .ports import closing
from .proxies import list_proxies
from .recipe import Recipe
from .roots import say_tests, uprooted
from .texts import list_texts, plan_texts
from .trim import trim
from .variables import plan_variables
from .whole import has_moved, why_not
from .work import Chosen, Decision, Work, moved_lines
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
        """Why what stays cannot work yet."""
        return [each for each in self.decisions if each.rule.startswith("lint.")]

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
    return name.startswith(".env") and not any(
        word in name for word in ("example", "sample", "template", "dist")
    )


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
        progress.finish(f"{len(app.tree.files)} files, {len(app.packages)} packages")
    work = Work(app, recipe, chosen)
    with reporter.step("code") as progress:
        fold = _fold(work, twin=residual_twin)
        progress.finish(f"{fold.folded} of {fold.references} places folded, {len(fold.removed)} files go")
    if chosen.wants("code"):
        trim(work)
        say_tests(work)
    _lint_stacks(work)
    with reporter.step("dependencies"):
        if chosen.wants("dependencies"):
            plan_dependencies(work)
    with reporter.step("variables"):
        if chosen.wants("variables"):
            plan_variables(work)
            plan_env_files(work, real=real_env)
            plan_configs(work)
    with reporter.step("services"):
        if chosen.wants("services"):
            ports = closing(work) if work.variables else frozenset()
            plan_yaml_files(work, ports)
            plan_dockerfiles(work, ports)
            list_proxies(work, ports)
    work.decisions = [each for each in work.decisions if _still_asks(work, each)]
    with reporter.step("texts"):
        plan_texts(work)
        if chosen.wants("texts"):
            list_texts(work)
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


def _fold(work: Work, *, twin: bool) -> FoldResult:
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
        return folded
    # What only starts and stops the old stack is looked for in the code as the flag leaves it.
    files, edited = uprooted(work)
    if not files:
        return folded
    for path, data in edited.items():
        work.put(path, data)
    removed = _remove(work, files, options)
    return replace(
        folded,
        removed=(*folded.removed, *removed.removed),
        lints=(*folded.lints, *(lint for lint in removed.lints if lint not in folded.lints)),
    )


def _remove(work: Work, files: tuple[str, ...], options: Options) -> FoldResult:
    """Take the old stack's files out, build configuration that names them first.

    A file that stays all the same, for a reason that the engine finds, stays in the configuration, too.
    """
    after, decisions = dict(work.after), list(work.decisions)
    while True:
        for path in files:
            work.after[path] = None
        plan_configs(work)
        for path in files:
            work.after.pop(path, None)
            if path in after:
                work.after[path] = after[path]
        options = replace(options, old=replace(options.old, files=files))
        found = fold_project(work.app, (), options, read=work.now)
        gone = {edit.path for edit in found.files if edit.after is None}
        left = tuple(path for path in files if path in gone)
        if left == files or not left:
            _take(work, _on_disk(work, found))
            return found
        work.after, work.decisions = dict(after), list(decisions)
        files = left


def _on_disk(work: Work, found: FoldResult) -> FoldResult:
    """The answer with the lines of the files as they are on disk: it was given for files half done."""
    lines: dict[str, dict[int, int]] = {}

    def line(path: str, number: int) -> int:
        if path not in lines:
            before, now = work.before(path), work.now(path)
            same = before is None or now is None or before == now
            lines[path] = {} if same else moved_lines(now or b"", before or b"")
        return lines[path].get(number, number)

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


def _take(work: Work, found: FoldResult) -> None:
    """The engine's answer as decisions and new bytes."""
    reasons = {each.path: each for each in found.removed}
    for edit in found.files:
        work.put(edit.path, edit.after)
        for each in edit.changes:
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
        if edit.after is None:
            why = reasons[edit.path].reason if edit.path in reasons else "nothing reaches it any more"
            importers = reasons[edit.path].importers if edit.path in reasons else ()
            was = f"; it was imported by {', '.join(importers[:3])}" if importers else ""
            work.say(Decision("code.file", "safe", edit.path, f"{edit.path} goes", why + was))
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
        work.say(Decision(lint.rule, "refuse", lint.path, lint.reason, lint.hint, line=lint.line, done=False))


def _rule(rule: str) -> str:
    """The engine's rule under the step that it belongs to."""
    head, _, tail = rule.partition(".")
    steps = {"fold": "flag", "orphan": "orphans", "dependencies": "orphans", "files": "code"}
    return steps.get(head, head) + (f".{tail}" if tail else "")
