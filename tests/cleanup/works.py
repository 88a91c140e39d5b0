"""An app on disk as the steps of a cleanup get it, with some of its files gone already."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from livekit_migrate.app.look import look
from livekit_migrate.cleanup.recipe import Recipe, load
from livekit_migrate.cleanup.work import Decision, Work

from .apps import write


def work_of(
    folder: Path, files: Mapping[str, str], *, gone: tuple[str, ...] = (), recipe: Recipe | None = None
) -> Work:
    """The work on these files, ``gone`` planned to be deleted."""
    made = Work(look(write(folder, files)), recipe or load("mediasoup"))
    for path in gone:
        made.put(path, None)
    return made


def text(work: Work, path: str) -> str:
    """A file as the plan leaves it."""
    data = work.now(path)
    assert data is not None, f"{path} is gone"
    return data.decode()


def rules(work: Work, *, done: bool) -> list[tuple[str, str]]:
    """Rule and file of each decision."""
    return [(each.rule, each.file) for each in work.decisions if each.done is done]


def reason(work: Work, rule: str) -> Decision:
    """The one decision of a rule."""
    (found,) = [each for each in work.decisions if each.rule == rule]
    return found
