"""`lkm doctor` of a project with 200 source files: processor time, memory, and its first word.

Processor time and not the clock: it is the same on a machine that others use, too. Programs that it runs
(docker, Compose, git) count in.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from .measure import PASS, ROOT, Row, Skipped, environment, interleaved, lkm, ms, program

SOURCE = 'import { Room } from "livekit-client";\nexport function use{n}(): Room {{ return new Room(); }}\n'
ENV = (
    "POSTGRES_PASSWORD=a-word\nLIVEKIT_API_KEY=APIbench00000001\n"
    "LIVEKIT_API_SECRET=bench-secret-0123456789abcdefghij\n"
)


def run(runs: int) -> list[Row | Skipped]:
    folder = Path(tempfile.mkdtemp(prefix="lkm-bench-"))
    try:
        _project(folder)
        nowhere = folder / "bin"
        nowhere.mkdir()
        bare = environment(PATH=str(nowhere))
        rows: list[Row | Skipped] = [
            *_first_word(bare, runs),
            *_cost("without Docker, offline", folder, bare, 0.6, runs),
        ]
        if (
            shutil.which("docker")
            and subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0
        ):
            rows += _cost("with Docker", folder, environment(), 1.2, runs)
        else:
            rows.append(Skipped("`lkm doctor` with Docker", "no engine"))
    finally:
        shutil.rmtree(folder)
    return rows


def _project(folder: Path) -> None:
    for name in ("docker-compose.yml", "livekit.yaml"):
        shutil.copy(ROOT / name, folder)
    (folder / ".env").write_text(ENV, encoding="utf-8")
    (folder / "package.json").write_text(
        '{"name": "app", "dependencies": {"livekit-client": "^2"}}', encoding="utf-8"
    )
    (folder / "src").mkdir()
    for number in range(200):
        text = SOURCE.replace("{n}", str(number)).replace("{{", "{").replace("}}", "}")
        (folder / "src" / f"use{number}.ts").write_text(text, encoding="utf-8")


def _cost(what: str, folder: Path, env: Mapping[str, str], target: float, runs: int) -> list[Row | Skipped]:
    seconds, sizes = [], []
    for _ in range(runs):
        used, kilobytes = _once(folder, env)
        seconds.append(used)
        sizes.append(kilobytes)
    median, largest = statistics.median(seconds), max(sizes) / 1024
    return [
        Row(f"`lkm doctor` {what}: processor time", median, target, "s", basis=f"{len(seconds)} runs"),
        Row(f"`lkm doctor` {what}: memory", largest, 120, "MB", basis="the largest of lkm and what it ran"),
    ]


def _once(folder: Path, env: Mapping[str, str]) -> tuple[float, int]:
    """Seconds of the processor, and kilobytes."""
    process = subprocess.Popen(
        [*lkm("doctor", "--offline")],
        cwd=folder,
        env=dict(env),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def _first_word(env: Mapping[str, str], runs: int) -> list[Row | Skipped]:
    """Until something can be read, against an empty Python in the same run."""

    def once() -> float:
        start = time.perf_counter()
        with subprocess.Popen(
            [*lkm("doctor")],
            env=dict(env),
            cwd=tempfile.gettempdir(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stderr is not None
            process.stderr.read(1)
            seconds = time.perf_counter() - start
            process.stderr.read()
        return seconds

    found = interleaved({"pass": program(PASS, env), "word": once}, runs)
    return [
        Row(
            "first word of `lkm doctor` against `python -c pass`",
            found["word"] / found["pass"],
            15.0,
            basis=f"{ms(found['word'])}, {ms(found['pass'])} for `python -c pass`",
        )
    ]
