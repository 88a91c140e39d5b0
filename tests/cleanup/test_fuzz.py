"""A few hundred random programs print the same before and after; ``make fuzz`` tries twenty thousand."""

from __future__ import annotations

import shutil

from tests.conftest import need

from .fuzz import TYPESCRIPT, Tally, shown, tried

COUNT = 160


def judged(tally: Tally) -> None:
    """None is wrong, and most were edited: programs that are all refused would prove nothing."""
    wrong = min(tally.wrong, key=lambda each: sum(map(len, each.before.values())), default=None)
    assert wrong is None, f"{len(tally.wrong)} of {tally.programs}:\n" + "\n".join(shown(wrong))
    assert tally.edited > 0.8 * tally.programs


def test_random_programs_print_the_same() -> None:
    if shutil.which("node") is None:
        need("node", "Node.js runs the programs")
    judged(tried(1, COUNT, typed=False))


def test_random_programs_in_typescript_print_the_same() -> None:
    if shutil.which("node") is None:
        need("node", "Node.js runs the programs")
    if not TYPESCRIPT.exists():
        need("node", "tools/typescript is not installed (npm ci)")
    judged(tried(1, COUNT, typed=True))
