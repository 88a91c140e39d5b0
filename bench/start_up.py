"""How long a short command takes to start, against an empty Python."""

from __future__ import annotations

from .measure import PASS, Row, environment, interleaved, lkm, ms, program


def run(runs: int) -> list[Row]:
    env = environment()
    found = interleaved(
        {
            "pass": program(PASS, env),
            "token": program(lkm("token", "--room", "demo", "--identity", "anna"), env),
            "help": program(lkm("--help"), env),
        },
        runs,
    )
    empty = found["pass"]
    basis = f"{ms(empty)} for `python -c pass`"
    return [
        Row(
            "`lkm token` against `python -c pass`",
            found["token"] / empty,
            9.5,
            basis=f"{ms(found['token'])}, {basis}",
        ),
        Row(
            "`lkm --help \\| cat` against it",
            found["help"] / empty,
            7.0,
            basis=f"{ms(found['help'])}, {basis}",
        ),
    ]
