"""`lkm scan` on a made-up repository, beside a search for the word and an import listing: time and memory."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .measure import PASS, Row, Skipped, environment, lkm, ms

_FILES = 600
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


def run(runs: int) -> list[Row | Skipped]:
    del runs  # as many as _ROUNDS
    with tempfile.TemporaryDirectory(prefix="lkm-bench-scan-") as place:
        folder = Path(place)
        app = folder / "app"
        size = _write(app)
        env = environment(LKM_CACHE_DIR=str(folder / "cache"))
        anew = lkm("scan", str(app), "--json", "--no-cache")
        subjects = {
            "pass": PASS,
            "one process": (*anew, "--jobs", "1"),
            "all cores": anew,
            "again": lkm("scan", str(app), "--json"),
            "search": _search(app),
        }
        if listing := _listing(app):
            subjects["listing"] = listing
        spent: dict[str, list[Spent]] = {name: [] for name in subjects}
        for number in range(_ROUNDS + 1):
            for name, argv in subjects.items():
                seen = measured(argv, env)
                if number:  # the first round warms up
                    spent[name].append(seen)
    cpu = {name: statistics.median(each.cpu for each in found) for name, found in spent.items()}
    wall = {name: statistics.median(each.wall for each in found) for name, found in spent.items()}
    said = f"{_FILES} TypeScript files of {size / _FILES / 1000:.1f} kB"
    many = (os.cpu_count() or 1) > 1
    return [
        Row(
            "`lkm scan`: files for each second of one core",
            _FILES / (cpu["one process"] - cpu["pass"]),
            250,
            "/s",
            at_least=True,
            basis=f"{said}: {ms(cpu['one process'])} of processor time",
        ),
        Row(
            f"`lkm scan` with one process against all {os.cpu_count()} cores",
            wall["one process"] / wall["all cores"],
            1.2 if many else 0.7,
            at_least=True,
            basis=f"{ms(wall['one process'])}, {ms(wall['all cores'])}",
        ),
        Row(
            "`lkm scan` against its second run, both without an empty Python",
            (cpu["one process"] - cpu["pass"]) / (cpu["again"] - cpu["pass"]),
            5,
            at_least=True,
            basis=f"{ms(cpu['one process'])}, {ms(cpu['again'])} of processor time",
        ),
        Row(
            f"`lkm scan` against `{Path(_search(app)[0]).name}` for the word",
            cpu["one process"] / max(cpu["search"], 0.001),
            1000,
            basis=f"{ms(cpu['one process'])}, {ms(cpu['search'])} of processor time",
        ),
        _beside_listing(cpu),
        Row(
            "`lkm scan`: memory at its most",
            max(each.peak for each in spent["one process"]),
            150,
            "MB",
            basis=f"one process, {said}",
        ),
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


def _beside_listing(cpu: Mapping[str, float]) -> Row | Skipped:
    what = "`lkm scan` against the imports alone, listed with ts-morph"
    if "listing" not in cpu:
        return Skipped(what, "no Node.js, or tools/provision.sh has not brought ts-morph")
    basis = f"{ms(cpu['one process'])}, {ms(cpu['listing'])} of processor time"
    return Row(what, cpu["one process"] / cpu["listing"], 1, basis=basis)


def _listing(app: Path) -> Sequence[str]:
    """What lists imports with ts-morph; empty where Node.js or ts-morph is missing."""
    tools = Path(__file__).resolve().parent.parent / "tools" / "node"
    node = shutil.which("node")
    if node is None or not (tools / "node_modules" / "ts-morph").is_dir():
        return ()
    return node, str(Path(__file__).with_name("list_imports.mjs")), str(tools), str(app)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a program took: seconds on the clock and of processors (its children's too), and MB of memory."""

    wall: float
    cpu: float
    peak: float


def measured(argv: Sequence[str], env: Mapping[str, str]) -> Spent:
    start = time.perf_counter()
    process = subprocess.Popen(argv, env=dict(env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(argv)} ended with {process.returncode}")
    unit = 1_000_000 if sys.platform == "darwin" else 1_000
    return Spent(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)
