"""Which system it is: Linux, macOS, WSL, native Windows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.result import Finding, Fix
from ..context import Context
from ..model import BOTH, Check
from ._machine import Machine, machine


def _run(context: Context) -> Iterator[Finding]:
    yield judge(machine(context))


def judge(it: Machine) -> Finding:
    """What this system means for LiveKit."""
    seen: dict[str, Any] = {"system": it.system, "release": it.release, "wsl": it.wsl}
    if it.system == "Windows":
        return CHECK.found(
            "fail",
            "native Windows: lkm and its stack run in WSL 2",
            "files' modes, process groups and Unix sockets are not there",
            fix=Fix("open a WSL 2 shell and run lkm in it, with the project inside of WSL", "wsl --install"),
            not_ready=True,
            **seen,
        )
    if it.wsl == 1:
        return CHECK.found(
            "fail",
            "WSL 1: containers and UDP do not work in it",
            f"the kernel calls itself {it.release}",
            fix=Fix("make it WSL 2, in PowerShell", f"wsl --set-version {it.distribution or 'Ubuntu'} 2"),
            not_ready=True,
            **seen,
        )
    name = f"WSL 2 ({it.distribution})" if it.wsl else {"Darwin": "macOS"}.get(it.system, it.system)
    return CHECK.ok(f"{name} {it.release}", **seen)


CHECK = Check(
    id="machine.system",
    title="The system is one that LiveKit and lkm run on",
    category="machine",
    order=0,
    run=_run,
    modes=BOTH,
    why="lkm and the stack need a Unix: on Windows they run inside WSL 2, whose UDP reaches the browser.",
    source="docs/platforms.md",
    evidence="`uname -r`: `microsoft-standard-WSL2` is WSL 2, `Microsoft` alone is WSL 1.",
    remedy="On Windows install WSL 2 and work inside of it; macOS and Linux are fine as they are.",
)
