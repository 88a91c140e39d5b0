"""`lkm scan` on a made-up repository, beside a search for the word: time, memory, and the second run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from .measure import PASS, Row, environment, interleaved, lkm, ms, program

_FILES = 1200
_ROUNDS = 3  # of all subjects in turn; one takes seconds, and the ratios are far from their targets

# One file in ten uses Mediasoup; the others are what else an app has.
_USER = """\
import { Device } from "mediasoup-client";
import type { Transport } from "mediasoup-client/types";
import { add0 } from "./part%(other)d";

export class Room%(n)d {
  private device = new Device();
  private send?: Transport;

  async join(params: any, track: MediaStreamTrack) {
    await this.device.load({ routerRtpCapabilities: params.rtp });
    this.send = this.device.createSendTransport(params.transport);
    this.send.on("connect", ({ dtlsParameters }, done) => done());
    const producer = await this.send.produce({ track, encodings: [{ maxBitrate: 100000 }] });
    producer.pause();
    return add0(1, producer.id.length);
  }
}
"""
_OTHER = """\
import { useState } from "react";

export function add%(k)d(left: number, right: number): number {
  const table = new Map<string, { total: number; seen: boolean }>();
  for (const name of ["a", "b", `c${left}`]) {
    table.set(name, { total: left + right, seen: name.length > 1 });
  }
  return [...table.values()].filter((each) => each.seen).reduce((sum, each) => sum + each.total, 0);
}
"""


def run(runs: int) -> list[Row]:
    del runs  # as many as _ROUNDS
    with tempfile.TemporaryDirectory(prefix="lkm-bench-scan-") as name:
        folder = Path(name)
        app = folder / "app"
        size = _write(app)
        env = environment(LKM_CACHE_DIR=str(folder / "cache"))
        anew = lkm("scan", str(app), "--json", "--no-cache")
        subjects = {
            "pass": program(PASS, env),
            "one process": program((*anew, "--jobs", "1"), env),
            "all cores": program(anew, env),
            "again": program(lkm("scan", str(app), "--json"), env),
            "search": program(_search(app), env),
        }
        found = interleaved(subjects, _ROUNDS)
        peak = _peak((*anew, "--jobs", "1"), env)
    start = found["pass"]
    rate = _FILES / (found["one process"] - start)
    said = f"{_FILES} TypeScript files of {size / _FILES / 1000:.1f} kB"
    return [
        Row("`lkm scan`: files a second with one process", rate, 250, "/s", at_least=True, basis=said),
        Row(
            f"`lkm scan` with one process against all {os.cpu_count()} cores",
            found["one process"] / found["all cores"],
            1.3 if (os.cpu_count() or 1) > 1 else 0.7,
            at_least=True,
            basis=f"{ms(found['one process'])}, {ms(found['all cores'])}",
        ),
        Row(
            "`lkm scan` against its second run",
            found["all cores"] / found["again"],
            5,
            at_least=True,
            basis=f"{ms(found['all cores'])}, {ms(found['again'])} from the cache",
        ),
        Row(
            f"`lkm scan` against `{Path(_search(app)[0]).name}` for the word",
            found["all cores"] / found["search"],
            400,
            basis=f"{ms(found['all cores'])}, {ms(found['search'])} for a list of lines that say mediasoup",
        ),
        Row("`lkm scan`: memory at its most", peak, 150, "MB", basis=f"one process, {said}"),
    ]


def _write(app: Path) -> int:
    """The repository; the size of its source in bytes."""
    (app / "src").mkdir(parents=True)
    (app / "package.json").write_text('{"name": "app", "dependencies": {"mediasoup-client": "^3.7.0"}}\n')
    size = 0
    for number in range(_FILES):
        text = _USER % {"n": number, "other": number + 1} if number % 10 == 0 else ""
        text += "".join(_OTHER % {"k": k} for k in range(12))
        (app / "src" / f"part{number}.ts").write_text(text)
        size += len(text)
    return size


def _search(app: Path) -> Sequence[str]:
    if found := shutil.which("rg"):
        return found, "-i", "mediasoup", str(app)
    return "grep", "-rni", "mediasoup", str(app)


def _peak(argv: Sequence[str], env: Mapping[str, str]) -> float:
    """The most memory that a program had in use, in MB."""
    process = subprocess.Popen(argv, env=dict(env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / (1_000_000 if os.uname().sysname == "Darwin" else 1_000)
