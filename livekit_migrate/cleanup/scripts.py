"""package.json scripts that run what goes: the whole script, or its part of a longer command."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ..app.manifests import Package, join
from ..code.json_cut import Json
from .work import Decision, Work

_BUILT = ("dist", "build", "out", "lib", ".build")
_ENDING = re.compile(r"\.(?:[cm]?[jt]sx?)$")
_RUN = re.compile(r"^(?:npm|pnpm|yarn|bun)(?:\s+(?:-\S+|run))*\s+([\w:.@/-]+)(?:\s|$)")
_OPERATOR = re.compile(r"\s*(&&|\|\||&|;|\|)\s*")
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
    _report_rest(work, package, scripts, gone | set(edited))
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
    pieces = _OPERATOR.split(command)
    parts, operators = pieces[::2], pieces[1::2]
    dead = [_is_dead(work, package, part, gone) for part in parts]
    if not any(dead):
        return None
    if any(operator in ("|", "||") for operator in operators) or "$(" in command or "`" in command:
        return None if not all(dead) else ""
    kept: list[str] = []
    for index, part in enumerate(parts):
        if dead[index]:
            continue
        if kept:
            kept.append(f" {operators[index - 1]} " if operators[index - 1] != ";" else "; ")
        kept.append(part)
    text = "".join(kept).strip()
    # `a & b`: what is left must not stay in the background where the part that is gone was waited for.
    return text.removesuffix("&").strip() if dead[-1] else text


def _is_dead(work: Work, package: Package, part: str, gone: set[str]) -> bool:
    words = [word.strip("\"'") for word in part.split()]
    run = _RUN.match(part.strip())
    if run and run[1] in gone and run[1] in package.scripts:
        return True
    return any(_runs_removed(work, package.folder, word) for word in words if not word.startswith("-"))


def _runs_removed(work: Work, folder: str, word: str) -> bool:
    if not _ENDING.search(word) and "/" not in word:
        return False
    return any(path in work.after and work.after[path] is None for path in sources_of(work, folder, word))


def sources_of(work: Work, folder: str, word: str) -> Iterator[str]:
    """The files of the app that a path in a command or configuration may mean: itself, or what it is built
    from (``dist/sfu.js`` is built from ``src/sfu.ts``).
    """
    path = posixpath.normpath(join(folder, word))
    stem = _ENDING.sub("", path)
    inside = posixpath.relpath(stem, folder or ".")
    stems = [stem]
    top, _, rest = inside.partition("/")
    if rest and top in _BUILT:
        stems += [join(folder, f"src/{rest}"), join(folder, rest)]
        if rest.startswith("src/"):
            stems.append(join(folder, rest))
    for each in stems:
        for ending in ("", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"):
            if each + ending in work.app.files:
                yield each + ending
                break


def _report_rest(work: Work, package: Package, scripts: dict[str, str], done: set[str]) -> None:
    """Scripts that still speak of what goes, where only a person can say what they shall do."""
    for name, command in scripts.items():
        if name in done:
            continue
        words = [word.strip("\"'") for word in command.split()]
        if any(_runs_removed(work, package.folder, word) for word in words) or work.recipe.speaks(command):
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
