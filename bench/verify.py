"""`lkm token verify` and `lkm token inspect` against an empty Python."""

from __future__ import annotations

import subprocess

from .measure import PASS, Row, environment, interleaved, lkm, ms, program


def run(runs: int) -> list[Row]:
    env = environment()
    make = lkm("token", "--room", "demo", "--identity", "anna")
    token = subprocess.run(make, env=env, capture_output=True, text=True, check=True).stdout
    found = interleaved(
        {
            "pass": program(PASS, env),
            "verify": program(lkm("token", "verify"), env, stdin=token),
            "inspect": program(lkm("token", "inspect"), env, stdin=token),
        },
        runs,
    )
    empty = found["pass"]
    return [
        Row(
            f"`lkm token {name}` against `python -c pass`",
            found[name] / empty,
            10.0,
            basis=f"{ms(found[name])}, {ms(empty)} for `python -c pass`",
        )
        for name in ("verify", "inspect")
    ]
