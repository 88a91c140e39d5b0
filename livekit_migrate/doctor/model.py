"""What a check is: one file in ``checks/``, with what it looks at, why that matters and how it is mended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..core.result import Finding, Fix, Location, Status

if TYPE_CHECKING:
    from ..core.changes import ChangeSet
    from .context import Context

Category = Literal[
    "machine", "docker", "project", "env", "config", "network", "stack", "app", "security", "remote"
]
CATEGORIES: tuple[Category, ...] = (
    "machine", "docker", "project", "env", "config", "network", "stack", "app", "security", "remote",
)  # fmt: skip
"""In the order in which people see them: each stands on those before it."""

Mode = Literal["project", "url"]
"""``project``: `lkm doctor` in a folder; ``url``: `lkm doctor --url`, which needs no folder."""

PROJECT: frozenset[Mode] = frozenset({"project"})
URL: frozenset[Mode] = frozenset({"url"})
BOTH: frozenset[Mode] = PROJECT | URL

OUT_OF_TIME = "doctor.time"
"""The code of an LkmError with which a check says that it had no time, instead of that it does not apply."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a check fails, for the table of docs/checks.md.

    Args:
        fault: what is wrong, in a few words.
        says: the title of the finding, with `…` for what differs.
        plainly: what the same fault looks like with curl, docker logs or a browser.
        recorded: tests do not provoke it: they judge what another system, place, clock or network said.
    """

    fault: str
    says: str
    plainly: str
    recorded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at.

    Args:
        id: stable: ``category.name``; findings have it too, or one of their own below the same name.
        title: what holds when all is well: ``A Docker engine answers``.
        needs: ids of checks without whose success this one says nothing: where one failed or was skipped,
            this is skipped with the reason, and folded under it.
        after: ids of checks that must be over first, whatever came of them; ``Context.said`` reads them.
        modes: in which ways of asking it takes part.
        network: it asks other machines: ``--offline`` skips it, ``--timeout`` bounds all of them together.
        seconds: its bound; what takes longer is skipped, and says so.
        why: why it matters, one or two sentences.
        source: where the fact comes from: a thread, a place in the server's source, a manual.
        evidence: what to look for by hand.
        remedy: how it is mended, in general.
        run: yields findings, made with ``found``. Nothing yielded means that all is well. An ``LkmError``
            that it raises is a reason to skip it; any other exception a bug of the check itself.
            ``not_ready=True`` in the evidence of a failure makes it one of the environment (exit 3).
        fix: the change that mends one of its findings, None where there is none. With ``Fix.safe`` of that
            finding `--fix` carries it out, else `--unsafe` does.
        causes: ids of checks or findings of which its own failures are symptoms: where one of them failed,
            they are shown under it. A single finding names its cause with ``found(cause=…)``.
        order: its place within its category.
        faults: rows of the table in docs/checks.md.
    """

    id: str
    title: str
    category: Category
    run: Callable[[Context], Iterable[Finding]]
    why: str
    source: str
    evidence: str
    remedy: str
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    modes: frozenset[Mode] = PROJECT
    network: bool = False
    seconds: float = 2.0
    fix: Callable[[Context, Finding], ChangeSet | None] | None = None
    causes: tuple[str, ...] = ()
    order: int = 50
    faults: tuple[Fault, ...] = ()

    def found(
        self,
        status: Status,
        title: str,
        detail: str = "",
        /,
        *,
        id: str = "",  # noqa: A002 - as Finding has it
        at: Location | None = None,
        fix: Fix | None = None,
        cause: str | tuple[str, ...] = (),
        **evidence: Any,
    ) -> Finding:
        """A finding of this check.

        Args:
            detail: why, and what follows from it; lines are shown below the title.
            id: where the check has several kinds of findings: one below its own.
            cause: id of the check or finding of which this is a symptom; of several the first that failed.
            evidence: what was seen: the bytes, the address, the line; JSON values only.
        """
        more = {"cause": cause if isinstance(cause, str) else list(cause)} if cause else {}
        return Finding(id or self.id, status, title, detail, self.category, at, {**evidence, **more}, fix)

    def ok(self, title: str = "", /, **evidence: Any) -> Finding:
        """All is well; the title says what was seen."""
        return self.found("ok", title or self.title, **evidence)

    def skip(self, reason: str) -> Finding:
        """It does not apply here."""
        return self.found("skip", f"{self.title}: not looked at", reason)

    def late(self, reason: str) -> Finding:
        """It would apply, but its time was over: what it looks at is not known."""
        return self.found("skip", f"{self.title}: not looked at", reason, late=True)
