"""What of the project's stack runs now, as `lkm status` sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..context import Context
from ._docker import try_job

if TYPE_CHECKING:
    from ...stack.runtime import Outcome


def running(context: Context) -> Outcome | None:
    """The services and their states; None where nothing was ever started here, or it cannot be seen."""
    return context.once("stack.running", lambda: _running(context))


def _running(context: Context) -> Outcome | None:
    from ...stack.native import look as native
    from ...stack.native import record

    folder = record.folder_of(context.settings)
    if folder.exists() and (seen := record.read(folder)) is not None:
        living = record.living(folder, seen)
        if living.any or not try_rows(context):
            return native.look(context.settings, quick=True)
    if not try_rows(context):
        return None
    from ...stack.compose.look import look

    job = try_job(context)
    return look(job, quick=True) if job else None


def try_rows(context: Context) -> bool:
    """Whether there are containers of this project."""
    job = try_job(context)
    return bool(job and job.rows)


def livekit_runs(context: Context) -> bool:
    """Whether a LiveKit server of this project is running."""
    seen = running(context)
    if seen is None:
        return False
    return any(one.running and one.role in ("livekit", "") and one.url for one in seen.services)
