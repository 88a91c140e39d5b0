"""``python -m bench [NAME…] [--runs N]``: every bench here, one table, exit 1 if a target is missed."""

from __future__ import annotations

import argparse
import os
import pkgutil
import platform
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from . import __path__ as folders
from .measure import Row, Skipped

_NOT_A_BENCH = {"__main__", "measure"}
_OUT = Path(__file__).resolve().parent / "out"


def names() -> list[str]:
    """Every bench: a file here with ``run(runs) -> list[Row | Skipped]``."""
    return [module.name for module in pkgutil.iter_modules(folders) if module.name not in _NOT_A_BENCH]


def table(results: Sequence[Row | Skipped]) -> str:
    """The results as a Markdown table."""
    lines = ["| what | figure | target | met | measured |", "|---|---|---|---|---|"]
    for result in results:
        if isinstance(result, Skipped):
            lines.append(f"| {result.what} | – | – | skipped | {result.why} |")
            continue
        sign = "≥" if result.at_least else "≤"
        unit = "×" if result.unit == "x" else result.unit
        met = "yes" if result.met else "**no**"
        lines.append(
            f"| {result.what} | {result.figure:.2f} {unit} | {sign} {result.target:g} {unit} | {met} "
            f"| {result.basis} |"
        )
    return "\n".join(lines) + "\n"


def machine() -> str:
    """What it was measured on."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, "
        f"Python {platform.python_version()}{load}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benches; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(names())}")
    parser.add_argument("--runs", type=int, default=15, help="runs of each subject (default: 15)")
    options = parser.parse_args(argv)
    unknown = set(options.names) - set(names())
    if unknown:
        parser.error(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    results: list[Row | Skipped] = []
    for name in options.names or names():
        print(f"{name} …", file=sys.stderr, flush=True)
        results += import_module(f"bench.{name}").run(options.runs)
    text = f"Medians of {options.runs} interleaved runs; {machine()}.\n\n{table(results)}"
    print(text, end="")
    _OUT.mkdir(exist_ok=True)
    (_OUT / ".gitignore").write_text("*\n", encoding="utf-8")
    (_OUT / "results.md").write_text(text, encoding="utf-8")
    skipped = any(isinstance(result, Skipped) for result in results)
    missed = any(isinstance(result, Row) and not result.met for result in results)
    if skipped and os.environ.get("LKM_REQUIRE"):
        print("skipped, though LKM_REQUIRE asks for all parts", file=sys.stderr)
        missed = True
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
