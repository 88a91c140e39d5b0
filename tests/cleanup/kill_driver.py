"""The driver of tests/core, for a cleanup: ``python kill_driver.py HOW ACTION FOLDER``."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from types import SimpleNamespace

from livekit_migrate.cleanup.plan import make_plan
from livekit_migrate.cleanup.recipe import load
from livekit_migrate.cleanup.work import Chosen
from livekit_migrate.core import journal
from livekit_migrate.core.changes import ChangeSet
from livekit_migrate.core.report import Reporter
from tests.cleanup.apps import FILES, write
from tests.core import kill_driver

TITLE = "lkm cleanup mediasoup"
KEPT = (
    "lkm.toml",
    "apps/web/package.json",
    "apps/web/call/useCall.ts",
    "apps/web/call/useLiveKitCall.ts",
    "apps/web/call/useMediasoupCall.ts",
    "apps/web/call/signaling.ts",
    "apps/web/app/page.tsx",
)


def build(root: Path) -> None:
    write(root, {path: FILES[path] for path in KEPT})
    # Alone in its folder, which goes with it.
    (root / "apps/web/media").mkdir()
    (root / "apps/web/call/signaling.ts").rename(root / "apps/web/media/signaling.ts")
    call = root / "apps/web/call/useMediasoupCall.ts"
    call.write_text(call.read_text().replace("./signaling", "../media/signaling"))
    # Here, so that every fork has it: the app is always as it is now when it is asked for.
    plan(root)


@functools.cache
def plan(root: Path) -> ChangeSet:
    """Made once, from the app as it was: what is cut off is the carrying out."""
    made = make_plan(root, load("mediasoup"), Chosen(), Reporter(), title=TITLE)
    return made.changes(root)


if __name__ == "__main__":
    kill_driver.TITLE = TITLE
    kill_driver.build = build
    kill_driver.plan = plan
    kill_driver.journal = SimpleNamespace(  # type: ignore[assignment]
        apply=functools.partial(journal.apply, tidy=True), undo=journal.undo
    )
    kill_driver.main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
