"""How all benches measure: interleaved runs, medians, a target that is met or not."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PASS = (sys.executable, "-c", "pass")
_LONGEST = 60.0  # seconds; what takes longer hangs
KEY = "APIbench00000001"
SECRET = "bench-secret-0123456789abcdefghijklm"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Args:
        figure: the measured value; smaller is better unless ``at_least``.
        unit: ``x`` for a ratio, ``s`` for seconds.
        basis: what was measured, in seconds, for whoever doubts the ratio.
    """

    what: str
    figure: float
    target: float
    unit: str = "x"
    at_least: bool = False
    basis: str = ""

    @property
    def met(self) -> bool:
        return self.figure >= self.target if self.at_least else self.figure <= self.target


@dataclass(frozen=True, slots=True)
class Skipped:
    """A bench that cannot run here, and why."""

    what: str
    why: str


def lkm(*words: str) -> tuple[str, ...]:
    """argv of an lkm command: the installed script where there is one, as a user has it."""
    script = Path(sys.executable).with_name("lkm")
    return (str(script), *words) if script.exists() else (sys.executable, "-m", "livekit_migrate", *words)


def environment(**more: str) -> dict[str, str]:
    """This process's environment without its LiveKit settings, with the bench's own key."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LIVEKIT_", "LKM_"))}
    for name in ("PYTHONDONTWRITEBYTECODE", "COLUMNS", "FORCE_COLOR"):
        kept.pop(name, None)
    if cache := os.environ.get("LKM_CACHE_DIR"):
        kept["LKM_CACHE_DIR"] = cache
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return kept | {"PYTHONPATH": path, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET} | more


def interleaved(subjects: Mapping[str, Callable[[], float]], runs: int) -> dict[str, float]:
    """Medians in seconds.

    One of each in turn, so that a busy machine slows all alike; a first round warms up and is not counted.
    """
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(runs + 1):
        for name, subject in subjects.items():
            seconds = subject()
            if number:
                times[name].append(seconds)
    return {name: statistics.median(values) for name, values in times.items()}


def program(argv: Sequence[str], env: Mapping[str, str], *, stdin: str | None = None) -> Callable[[], float]:
    """A subject: one run of a program, its output read through a pipe, in an empty folder."""
    folder = Path(tempfile.gettempdir())

    def once() -> float:
        start = time.perf_counter()
        done = subprocess.run(
            argv,
            env=dict(env),
            cwd=folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST,
        )
        seconds = time.perf_counter() - start
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
        return seconds

    return once


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
