"""Bugs: the traceback goes to a log file, the user gets one line that names it."""

from __future__ import annotations

import os
import platform
import sys
import traceback
from pathlib import Path

from .. import __version__
from .files import private_directory
from .paths import state_dir
from .secret import redact

_KEEP = 10


def write_log(error: BaseException, command: str) -> Path | None:
    """Write the traceback, secrets masked; None when even that is impossible."""
    import time

    try:
        folder = private_directory(state_dir() / "crashes")
        path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        path.write_text(
            redact(
                f"lkm {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
                f"command: {command}\n\n" + "".join(traceback.format_exception(error))
            ),
            encoding="utf-8",
        )
        for old in sorted(folder.glob("*.log"))[:-_KEEP]:
            old.unlink(missing_ok=True)
    except Exception:  # the report of a crash must never be one itself
        return None
    return path


def show_traceback(error: BaseException) -> None:
    """For LKM_TRACEBACK=1: the traceback on stderr, secrets masked."""
    sys.stderr.write(redact("".join(traceback.format_exception(error))))
