"""Folding a flag in a made-up app, beside a ts-morph script that does no more than that: time and memory."""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .measure import PASS, Row, Skipped, environment, ms
from .scan import Spent, spent_by

_NAME = "NEXT_PUBLIC_USE_NEW"
_ROUNDS = 3
_LKM = """
import sys
from pathlib import Path
from livekit_migrate.app.look import look
from livekit_migrate.cleanup.engine import Flag, fold_project
root, name, write = Path(sys.argv[1]), sys.argv[2], len(sys.argv) > 3
result = fold_project(look(root), (Flag((name,)),))
for edit in result.files if write else ():
    path = root / edit.path
    path.unlink() if edit.after is None else path.write_bytes(edit.after)
"""

# Six of a hundred files ask for the flag, two import what the old branch used; the others are what else
# an app has.
_USER = """\
import { useCallback, useEffect, useState } from "react";
import { lk%(n)d } from "./lk%(n)d";
import { ms%(n)d } from "./ms%(n)d";

const on = process.env.NEXT_PUBLIC_USE_NEW === "true";

export function View%(n)d({ room }: { room: string }) {
  const [count, setCount] = useState(0);
  const client = on ? lk%(n)d : ms%(n)d;
  useEffect(() => {
    if (on) {
      lk%(n)d.join(room);
    } else {
      ms%(n)d.join(room);
    }
  }, [room, on]);
  const leave = useCallback(() => {
    if (!on) ms%(n)d.close();
    client.leave();
    setCount(count + 1);
  }, [client, count]);
  return on ? [leave, room] : [count];
}
"""
_CLIENT = """\
export const %(name)s = {
  join(room: string) {
    return room.length;
  },
  leave() {},
  close() {},
};
"""
_OTHER = """\
import { useMemo, useState } from "react";
import { add%(other)d } from "./part%(other)d";

export interface Row%(n)d {
  id: string;
  total: number;
}

export function add%(n)d(left: number, right: number): number {
  const table = new Map<string, { total: number; seen: boolean }>();
  for (const name of ["a", "b", `c${left}`]) {
    table.set(name, { total: left + right, seen: name.length > 1 });
  }
  return [...table.values()].filter((each) => each.seen).reduce((sum, each) => sum + each.total, 0);
}

export function useRows%(n)d(rows: Row%(n)d[]) {
  const [wanted, setWanted] = useState("");
  const shown = useMemo(() => rows.filter((row) => row.id.includes(wanted)), [rows, wanted]);
  const total = shown.reduce((sum, row) => sum + add%(other)d(row.total, 1), 0);
  return { shown, total, setWanted };
}
"""


def run(runs: int) -> list[Row | Skipped]:
    del runs  # as many as _ROUNDS
    with tempfile.TemporaryDirectory(prefix="lkm-bench-cleanup-") as place:
        folder = Path(place)
        rows: list[Row | Skipped] = []
        env = environment()
        small = folder / "small"
        write(small, 120)
        subjects = {"pass": PASS, "fold": _fold(small)}
        seen = _medians(subjects, env)
        rows.append(
            Row("folding a flag in 120 files", seen["fold"].wall, 1.0, "s", basis=_basis(seen["fold"]))
        )
        rows.append(Row("folding a flag in 120 files: memory at its most", seen["fold"].peak, 80, "MB"))
        morph = _morph(folder)
        if morph:
            rows.append(_beside(small, folder, env, morph))
        else:
            rows.append(
                Skipped("folding a flag against ts-morph", "no Node.js, or no ts-morph in tools/node")
            )
        spent_by((*_fold(small), "write"), env)
        again = _medians({"again": _fold(small)}, env)["again"]
        rows.append(Row("folding once more what was folded", again.wall, 0.3, "s", basis=_basis(again)))
        times: dict[int, float] = {}
        for count, target in ((1_000, 3.0), (10_000, 20.0)):
            app = folder / str(count)
            write(app, count)
            found = spent_by(_fold(app), env)
            times[count] = found.cpu
            rows.append(
                Row(f"folding a flag in {count:,} files", found.wall, target, "s", basis=_basis(found))
            )
        rows.append(
            Row(
                "folding in 10,000 files against 1,000: ten times as many",
                times[10_000] / times[1_000],
                13,
                basis=f"{ms(times[1_000])}, {ms(times[10_000])} of processor time",
            )
        )
        return rows


def _basis(found: Spent) -> str:
    return f"{ms(found.cpu)} of processor time, {found.peak:.0f} MB"


def write(app: Path, count: int) -> None:
    """Write an app of so many files."""
    source = app / "src"
    source.mkdir(parents=True)
    (app / "package.json").write_text('{"name": "app", "private": true}\n', encoding="utf-8")
    for number in range(count):
        if number % 17 == 0:
            text, name = _USER % {"n": number}, f"view{number}.ts"
            for kind in ("lk", "ms"):
                client = _CLIENT % {"name": f"{kind}{number}"}
                (source / f"{kind}{number}.ts").write_text(client, encoding="utf-8")
        else:
            other = number + 1 if (number + 1) % 17 else number + 2
            text = "".join((_OTHER % {"n": number, "other": other % count or 1}, _extra(number)))
            name = f"part{number}.ts"
        (source / name).write_text(text, encoding="utf-8")


def _extra(number: int) -> str:
    """More of the same, so that a file is as long as one in an app."""
    lines = [f"export const table{number} = {{"]
    lines += [f'  key{each}: {{ label: "{each}", size: {each} * 2, on: {each} > 3 }},' for each in range(40)]
    return "\n".join([*lines, "};\n"])


def _fold(app: Path) -> Sequence[str]:
    return sys.executable, "-c", _LKM, str(app), _NAME


def _medians(subjects: dict[str, Sequence[str]], env: dict[str, str]) -> dict[str, Spent]:
    found: dict[str, list[Spent]] = {name: [] for name in subjects}
    for number in range(_ROUNDS + 1):
        for name, argv in subjects.items():
            one = spent_by(argv, env)
            if number:  # the first round warms up
                found[name].append(one)
    return {
        name: Spent(
            statistics.median(each.wall for each in seen),
            statistics.median(each.cpu for each in seen),
            max(each.peak for each in seen),
        )
        for name, seen in found.items()
    }


def _morph(folder: Path) -> Sequence[str]:
    """What folds with ts-morph; empty where Node.js or ts-morph is missing."""
    tools = Path(__file__).resolve().parent.parent / "tools" / "node"
    node = shutil.which("node")
    if node is None or not (tools / "node_modules" / "ts-morph").is_dir():
        return ()
    return node, str(Path(__file__).with_name("fold_flag.mjs")), str(tools), str(folder / "morph"), _NAME


def _beside(app: Path, folder: Path, env: dict[str, str], morph: Sequence[str]) -> Row:
    ratios: list[tuple[float, float]] = []
    for _ in range(_ROUNDS):
        copy = folder / "morph"
        shutil.copytree(app, copy)
        theirs, ours = spent_by(morph, env), spent_by(_fold(app), env)
        ratios.append((theirs.cpu, ours.cpu))
        shutil.rmtree(copy)
    theirs_cpu, ours_cpu = (statistics.median(pair[i] for pair in ratios) for i in (0, 1))
    return Row(
        "a ts-morph script that only folds against the folding",
        theirs_cpu / ours_cpu,
        8,
        at_least=True,
        basis=f"{ms(theirs_cpu)}, {ms(ours_cpu)} of processor time, 120 files",
    )
