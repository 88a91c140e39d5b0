"""Looking at what a cleanup makes before it is written: parsers, then the app's own tools."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..app.manifests import join
from ..app.tsconfig import configurations
from ..code import json_cut, yaml
from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.parse import parse
from ..code.js.text import NotTextError, Text
from ..core.errors import LkmError
from ..core.process import TIMED_OUT, run
from ..core.report import Reporter
from ..core.result import Finding, Location
from . import overlay
from .work import Work

TIERS = ("none", "parse", "tsc", "eslint", "knip", "all")
SECONDS = 900.0
"""How long one tool may take on one package."""

Problem = tuple[str, str, str]
"""File, code, message: what makes a problem the same after lines have moved."""

_TSC = re.compile(
    r"^(?P<file>[^\n(]+)\((?P<line>\d+),\d+\): error (?P<code>TS\d+): (?P<text>.*)$", re.MULTILINE
)

_BRACES = re.compile(r"\{[^{}]*\}")


def verify(work: Work, tier: str, reporter: Reporter) -> list[Finding]:
    """Findings about the planned state, one for each tool; new problems are failures.

    Args:
        tier: one of ``TIERS``.
    """
    if tier == "none" or not work.after:
        return []
    with reporter.step("verify: parse"):
        found = list(parsed(work))
    tools = {"tsc": _tsc, "eslint": _eslint, "knip": _knip}
    wanted = list(tools) if tier == "all" else [tier] if tier in tools else []
    if not wanted:
        return found
    with overlay.overlay(work.app) as folder:
        before = {name: _measure(work, name, tools[name], folder, reporter) for name in wanted}
        overlay.apply(folder, work.after)
        for name in wanted:
            if before[name] is None:
                how = f"no package of this app has {name} installed: nothing was compared"
                found.append(Finding(f"verify.{name}", "skip", f"{name} was not run", how, "verify"))
                continue
            after = _measure(work, name, tools[name], folder, reporter)
            found += _compared(name, before[name] or {}, after or {})
    return found


def parsed(work: Work) -> Iterator[Finding]:
    """Whether every changed file still parses; what did not before is nobody's fault here."""
    bad = 0
    for path, data in sorted(work.after.items()):
        if data is None:
            continue
        why = _broken(path, data)
        if why and not _broken(path, work.before(path) or b""):
            bad += 1
            place = Location(path)
            yield Finding("verify.parse", "fail", "does not parse any more", why, "verify", place)
    if not bad:
        count = sum(data is not None for data in work.after.values())
        yield Finding("verify.parse", "ok", f"all {count} changed files parse", category="verify")


def _broken(path: str, data: bytes) -> str:
    ending = "." + path.rpartition(".")[2].lower()
    try:
        if grammar := GRAMMAR_OF_ENDING.get(ending):
            return "" if parse(Text(data).code, grammar).sound else "a syntax error"
        if ending == ".json":
            json_cut.read(data, path)
        elif ending in (".yml", ".yaml") and "pnpm-lock" not in path and b"\n---" not in data:
            yaml.parse(data.decode("utf-8").removeprefix("\ufeff"), path)
    except (LkmError, NotTextError, UnicodeDecodeError) as error:
        return str(error)
    return ""


Measured = dict[str, Counter[Problem]]


def _measure(
    work: Work,
    name: str,
    tool: Callable[[Path, str], Counter[Problem] | str | None],
    folder: Path,
    reporter: Reporter,
) -> Measured | None:
    """The problems that a tool sees, by package folder; None where no package has it."""
    found: Measured = {}
    ran = False
    with reporter.step(f"verify: {name}") as step:
        for place in work.app.packages:
            problems = tool(folder, place)
            if problems is None:
                continue
            ran = True
            if isinstance(problems, str):
                problems = Counter({("", "crash", problems): 1})
            found[place] = problems
        step.finish(f"{sum(sum(c.values()) for c in found.values())} problems" if ran else "not installed")
    return found if ran else None


def _compared(name: str, before: Measured, after: Measured) -> Iterator[Finding]:
    fresh: list[tuple[str, Problem, int]] = []
    for place, problems in after.items():
        more = _without_retold(problems, before.get(place, Counter()))
        fresh += [(place, problem, count) for problem, count in sorted(more.items())]
    total = sum(sum(counter.values()) for counter in after.values())
    was = sum(sum(counter.values()) for counter in before.values())
    if not fresh:
        title = f"{name}: no new problem ({was} before, {total} after)"
        yield Finding(
            f"verify.{name}", "ok", title, category="verify", evidence={"before": was, "after": total}
        )
        return
    for place, (file, code, text), count in fresh[:200]:
        where = Location(join(place, file)) if file else None
        yield Finding(
            f"verify.{name}",
            "fail",
            f"{name}: new{f' ({count} times)' if count > 1 else ''}: {code}: {text[:300]}",
            category="verify",
            location=where,
            evidence={"code": code},
        )


def _without_retold(after: Counter[Problem], before: Counter[Problem]) -> Counter[Problem]:
    """The problems that are new; not those whose message only spells an object's type out anew.

    tsc writes the members of a type into what it says (``{ a: A; ... 22 more ...; z: Z; }``): with one member
    less, the same problem has another text.
    """
    gone = Counter((file, code, _shape(text)) for file, code, text in (before - after).elements())
    fresh: Counter[Problem] = Counter()
    for file, code, text in (after - before).elements():
        key = file, code, _shape(text)
        if gone[key] > 0:
            gone[key] -= 1
        else:
            fresh[file, code, text] += 1
    return fresh


def _shape(text: str) -> str:
    """A message without what stands in the braces of types."""
    while (shorter := _BRACES.sub("", text)) != text:
        text = shorter
    return text


def _tool(folder: Path, place: str, name: str) -> Path | None:
    """The program of an installed package, nearest first."""
    here = place
    while True:
        path = folder / here / "node_modules" / ".bin" / name
        if os.path.lexists(path):
            return path
        if not here:
            return None
        here = here.rpartition("/")[0]


def _run(argv: list[str], cwd: Path) -> tuple[int, str]:
    nice = ["nice", "-n", "5"] if shutil.which("nice") else []
    done = run([*nice, *argv], cwd=cwd, timeout=SECONDS, env={**os.environ, "CI": "1", "NO_COLOR": "1"})
    return done.code, done.stdout + done.stderr if argv[0].endswith("tsc") else done.stdout


def _tsc(folder: Path, place: str) -> Counter[Problem] | str | None:
    """What it says for each configuration: one that only refers to others checks nothing itself."""
    cwd = folder / place
    program = _tool(folder, place, "tsc")
    if program is None or not (cwd / "tsconfig.json").is_file():
        return None
    found: Counter[Problem] = Counter()
    for config in configurations(cwd):
        said = _tsc_of(str(program), config, cwd)
        if isinstance(said, str):
            return said
        found |= said
    return found


def _tsc_of(program: str, config: str, cwd: Path) -> Counter[Problem] | str:
    argv = [program, "-p", config, "--noEmit", "--pretty", "false"]
    code, said = _run([*argv, "--incremental", "false"], cwd)
    if code == TIMED_OUT:
        return "took too long"
    if code and any(each in said for each in ("TS5053", "TS6310")):
        code, said = _run(argv, cwd)
    if any(each in said for each in ("TS6305", "TS6310", "TS6379")):
        # Composite: it takes the declarations of other projects, which have to be built; this is a copy.
        code, said = _run([program, "-b", config, "--force", "--pretty", "false"], cwd)
    found: Counter[Problem] = Counter()
    for match in _TSC.finditer(said):
        found[_relative(match["file"], cwd), match["code"], match["text"].strip()] += 1
    if code and not found:
        return said.strip()[-300:] or f"exit code {code}"
    return found


def _relative(file: str, cwd: Path) -> str:
    whole = os.path.normpath(cwd / file)
    return os.path.relpath(whole, cwd)


def _eslint(folder: Path, place: str) -> Counter[Problem] | str | None:
    cwd = folder / place
    program = _tool(folder, place, "eslint")
    configured = any(cwd.glob("eslint.config.*")) or any(cwd.glob(".eslintrc*"))
    if program is None or not configured:
        return None
    code, said = _run([str(program), ".", "--format", "json"], cwd)
    if code == TIMED_OUT:
        return "took too long"
    document = _json(said)
    if not isinstance(document, list):
        return said.strip()[-300:] or f"exit code {code}"
    found: Counter[Problem] = Counter()
    for each in document:
        for message in each.get("messages", ()):
            file = os.path.relpath(each.get("filePath", ""), cwd)
            found[file, str(message.get("ruleId")), str(message.get("message"))] += 1
    return found


def _knip(folder: Path, place: str) -> Counter[Problem] | str | None:
    """knip alone says much; only what is new counts."""
    program = _tool(folder, place, "knip")
    if program is None or place:
        return None
    code, said = _run([str(program), "--reporter", "json", "--no-exit-code"], folder)
    if code == TIMED_OUT:
        return "took too long"
    document = _json(said)
    if not isinstance(document, Mapping):
        return said.strip()[-300:] or f"exit code {code}"
    found: Counter[Problem] = Counter()
    for file in document.get("files", ()):
        found[str(file), "unused file", ""] += 1
    for issue in document.get("issues", ()):
        for kind, entries in issue.items():
            for entry in entries if isinstance(entries, list) else ():
                if isinstance(entry, Mapping) and "name" in entry:
                    found[str(issue.get("file", "")), f"unused {kind}", str(entry["name"])] += 1
    return found


def _json(text: str) -> Any:
    start = min((at for at in (text.find("["), text.find("{")) if at >= 0), default=-1)
    try:
        return json.loads(text[start:]) if start >= 0 else None
    except ValueError:
        return None
