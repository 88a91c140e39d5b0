"""What a runtime is: the one small interface behind `lkm up`, `down`, `restart`, `status` and `logs`.

A runtime is one module in ``runtimes/`` with the names of ``Runtime``; it is found by listing the folder.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, Protocol, cast

from ..core.errors import UsageError
from ..core.report import Reporter
from ..core.result import Finding
from ..core.settings import Settings
from . import runtimes
from .logs import Line, Query

State = Literal["ready", "starting", "draining", "unresponsive", "stopped", "crashed"]


@dataclass(frozen=True, slots=True)
class UpOptions:
    """How to start.

    Args:
        timeout: seconds from the start of the server to its first 200.
        media: check the way of media after the start, up to ICE.
    """

    timeout: float = 30.0
    media: bool = True


@dataclass(frozen=True, slots=True)
class DownOptions:
    """How to stop.

    Args:
        now: end calls at once.
        drain: seconds that participants get to leave by themselves.
        unannounced: kill the server. One that ends in an orderly way tells its participants to leave, and
            they do for good; to those of a killed one it is a broken connection, and they come back by
            themselves once a server answers again (1.13.5 with rtc 1.2.1, run).
    """

    now: bool = False
    drain: float = 30.0
    unannounced: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the stack, as it is now. Times are Unix seconds; None is what is not known.

    Args:
        message: why it is not ready: the server's own words.
        ports: ``{"number", "protocol", "purpose", "open"}`` each.
        rooms: room name → identities; None when the server was not or could not be asked.
    """

    name: str
    runtime: str
    state: State
    version: str | None = None
    url: str | None = None
    pid: int | None = None
    supervisor_pid: int | None = None
    started_at: float | None = None
    ended_at: float | None = None
    exit_code: int | None = None
    signal: str | None = None
    message: str = ""
    ports: tuple[Mapping[str, Any], ...] = ()
    rooms: Mapping[str, tuple[str, ...]] | None = None
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    config: str | None = None
    log: str | None = None

    @property
    def running(self) -> bool:
        return self.state not in ("stopped", "crashed")

    @property
    def participants(self) -> int | None:
        return None if self.rooms is None else sum(len(people) for people in self.rooms.values())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an action, or what the stack is now.

    Args:
        changed: whether something was started or stopped.
        drift: what differs between what runs and what would be started now.
        findings: of the health check after a start.
        left: participants that were still there when it was stopped: room → identities.
        facts: further JSON values for ``Result.data``.
    """

    runtime: str
    services: tuple[Service, ...]
    changed: bool = False
    drift: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    left: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


class Runtime(Protocol):
    """What `lkm up` and its siblings ask of a runtime."""

    NAME: str
    ORDER: int

    def unavailable(self) -> str:
        """Why it cannot be used on this machine; empty when it can."""

    def up(self, settings: Settings, reporter: Reporter, options: UpOptions) -> Outcome:
        """Start what does not run yet, and wait until it is ready."""

    def down(self, settings: Settings, reporter: Reporter, options: DownOptions) -> Outcome:
        """Stop what runs."""

    def restart(self, settings: Settings, reporter: Reporter, up: UpOptions, down: DownOptions) -> Outcome:
        """Stop and start with nobody else in between."""

    def status(self, settings: Settings) -> Outcome:
        """What is there now."""

    def logs(self, settings: Settings, query: Query) -> Iterator[Line]:
        """What it said, oldest first; with ``query.follow`` without end."""


def names() -> list[str]:
    """Every runtime, by listing the folder."""
    return sorted(module.name for module in pkgutil.iter_modules(runtimes.__path__))


def pick(settings: Settings, name: str | None = None) -> Runtime:
    """The runtime for a project: the one that was asked for, else the first that this machine can use.

    Raises:
        UsageError: there is none of that name.
        NotReadyError: it cannot be used here.
    """
    from ..core.errors import NotReadyError

    wanted = name or settings.text("runtime")
    known = names()
    if wanted != "auto" and wanted not in known:
        raise UsageError(
            f"{wanted!r}: no such runtime",
            code="runtime.unknown",
            detail=f"there are: auto, {', '.join(known)}",
        )
    found = [_load(one) for one in (known if wanted == "auto" else [wanted])]
    found.sort(key=lambda runtime: runtime.ORDER)
    reasons: list[str] = []
    for runtime in found:
        if not (why := runtime.unavailable()):
            return runtime
        reasons.append(f"{runtime.NAME}: {why}")
    raise NotReadyError(
        "no runtime can be used on this machine"
        if wanted == "auto"
        else f"runtime {wanted} cannot be used here",
        code="runtime.unavailable",
        detail="\n".join(reasons),
        hint="on Windows, run lkm inside WSL2: https://learn.microsoft.com/windows/wsl/install",
    )


def _load(name: str) -> Runtime:
    return cast("Runtime", import_module(f"{runtimes.__name__}.{name}"))
