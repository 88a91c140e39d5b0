"""`lkm config lint` of the server's official sample, and many lints in one process."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from .measure import PASS, Row, Skipped, environment, interleaved, lkm, ms, program

MANY = 2000
MODULE = "github.com/livekit/livekit-server@v1.13.5"


def run(runs: int) -> list[Row | Skipped]:
    sample = _sample()
    if sample is None:
        return [Skipped("`lkm config lint` of the official sample", f"no Go, or no {MODULE}")]
    env = environment()
    found = interleaved(
        {"pass": program(PASS, env), "lint": program(lkm("config", "lint", str(sample)), env)}, runs
    )
    seconds = _many(sample.read_bytes())
    return [
        Row(
            "`lkm config lint` of the official sample against `python -c pass`",
            found["lint"] / found["pass"],
            15.0,
            basis=f"{ms(found['lint'])}, {ms(found['pass'])} for `python -c pass`",
        ),
        Row(
            f"{MANY:,} lints of it in one process",
            seconds,
            20.0,
            "s",
            basis=f"{ms(seconds / MANY)} each",
        ),
    ]


def _sample() -> Path | None:
    go = shutil.which("go")
    if go is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        argv = [go, "mod", "download", "-json", MODULE]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    return None if done.returncode else Path(json.loads(done.stdout)["Dir"]) / "config-sample.yaml"


def _many(text: bytes) -> float:
    from livekit_migrate.livekit.configcheck.check import check

    start = time.perf_counter()
    for _ in range(MANY):
        check(text)
    return time.perf_counter() - start
