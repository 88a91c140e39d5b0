"""A livekit-server that is installed already: Homebrew's, a package's, the user's own."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..binary import NAME as PROGRAM
from ..binary import ServerBinary, UnusableError, serves, version_of
from . import Job, Offer, SourceError

NAME = "path"
ORDER = 10
TEXT = "livekit-server on PATH"
CACHED = False


def find(version: str) -> ServerBinary:
    """The program on PATH, if it is the wanted version or a newer patch of it.

    Raises:
        SourceError: it is missing, does not run, or is of another version.
    """
    found = shutil.which(PROGRAM)
    if found is None:
        raise SourceError("none on PATH")
    try:
        has = version_of(Path(found))
    except UnusableError as error:
        raise SourceError(str(error)) from error
    if not serves(has, version):
        minor = version.rpartition(".")[0]
        raise SourceError(f"{found} is {has}; wanted is {version} or a newer {minor}.x")
    return ServerBinary(Path(found), has, NAME)


def offer(version: str) -> Offer:
    try:
        found = find(version)
    except SourceError as error:
        return Offer(False, error.reason)
    return Offer(True, f"{found.path} is {found.version}")


def get(job: Job) -> Path:
    return find(job.version).path
