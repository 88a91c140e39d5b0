"""What `lkm init` is asked, what it collects on its way, and the plan that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..app.look import App
from ..core.changes import ChangeSet
from ..core.result import Finding
from .edits.model import Outcome
from .files import Settled
from .sides import Side

Ask = Callable[[str, Sequence[Side], str], Side | None]
"""Asks which of several packages is a side: what it is called, the candidates, the option that says it."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user said.

    Args:
        web, server: a folder or a package's name; ``none``; None where nothing was said.
        seams: ``FILE#EXPORT`` each.
        authorize: ``FILE#EXPRESSION``: the app's own decision who may join; ``""`` for the template's.
        edit_compose: whether a Compose file of the app's own may be edited.
        folder: templates from elsewhere, for tests.
    """

    web: str | None = None
    server: str | None = None
    seams: tuple[str, ...] = ()
    authorize: str = ""
    edit_compose: bool = False
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What `lkm init` would do.

    Args:
        settled: the templates' files, with what becomes of each.
        outcomes: the edits of the app's own files.
    """

    app: App
    web: Side | None
    server: Side | None
    changes: ChangeSet
    settled: tuple[Settled, ...]
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...]
    answers: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether nothing is left to the user."""
        return not any(each.status == "fail" for each in self.findings)


@dataclass(slots=True)
class Work:
    """What a run has found so far.

    Args:
        texts: file → its new bytes.
    """

    findings: list[Finding] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
