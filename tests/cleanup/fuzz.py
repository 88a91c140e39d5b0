"""``python -m tests.cleanup.fuzz [--count N] [--seed S]``: random programs print the same before and after.

Each program is run by Node with the flag set, as it is and as it was folded; folding the result once more
changes nothing, and what has nothing to do with the flag is there byte for byte.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from livekit_migrate.app.look import App, look
from livekit_migrate.cleanup.engine import Flag, Options, fold_project

from .programs import NAME, Programs

_BATCH = 500
_RUNNER = Path(__file__).with_name("run_programs.mjs")
_QUIET = re.compile(r"const [pq]\d  =|if \(true\) \{ log\(\d\) ; \}$|if \(false\) log\(9\);$")


@dataclass
class Trial:
    """One program, before and after."""

    seed: int
    value: str
    before: dict[str, str]
    after: dict[str, str]
    problem: str = ""
    folded: int = 0


def made(seed: int, app: App) -> Trial:
    """Make a program and fold it."""
    files, value = Programs(seed).program()
    trial = Trial(seed, value, files, dict(files))
    data = {path: text.encode() for path, text in files.items()}
    flag = Flag((NAME,), value)
    result = fold_project(app, (flag,), Options(), read=data.get)
    trial.folded = sum(len(edit.changes) for edit in result.files)
    if result.unread:
        trial.problem = f"not read: {dict(result.unread)}"
    for edit in result.files:
        if edit.after is None:
            data.pop(edit.path)
        else:
            data[edit.path] = edit.after
    trial.after = {path: text.decode() for path, text in data.items()}
    again = fold_project(app, (flag,), Options(), read=data.get)
    if again.files:
        trial.problem = f"a second run changes {[edit.path for edit in again.files]}"
    lines = trial.after.get("main.js", "").split("\n")
    for line in files["main.js"].split("\n"):
        if _QUIET.match(line) and line not in lines:
            trial.problem = f"a line that has nothing to do with the flag changed: {line}"
    return trial


def app_in(folder: Path) -> App:
    """An app that has the modules of all programs."""
    for name in ("main.js", "flags.js", "barrel.js"):
        (folder / name).write_text("", encoding="utf-8")
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    return look(folder)


def judge(trials: Iterable[Trial]) -> Iterator[Trial]:
    """Run programs before and after; give those that differ."""
    trials = list(trials)
    node = shutil.which("node")
    assert node is not None
    lines = [
        json.dumps({"files": files, "entry": "main.js", "env": {NAME: trial.value}})
        for trial in trials
        for files in (trial.before, trial.after)
    ]
    done = subprocess.run(
        [node, "--experimental-vm-modules", "--no-warnings", str(_RUNNER)],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == len(lines)
    for trial, before, after in zip(trials, results[::2], results[1::2], strict=True):
        if before["error"] == "SyntaxError":
            trial.problem = f"the program itself is wrong: {before['message']}"
        elif (before["log"], before["error"]) != (after["log"], after["error"]) and not trial.problem:
            trial.problem = f"before: {before}\nafter:  {after}"
        if trial.problem:
            yield trial


def trials(seed: int, count: int) -> Iterator[Trial]:
    """The trials that went wrong."""
    with tempfile.TemporaryDirectory(prefix="lkm-fuzz-") as folder:
        app = app_in(Path(folder))
        for start in range(seed, seed + count, _BATCH):
            yield from judge(made(each, app) for each in range(start, min(start + _BATCH, seed + count)))


def shown(trial: Trial) -> Iterator[str]:
    """A trial for people: every module before and after."""
    yield f"=== seed {trial.seed}, flag {trial.value}: {trial.problem}"
    for path, text in trial.before.items():
        yield f"--- {path}\n{text}\n+++ {path}\n{trial.after.get(path, '(gone)')}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cleanup.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=3, help="how many wrong ones are shown")
    options = parser.parse_args()
    start = time.perf_counter()
    wrong = sorted(trials(options.seed, options.count), key=lambda each: len(each.before["main.js"]))
    said = [line for trial in wrong[: options.show] for line in shown(trial)]
    spent = time.perf_counter() - start
    said.append(f"{options.count} programs in {spent:.0f} s, {len(wrong)} wrong")
    sys.stdout.write("\n".join(said) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
