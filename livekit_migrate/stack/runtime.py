"""What a runtime is: the one small interface behind `lkm up`, `down`, `restart`, `status` and `logs`.

A runtime is one module in ``runtimes/`` with the names of ``Runtime``; it is found by listing the folder.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, Protocol, cast

from ..core.errors import NotReadyError, UsageError
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
        timeout: seconds from the start to the last service that is ready; None: what the runtime thinks fit.
        media: check the way of media after the start.
        services: only these, and what they depend on; empty: all.
        build: build images anew, also those that are there.
        pull: pull images anew, also those that are there.
        profiles: Compose profiles that are switched on, besides COMPOSE_PROFILES.
        lint: refuse a server configuration that cannot work.
        port_offset: added to every published port; None: as at the last start, where the runtime keeps that.
    """

    timeout: float | None = None
    media: bool = True
    services: tuple[str, ...] = ()
    build: bool = False
    pull: bool = False
    profiles: tuple[str, ...] = ()
    lint: bool = True
    port_offset: int | None = None


@dataclass(frozen=True, slots=True)
class DownOptions:
    """How to stop.

    Args:
        now: end calls at once.
        drain: seconds that participants get to leave by themselves.
        unannounced: kill the server. One that ends in an orderly way tells its participants to leave, and
            they do for good; to those of a killed one it is a broken connection, and they come back by
            themselves once a server answers again (1.13.5 with rtc 1.2.1, run).
        volumes: remove the data, too.
        confirm: asked with the names of what would be lost, before anything is touched.
        stack: the name of a stack whose folder is not at hand; empty: the project's own.
    """

    now: bool = False
    drain: float = 30.0
    unannounced: bool = False
    volumes: bool = False
    confirm: Callable[[Sequence[str]], bool] | None = None
    stack: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the stack, as it is now. Times are Unix seconds; None is what is not known.

    Args:
        message: why it is not ready: the server's own words.
        ports: ``{"number", "protocol", "purpose", "open"}`` each, of a container also ``"target"``.
        rooms: room name → identities; None when the server was not or could not be asked.
        role: what it is for: ``livekit``, ``redis``, ``db``, ``backend``, ``web``; empty when not known.
        health: the verdict of the container's health check: ``healthy``, ``starting``, ``unhealthy``.
        restarts: how often the engine has started it anew.
        ready_after: seconds from its start until it was ready, when this command saw that.
        one_shot: it does its work and ends: being stopped with exit code 0 is right.
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
    role: str = ""
    container: str | None = None
    image: str | None = None
    health: str | None = None
    restarts: int | None = None
    ready_after: float | None = None
    one_shot: bool = False

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

    def unavailable(self) -> NotReadyError | None:
        """Why it cannot be used on this machine; None when it can."""

    def suits(self, settings: Settings) -> bool:
        """Whether ``auto`` may take it for this project; cheap."""

    def active(self, settings: Settings) -> bool:
        """Whether something of this project runs in it now; cheap."""

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


def pick(settings: Settings, name: str | None = None, *, reporter: Reporter | None = None) -> Runtime:
    """The runtime for a project: the one that was asked for, else the one in which it runs, else the first
    that suits it and that this machine can use.

    Args:
        reporter: told why one that suits the project is not used.

    Raises:
        UsageError: there is none of that name.
        NotReadyError: it cannot be used here.
    """
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
    if wanted == "auto":
        found = [runtime for runtime in found if runtime.suits(settings)]
        # The cheapest question first: a record on the disk, then the engine.
        for runtime in sorted(found, key=lambda runtime: -runtime.ORDER) if len(found) > 1 else ():
            if runtime.active(settings):
                return runtime
    reasons: list[str] = []
    for runtime in found:
        why = runtime.unavailable()
        if why is None:
            if reasons and reporter:
                reporter.note(f"runtime {runtime.NAME}: {'; '.join(reasons)}")
            return runtime
        if wanted != "auto":
            raise why
        reasons.append(f"{runtime.NAME}: {why.message}")
    raise NotReadyError(
        "no runtime can be used on this machine",
        code="runtime.unavailable",
        detail="\n".join(reasons),
        hint="on Windows, run lkm inside WSL2: https://learn.microsoft.com/windows/wsl/install",
    )


def _load(name: str) -> Runtime:
    return cast("Runtime", import_module(f"{runtimes.__name__}.{name}"))
