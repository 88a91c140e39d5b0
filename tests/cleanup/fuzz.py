"""``python -m tests.cleanup.fuzz [--count N] [--seed S]``: random programs print the same before and after.

Each program is run by Node with the flag set, as it is and as it was folded; folding the result once more
changes nothing, and what has nothing to do with the flag is there byte for byte.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from livekit_migrate.app.look import App, look
from livekit_migrate.cleanup.engine import Flag, Options, fold_project

from .programs import NAME, Programs

_BATCH = 250
_RUNNER = Path(__file__).with_name("run_programs.mjs")
TYPESCRIPT = Path(__file__).parents[2] / "tools/typescript/node_modules/typescript/lib/typescript.js"
_QUIET = re.compile(r"const (?:still|quiet)\d  =|if \(true\) \{ log\(\d\) ; \}$|if \(false\) log\(9\);$")
_SEEDS = 2  # how often each program is run, its other conditions otherwise each time


@dataclass
class Trial:
    """One program, before and after."""

    seed: int
    value: str
    before: dict[str, str]
    after: dict[str, str]
    problem: str = ""
    edited: bool = False
    references: int = 0
    folded: int = 0
    refused: str = ""
    unread: bool = False

    @property
    def main(self) -> str:
        """The module that the program starts with."""
        return list(self.before)[-1]


@dataclass
class Tally:
    """What a run came to."""

    programs: int = 0
    edited: int = 0
    references: int = 0
    folded: int = 0
    refused: int = 0
    unread: int = 0
    wrong: list[Trial] = field(default_factory=list)

    def add(self, trial: Trial) -> None:
        self.programs += 1
        self.edited += trial.edited
        self.references += trial.references
        self.folded += trial.folded
        self.refused += bool(trial.refused)
        self.unread += trial.unread
        if trial.problem:
            self.wrong.append(trial)


def made(seed: int, app: App, *, typed: bool) -> Trial:
    """Make a program and fold it."""
    files, value = Programs(seed, typed=typed).program()
    trial = Trial(seed, value, files, dict(files))
    try:
        _fold(trial, app)
    except Exception as error:
        trial.problem = f"the folding raised {error!r}"
    return trial


def _fold(trial: Trial, app: App) -> None:
    files, value = trial.before, trial.value
    data = {path: text.encode() for path, text in files.items()}
    flag = Flag((NAME,), value)
    result = fold_project(app, (flag,), Options(), read=data.get)
    trial.edited = bool(result.files)
    trial.references, trial.folded = result.references, result.folded
    trial.refused = "; ".join(each.reason for each in result.refusals if each.rule == "verify.refused")
    trial.unread = bool(result.unread)
    for edit in result.files:
        if edit.after is None:
            data.pop(edit.path)
        else:
            data[edit.path] = edit.after
    trial.after = {path: text.decode() for path, text in data.items()}
    again = fold_project(app, (flag,), Options(), read=data.get)
    if again.files:
        trial.problem = f"a second run changes {[edit.path for edit in again.files]}"
    lines = trial.after.get(trial.main, "").split("\n")
    for line in files[trial.main].split("\n"):
        if _QUIET.match(line) and line not in lines:
            trial.problem = f"a line that has nothing to do with the flag changed: {line}"


def app_in(folder: Path, *, typed: bool) -> App:
    """An app that has the modules of all programs."""
    folder.mkdir(exist_ok=True)
    for name in ("main", "flags", "barrel", "helper", "deep"):
        ending = ".js" if not typed else ".tsx" if name == "main" else ".ts"
        (folder / f"{name}{ending}").write_text("", encoding="utf-8")
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    return look(folder)


def judge(trials: list[Trial]) -> None:
    """Run programs before and after, and say of those that differ what the problem is."""
    node = shutil.which("node")
    assert node is not None
    lines = [
        json.dumps(
            {
                "files": files,
                "entry": trial.main,
                "env": {NAME: trial.value},
                "seeds": [trial.seed * _SEEDS + number for number in range(_SEEDS)],
            }
        )
        for trial in trials
        for files in (trial.before, trial.after)
    ]
    typed = [str(TYPESCRIPT)] if TYPESCRIPT.exists() else []
    done = subprocess.run(
        [node, "--experimental-vm-modules", "--no-warnings", str(_RUNNER), *typed],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == len(lines)
    for trial, before, after in zip(trials, results[::2], results[1::2], strict=True):
        if "EvalError" in (before[0]["error"], after[0]["error"]):
            trial.unread = True  # a fault of the compiler, not of the folding
            continue
        if before[0]["error"] in ("SyntaxError", "Stuck"):
            trial.problem = f"the program itself is wrong: {before[0]['error']} {before[0]['message']}"
            continue
        for one, two in itertools.zip_longest(before, after):
            differ = one is None or two is None or (one["log"], one["error"]) != (two["log"], two["error"])
            if differ and not trial.problem:
                trial.problem = f"before: {one}\nafter:  {two}"


def tried(
    seed: int,
    count: int,
    *,
    typed: bool | None = None,
    jobs: int = 1,
    told: Callable[[Tally], None] = lambda _tally: None,
) -> Tally:
    """Make programs and run them.

    Args:
        typed: whether they are TypeScript with JSX; None for every second one.
        jobs: how many processes do it.
        told: is told what the run came to so far, from time to time.
    """
    tally = Tally()
    starts = range(seed, seed + count, _BATCH)
    batches = [range(start, min(start + _BATCH, seed + count)) for start in starts]
    with ProcessPoolExecutor(jobs) as pool:
        for trials in pool.map(_batch, batches, itertools.repeat(typed)):
            for trial in trials:
                tally.add(trial)
            told(tally)
    return tally


def _batch(seeds: range, typed: bool | None) -> list[Trial]:
    """Some programs, made, folded and run."""
    with tempfile.TemporaryDirectory(prefix="lkm-fuzz-") as folder:
        apps = {each: app_in(Path(folder) / str(each), typed=each) for each in (False, True)}
        kinds = [(seed, bool(seed % 2) if typed is None else typed) for seed in seeds]
        trials = [made(seed, apps[kind], typed=kind) for seed, kind in kinds]
    judge(trials)
    return trials


def shown(trial: Trial) -> Iterator[str]:
    """A trial for people: every module before and after."""
    yield f"=== seed {trial.seed}, flag {trial.value}: {trial.problem}"
    for path, text in trial.before.items():
        yield f"--- {path}\n{text}\n+++ {path}\n{trial.after.get(path, '(gone)')}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cleanup.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many processes do it")
    parser.add_argument("--show", type=int, default=3, help="how many wrong ones are shown")
    options = parser.parse_args()
    start = time.perf_counter()
    typed = TYPESCRIPT.exists()
    told = functools.partial(_progress, start, options.count)
    tally = tried(options.seed, options.count, typed=None if typed else False, jobs=options.jobs, told=told)
    wrong = sorted(tally.wrong, key=lambda each: sum(map(len, each.before.values())))
    said = [line for trial in wrong[: options.show] for line in shown(trial)]
    if not typed:
        said.append("no TypeScript in tools/typescript (npm ci there): all programs are JavaScript")
    said += summary(tally, time.perf_counter() - start)
    sys.stdout.write("\n".join(said) + "\n")
    return 1 if wrong else 0


def _progress(start: float, count: int, tally: Tally) -> None:
    """Say how far a run is, every thousand programs."""
    if tally.programs % 1000 == 0 and tally.programs < count:
        sys.stderr.write("".join(f"{line}\n" for line in summary(tally, time.perf_counter() - start)))
        sys.stderr.flush()


def summary(tally: Tally, spent: float) -> Iterator[str]:
    """What a run came to, in a few lines; ``spent`` is in seconds."""
    yield (
        f"{tally.edited} of {tally.programs} programs were edited ({tally.edited / tally.programs:.0%}), "
        f"{tally.folded} of {tally.references} reads of the flag folded "
        f"({tally.folded / max(1, tally.references):.0%}); "
        f"the check put {tally.refused} programs back, "
        f"the grammar or the compiler could not read {tally.unread}"
    )
    yield f"{tally.programs} programs in {spent:.0f} s, {len(tally.wrong)} wrong"


if __name__ == "__main__":
    sys.exit(main())
