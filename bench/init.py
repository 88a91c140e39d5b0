"""`lkm init --diff` on a made-up app of 1,000 files: how long a person waits, and that Node is not needed."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from .measure import PASS, Row, Skipped, environment, lkm, ms
from .scan import spent_by

_FILES = 1000
_ROUNDS = 3

_LAYOUT = """\
export default function RootLayout({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
"""
_SERVER = """\
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const app = new Hono();
app.get("/", (c) => c.text("ok"));
serve({ fetch: app.fetch, port: 3000 });
"""
_PART = """\
import { useState } from "react";
import { part%(other)d } from "./part%(other)d";

export function usePart%(n)d(left: number) {
  const [seen, setSeen] = useState(false);
  return { seen, mark: () => setSeen(left > 1), next: part%(other)d };
}
export function part%(n)d(left: number, right: number): number {
  const table = new Map<string, { total: number; seen: boolean }>();
  for (const name of ["a", "b", `c${left}`]) {
    table.set(name, { total: left + right, seen: name.length > 1 });
  }
  return [...table.values()].filter((each) => each.seen).reduce((sum, each) => sum + each.total, 0);
}
"""


def run(runs: int) -> list[Row | Skipped]:
    del runs  # as many as _ROUNDS
    with tempfile.TemporaryDirectory(prefix="lkm-bench-init-") as place:
        app = Path(place) / "app"
        _write(app)
        env = environment()
        subjects = {"pass": PASS, "init": lkm("init", str(app), "--diff", "--json")}
        found: dict[str, list[float]] = {name: [] for name in subjects}
        for number in range(_ROUNDS + 1):
            for name, argv in subjects.items():
                started = time.perf_counter()
                cpu = spent_by(argv, {**env, "PATH": "/nonexistent"}).cpu  # no Node, no git
                if number:  # the first round warms up
                    found[name].append(cpu)
                    found.setdefault(f"{name}, wall", []).append(time.perf_counter() - started)
    middle = {name: statistics.median(times) for name, times in found.items()}
    return [
        Row(
            f"`lkm init --diff` on {_FILES:,} files, without Node",
            middle["init"],
            3,
            "s",
            basis=f"processor time; {ms(middle['init, wall'])} on the clock, Python {ms(middle['pass'])}",
        )
    ]


def _write(app: Path) -> None:
    packages = {"web": '"next": "16", "react": "19", "mediasoup-client": "3"', "server": '"hono": "4"'}
    for folder, needs in packages.items():
        (app / "apps" / folder / "src").mkdir(parents=True)
        text = f'{{"name": "{folder}", "type": "module", "dependencies": {{{needs}}}}}\n'
        (app / "apps" / folder / "package.json").write_text(text)
    (app / "package.json").write_text('{"name": "app", "workspaces": ["apps/*"]}\n')
    (app / "apps/web/src/app").mkdir()
    (app / "apps/web/src/app/layout.tsx").write_text(_LAYOUT)
    (app / "apps/server/src/index.ts").write_text(_SERVER)
    for number in range(_FILES - 2):
        name = f"part{number}.{'tsx' if number % 3 else 'ts'}"
        text = _PART % {"n": number, "other": number + 1}
        head = 'import { Device } from "mediasoup-client";\nexport const device = new Device();\n'
        (app / "apps/web/src" / name).write_text((head if number % 50 == 0 else "") + text)
