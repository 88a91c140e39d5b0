"""Running the checks in a folder, in this process: what each of them said."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from livekit_migrate.core.report import Reporter
from livekit_migrate.core.result import Finding
from livekit_migrate.core.settings import load
from livekit_migrate.doctor.context import Asked
from livekit_migrate.doctor.diagnosis import Diagnosis, diagnose
from livekit_migrate.doctor.session import Session, examine


@dataclass(frozen=True)
class Looked:
    """What the checks said."""

    session: Session
    diagnosis: Diagnosis

    def of(self, check: str) -> list[Finding]:
        """The findings of a check."""
        return [f for one in self.session.outcomes if one.check.id == check for f in one.findings]

    def status(self, check: str) -> str:
        """The gravest of a check."""
        order = ("fail", "warn", "info", "skip", "ok")
        return min((finding.status for finding in self.of(check)), key=order.index)

    def one(self, ident: str) -> Finding:
        """The only finding of an id that is a problem."""
        found = [f for f in self.diagnosis.findings if f.id == ident and f.status in ("fail", "warn", "info")]
        assert len(found) == 1, [(f.id, f.status, f.title) for f in self.diagnosis.findings]
        return found[0]

    @property
    def causes(self) -> list[str]:
        """Ids of what stands on its own as a problem, the gravest first."""
        return [cause.finding.id for cause in self.diagnosis.problems]

    @property
    def failed(self) -> list[str]:
        """Ids of everything that failed."""
        return [finding.id for finding in self.diagnosis.findings if finding.status == "fail"]


def look(
    folder: Path,
    *,
    env: Mapping[str, str] | None = None,
    only: Iterable[str] = (),
    fix: bool = False,
    unsafe: bool = False,
    offline: bool = False,
    build: bool = False,
) -> Looked:
    """Run the checks of a folder, with all the time that they want: what was not done would prove nothing.

    Args:
        env: instead of this process's environment; PATH is added.
    """
    given = {"PATH": os.environ["PATH"], **(env or {})}
    asked = Asked(
        load(folder, env=given), offline=offline, build=build, everything=True, timeout=120.0, env=given
    )
    session = examine(asked, Reporter(), only=tuple(only), fix=fix, unsafe=unsafe)
    return Looked(session, diagnose(session.outcomes))
