"""Where a LiveKit server can come from: one source, one file; found by listing this folder.

A source has ``NAME``, ``ORDER`` (the lowest is tried first), ``TEXT`` (what is being done, for the step),
``CACHED`` (its product moves into the cache), ``offer`` and ``get``.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from ....core.report import Progress, Reporter


@dataclass(frozen=True, slots=True)
class Offer:
    """What a source can do here, found out without the network."""

    usable: bool
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt to get a server.

    Args:
        work: a private folder on the cache's file system, removed afterwards.
        log: where a build's output goes; kept when it fails.
    """

    version: str
    work: Path
    log: Path
    progress: Progress
    reporter: Reporter


class SourceError(Exception):
    """This source cannot give the server; ``reason`` for the user, ``hint`` what would change that."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class Source(Protocol):
    """A module of this folder."""

    NAME: str
    ORDER: int
    TEXT: str
    CACHED: bool

    def offer(self, version: str) -> Offer:
        """What it could do here; no network, quick."""

    def get(self, job: Job) -> Path:
        """The program.

        Raises:
            SourceError: not from here.
            OSError: the disk of the work folder is full, or fails.
        """


def all_sources() -> list[Source]:
    """Every source, in the order in which they are tried."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return sorted(cast("list[Source]", modules), key=lambda source: source.ORDER)
