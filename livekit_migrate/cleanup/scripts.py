"""package.json scripts that run what goes: the whole script, or its part of a longer command."""

from __future__ import annotations

import re

from ..app.manifests import Package
from ..code.json_cut import Json
from .commands import ENDING as _ENDING
from .commands import RUN as _RUN
from .commands import parts_of, program_of, sources_of, started, words_of
from .work import Decision, Work

_SHELL_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+""")
# Programs that run several commands: `concurrently` takes commands, the others names of scripts.
_AT_ONCE = frozenset({"concurrently", "npm-run-all", "npm-run-all2", "run-p", "run-s"})
_HOOK = re.compile(r"^(?:pre|post)(.+)$")


def plan_scripts(work: Work, package: Package, document: Json) -> Json:
    """The manifest without the scripts that run files which go, and without the calls of such scripts."""
    if not work.chosen.wants("dependencies.script") or not work.removed:
        return document
    scripts = dict(package.scripts)
    gone: set[str] = set()
    edited: dict[str, str] = {}
    while True:
        before = (set(gone), dict(edited))
        for name, command in scripts.items():
            if name in gone:
                continue
            left = _without(work, package, edited.get(name, command), gone)
            hook = _HOOK.match(name)
            if left == "" or (hook and hook[1] in gone):
                gone.add(name)
                edited.pop(name, None)
            elif left is not None and left != edited.get(name, command):
                edited[name] = left
        if (gone, edited) == before:
            break
    for name, command in edited.items():
        _say(work, document, package, name, f"script {name}: the part that runs what goes", command)
        document = document.with_text_at(("scripts", name), command)
    for name in sorted(gone):
        _say(work, document, package, name, f"script {name}", "")
    paths: list[tuple[str | int, ...]] = [("scripts", name) for name in gone]
    if gone and gone == set(scripts):
        paths = [("scripts",)]
    _report_rest(work, package, scripts, gone | set(edited), gone)
    return document.without(paths)


def _say(  # noqa: PLR0917
    work: Work, document: Json, package: Package, name: str, title: str, after: str
) -> None:
    scripts = document.root.get("scripts")
    start = next((at for key, at, _ in scripts.parts if key == name), 0) if scripts else 0
    command = package.scripts[name]
    work.say(
        Decision(
            "dependencies.script",
            "safe",
            package.file,
            title,
            "it runs a file that goes",
            line=document.line(start),
            before=command,
            after=after,
        )
    )


def _without(work: Work, package: Package, command: str, gone: set[str]) -> str | None:
    """The command without the parts that run what goes: empty where nothing is left, None where all stays."""
    parts, operators = parts_of(command)
    lefts = [_left(work, package, part, gone) for part in parts]
    if all(left is None for left in lefts):
        return None
    dead = [left == "" for left in lefts]
    if any(operator in ("|", "||") for operator in operators) or "$(" in command or "`" in command:
        return None if not all(dead) else ""
    kept: list[str] = []
    for index, part in enumerate(parts):
        if dead[index]:
            continue
        if kept:
            kept.append(f" {operators[index - 1]} " if operators[index - 1] != ";" else "; ")
        left = lefts[index]
        kept.append(part if left is None else left)
    text = "".join(kept).strip()
    # `a & b`: what is left must not stay in the background where the part that is gone was waited for.
    return text.removesuffix("&").strip() if dead[-1] else text


def _left(work: Work, package: Package, part: str, gone: set[str]) -> str | None:
    """What is left of one command: empty where all of it runs what goes, None where nothing does."""
    run = _RUN.match(part)
    if run and run[1] in gone and run[1] in package.scripts:
        return ""
    name, rest = program_of(words_of(part))
    if name in _AT_ONCE:
        return _several(work, package, part, gone)
    files = started(work, package.folder, part)
    if files is None:
        # A tool that gets files: what it does with the others is a person's to say.
        files = [
            path
            for word in rest
            if not word.startswith("-") and _ENDING.search(word)
            for path in sources_of(work, package.folder, word)
        ]
    return "" if files and all(_goes(work, path) for path in files) else None


def _several(work: Work, package: Package, part: str, gone: set[str]) -> str | None:
    """What is left of a command that runs several at once, or one after the other."""
    words = [(found[0], words_of(found[0])) for found in _SHELL_WORD.finditer(part)]
    name = next(index for index, (_, said) in enumerate(words) if said and said[0] in _AT_ONCE)
    scripts = words[name][1][0] != "concurrently"
    options = {"-n", "--names", "-c", "--prefix-colors", "-p", "--prefix", "-l", "-k", "--max-parallel"}
    listed: dict[int, list[str]] = {}
    jobs: list[int] = []
    at = name + 1
    while at < len(words):
        said = words[at][1][0] if words[at][1] else ""
        if not scripts and said in options - {"-k", "-l"}:
            at += 1
            if at < len(words) and said in ("-n", "--names", "-c", "--prefix-colors"):
                listed[at] = words[at][1][0].split(",") if words[at][1] else []
        elif not said.startswith("-"):
            jobs.append(at)
        at += 1
    dead = [at for at in jobs if _is_dead_job(work, package, words[at][1][0], gone, scripts=scripts)]
    if not dead:
        return None
    if len(dead) == len(jobs):
        return ""
    if any(len(names) != len(jobs) for names in listed.values()) or "=" in part:
        return None  # names and colours that lkm cannot match with the commands
    kept = [jobs.index(at) for at in jobs if at not in dead]
    texts = {
        at: words[at][0].replace(",".join(names), ",".join(names[i] for i in kept))
        for at, names in listed.items()
    }
    return " ".join(texts.get(at, text) for at, (text, _) in enumerate(words) if at not in dead)


def _is_dead_job(work: Work, package: Package, job: str, gone: set[str], *, scripts: bool) -> bool:
    named = job.split(" ", 1)[0] if scripts else job.removeprefix("npm:") if job.startswith("npm:") else ""
    if named:
        return named in gone and named in package.scripts
    return _without(work, package, job, gone) == ""


def _goes(work: Work, path: str) -> bool:
    return path in work.after and work.after[path] is None


def _runs_removed(work: Work, folder: str, word: str) -> bool:
    if not _ENDING.search(word) and "/" not in word:
        return False
    return any(_goes(work, path) for path in sources_of(work, folder, word))


def _calls(command: str) -> list[str]:
    """The scripts that a command calls, wherever it does."""
    found = re.findall(r"(?:npm|pnpm|yarn|bun)(?:\s+(?:-\S+|run))*\s+([\w:.@/-]+)|npm:([\w:.@/-]+)", command)
    return [a or b for a, b in found]


def _report_rest(
    work: Work, package: Package, scripts: dict[str, str], done: set[str], gone: set[str]
) -> None:
    """Scripts that still speak of what goes, where only a person can say what they shall do."""
    for name, command in scripts.items():
        if name in done:
            continue
        words = [word.strip("\"'") for word in command.split()]
        runs = any(_runs_removed(work, package.folder, word) for word in words) or any(
            map(gone.__contains__, _calls(command))
        )
        if runs or work.recipe.speaks(command):
            work.say(
                Decision(
                    "dependencies.script-by-hand",
                    "refuse",
                    package.file,
                    f"script {name} speaks of what goes",
                    "what the rest of its command shall do is not lkm's to say",
                    before=command,
                    done=False,
                )
            )
