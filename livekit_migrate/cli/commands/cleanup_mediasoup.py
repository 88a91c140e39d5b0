"""`lkm cleanup-mediasoup`: `lkm cleanup mediasoup` in one word."""

from __future__ import annotations

from typing import Any

from ...core.result import Result
from ..base import Run, command, single, with_options_of
from .cleanup import cleanup

HELP = "Take Mediasoup out after the move: the flag, the code, the dependencies, the services."
ORDER = 8


@command("cleanup-mediasoup", formats=True)
@with_options_of(cleanup, without="recipe")
def cleanup_mediasoup(run: Run, **options: Any) -> Result:
    """Take Mediasoup out of an app that calls on LiveKit by now. A dry run unless --apply.

    The same as `lkm cleanup mediasoup`: the flag is folded to LiveKit, what nothing uses any more goes, with
    dependencies, lockfiles, variables, services and ports. What cannot be proven stays, and is listed.
    """
    from ..cleanup_run import Wanted, clean

    return clean(run, Wanted(recipe="mediasoup", words="lkm cleanup-mediasoup", **options))


app = single(cleanup_mediasoup)
