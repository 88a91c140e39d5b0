"""A few hundred random programs print the same before and after; ``make fuzz`` tries twenty thousand."""

from __future__ import annotations

import shutil

from tests.conftest import need

from .fuzz import trials

COUNT = 300


def test_random_programs_print_the_same() -> None:
    if shutil.which("node") is None:
        need("node", "Node.js runs the programs")
    wrong = list(trials(1, COUNT))
    shortest = min(wrong, key=lambda each: len(each.before["main.js"]), default=None)
    assert not wrong, f"{len(wrong)} of {COUNT}; seed {shortest.seed}: {shortest.problem}" if shortest else ""
