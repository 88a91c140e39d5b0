"""The bench's own arithmetic, and what keeps `lkm --help` quick."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from livekit_migrate.cli import main
from livekit_migrate.cli.commands import __name__ as commands

from ..conftest import ROOT

if not (ROOT / "bench").is_dir():
    pytest.skip("the bench is no part of an sdist", allow_module_level=True)

from bench import __main__ as bench
from bench.measure import Row, Skipped, interleaved


def test_every_bench_is_found_and_has_a_run() -> None:
    names = bench.names()
    assert set(names) >= {"health_media", "readiness", "start_up", "token_api"}
    assert all(callable(import_module(f"bench.{name}").run) for name in names)


def test_a_target_is_an_upper_or_a_lower_bound() -> None:
    assert Row("x", 2.9, 3.0).met
    assert not Row("x", 3.1, 3.0).met
    assert Row("x", 2.0, 2.0, at_least=True).met
    assert not Row("x", 1.9, 2.0, at_least=True).met


def test_medians_without_the_first_round() -> None:
    times = iter([100.0, 1.0, 9.0, 2.0])
    assert interleaved({"a": lambda: next(times)}, 3) == {"a": 2.0}


def test_the_table_says_what_was_missed_and_skipped() -> None:
    text = bench.table([Row("a", 1.0, 2.0), Row("b", 3.0, 2.0, "s"), Skipped("c", "no server")])
    assert "| a | 1.00 × | ≤ 2 × | yes |" in text
    assert "| b | 3.00 s | ≤ 2 s | **no** |" in text
    assert "| c | – | – | skipped | no server |" in text


def test_an_unknown_bench_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "start_up" in done.stderr


@pytest.mark.parametrize("name", main.command_names())
def test_the_list_of_commands_reads_what_the_files_say(name: str) -> None:
    """`lkm --help` reads ORDER and HELP without importing the commands."""
    module = import_module(f"{commands}.{name.replace('-', '_')}")
    assert main.heading(name) == (module.ORDER, module.HELP)


def test_help_imports_no_command() -> None:
    code = (
        "import sys; from livekit_migrate.cli.main import run; run(['--help']);"
        "print([m for m in sys.modules if m.startswith('livekit_migrate.cli.commands.')], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
