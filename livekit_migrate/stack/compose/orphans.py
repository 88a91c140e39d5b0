"""A Compose that an lkm that was killed left at work: it must not race with the next command."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from ...core.lock import holder
from ...core.report import Reporter
from ...core.settings import Settings
from ..exclusive import lock_of
from .files import folders

_END_SECONDS = 3.0


def before(settings: Settings) -> bool:
    """Whether the last one that held the stack's lock died with it. Ask before the lock is taken."""
    import psutil

    who = holder(lock_of(settings))
    return who is not None and not psutil.pid_exists(who.pid)


def end(settings: Settings, reporter: Reporter) -> None:
    """End every Compose that works on this project. The caller holds the lock: none of them is rightful."""
    import psutil

    places = folders(settings)
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and _is_ours(process.cmdline(), places):
                found.append(process)
    for process in found:
        with contextlib.suppress(psutil.Error, OSError):
            process.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs(found, timeout=_END_SECONDS)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    if found:
        pids = ", ".join(str(process.pid) for process in found)
        reporter.note(f"an lkm that was killed left Compose at work (PID {pids}): it was ended")


def _is_ours(words: list[str], places: Sequence[Path]) -> bool:
    """``docker compose --project-directory FOLDER …``, and the plugin that docker starts for it."""
    if "compose" not in words[:3] or "--project-directory" not in words:
        return False
    return words[words.index("--project-directory") + 1 :][:1] in [[str(place)] for place in places]
