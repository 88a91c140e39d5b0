"""The stack in containers: Compose brings it up and down, the engine is asked what it does.

The commands call these five; each import waits until it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...core.report import Reporter
from ...core.settings import Settings
from ..exclusive import locked

if TYPE_CHECKING:
    from ..logs import Line, Query
    from ..runtime import DownOptions, Outcome, UpOptions

__all__ = ["down", "logs", "restart", "status", "up"]


def up(settings: Settings, reporter: Reporter, options: UpOptions) -> Outcome:
    """Start every service that does not run as it is written, and wait until all of them are ready.

    Raises:
        NotReadyError: no engine, no Compose, no image, a port is taken, or the disk is full.
        ConfigError: the Compose files, .env, livekit.yaml or the keys are wrong.
        HealthTimeoutError: a service did not become ready; the containers stay.
        LkmError: a service ended, a build failed, or another lkm has been at work here for too long.
    """
    from .start import up as start

    with _at_work(settings, reporter, "lkm up"):
        return start(settings, reporter, options)


def down(settings: Settings, reporter: Reporter, options: DownOptions) -> Outcome:
    """Stop and remove the containers; calls may end first, data stays.

    Raises:
        NotReadyError: no engine.
        UsageError: data shall go, and nobody has said yes to that.
        LkmError: the engine refuses, or another lkm has been at work here for too long.
    """
    from ...core.state import NAME
    from .stop import down as stop

    if not (settings.root / NAME).exists():
        return stop(settings, reporter, options)  # nothing to lock, and no reason to make a folder
    with _at_work(settings, reporter, "lkm down"):
        return stop(settings, reporter, options)


def restart(settings: Settings, reporter: Reporter, up: UpOptions, down: DownOptions) -> Outcome:
    """Stop and start; what changed is made anew. What can be refused is refused before the stop.

    Raises:
        As ``up`` and ``down``.
    """
    from .again import restart as again

    with _at_work(settings, reporter, "lkm restart"):
        return again(settings, reporter, up, down)


def status(settings: Settings) -> Outcome:
    """What is there now.

    Raises:
        NotReadyError: no engine.
    """
    from .look import status as look

    return look(settings)


def logs(settings: Settings, query: Query) -> Iterator[Line]:
    """What the services said, merged, oldest line first.

    Raises:
        NotReadyError: no engine.
        UsageError: there is no such service.
    """
    from .says import read

    return read(settings, query)


@contextmanager
def _at_work(settings: Settings, reporter: Reporter, why: str) -> Iterator[None]:
    from . import orphans

    killed = orphans.before(settings)
    with locked(settings, reporter, why):
        if killed:
            orphans.end(settings, reporter)
        yield
