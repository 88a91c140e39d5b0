"""Completion, as the shells ask for it: commands, subcommands and options, in bash, zsh and fish."""

from __future__ import annotations

import pytest

from ..conftest import Lkm

# What the script that `lkm --show-completion` prints passes on, shell by shell.
SHELLS = {
    "bash": lambda line: {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)},
    "zsh": lambda line: {"_TYPER_COMPLETE_ARGS": line},
    "fish": lambda line: {"_TYPER_COMPLETE_FISH_ACTION": "get-args", "_TYPER_COMPLETE_ARGS": line},
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("lkm sta", "status"),
        ("lkm server ins", "install"),
        ("lkm token ver", "verify"),
        ("lkm token --room-cr", "--room-create"),
    ],
)
def test_what_is_offered(lkm: Lkm, shell: str, line: str, offered: str) -> None:
    ran = lkm(env={"_LKM_COMPLETE": f"complete_{shell}", **SHELLS[shell](line)})
    assert offered in ran.out.replace('"', " ").replace("\t", " ").split()
    assert ran.err == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_asks_lkm(lkm: Lkm, shell: str) -> None:
    ran = lkm(
        "--show-completion",
        shell,
        env={"SHELL": f"/bin/{shell}", "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )
    assert ran.code == 0, ran.err
    assert f"_LKM_COMPLETE=complete_{shell}" in ran.out
