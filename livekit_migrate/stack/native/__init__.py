"""A livekit-server as a process of this machine: started, watched, drained, read.

The commands and `lkm demo` call these five; each import waits until it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...core.report import Reporter
from ...core.settings import Settings
from ..exclusive import locked

if TYPE_CHECKING:
    from ..logs import Line, Query
    from ..runtime import DownOptions, Outcome, UpOptions

__all__ = ["down", "logs", "restart", "status", "up"]


def up(settings: Settings, reporter: Reporter, options: UpOptions) -> Outcome:
    """Start the server unless it runs, and wait until it is ready.

    Raises:
        ConfigError: keys or livekit.yaml are wrong, also in the eyes of the server itself.
        NotReadyError: a port is taken, or there is no server program and none can be got.
        HealthTimeoutError: it did not become ready in ``options.timeout`` seconds; it is stopped then.
        LkmError: it ended at once, or another lkm has been at work here for too long.
    """
    from .plan import prepare
    from .start import start

    settings = _for_native(settings, options)
    with locked(settings, reporter, "lkm up"):
        return start(settings, reporter, options, prepare(settings, reporter, "lkm up"))


def down(settings: Settings, reporter: Reporter, options: DownOptions) -> Outcome:
    """Stop the server; calls may end first.

    Raises:
        LkmError: a process belongs to somebody else, or another lkm has been at work here for too long.
    """
    from ...core.state import NAME
    from .stop import stop

    if not (settings.root / NAME).exists():
        return stop(settings, reporter, options)  # nothing to lock, and no reason to make a folder
    with locked(settings, reporter, "lkm down"):
        return stop(settings, reporter, options)


def restart(settings: Settings, reporter: Reporter, up: UpOptions, down: DownOptions) -> Outcome:
    """Stop and start, with keys and configuration read anew. What can be refused is refused before the stop.

    Raises:
        As ``up`` and ``down``.
    """
    from dataclasses import replace

    from .plan import prepare
    from .start import start
    from .stop import stop

    settings = _for_native(settings, up)
    with locked(settings, reporter, "lkm restart"):
        plan = prepare(settings, reporter, "lkm restart", fetch=True)
        stopped = stop(settings, reporter, down)
        return replace(start(settings, reporter, up, plan), left=stopped.left)


def status(settings: Settings) -> Outcome:
    """What is there now; nothing is waited for but one answer of each kind."""
    from .look import look

    return look(settings)


def logs(settings: Settings, query: Query) -> Iterator[Line]:
    """The server's log, oldest line first."""
    from .. import supervise
    from ..logs import read
    from .record import folder_of

    return read(folder_of(settings) / supervise.LOG, query)


def _for_native(settings: Settings, options: UpOptions) -> Settings:
    """The settings with ``--port-offset`` in them.

    Raises:
        UsageError: a service is named that only containers can be, or a port would be none.
    """
    from dataclasses import replace

    from ...core.errors import UsageError

    for name in options.services:
        if name != "livekit":
            raise UsageError(
                f"without containers there is no service {name}: native runs livekit alone",
                code="native.no-service",
                hint="lkm up --runtime compose",
            )
    if not options.port_offset:
        return settings
    moved = {
        name: settings.number(name) + options.port_offset
        for name in ("ports.signal", "ports.rtc_tcp", "ports.rtc_udp")
    }
    if not all(1 <= number <= 65535 for number in moved.values()):
        raise UsageError(f"--port-offset {options.port_offset}: a port would be none", code="ports.offset")
    return replace(settings, values={**settings.values, **moved})
