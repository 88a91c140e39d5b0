"""Checks run at once: each bounded, in the order of their needs; a broken one stops nobody."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..core.errors import LkmError
from ..core.report import Progress
from ..core.result import Finding
from .context import Context
from .model import OUT_OF_TIME, Check
from .registry import place

_TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one check.

    Args:
        seconds: how long it took.
        broken: it ended in an exception of its own.
    """

    check: Check
    findings: tuple[Finding, ...]
    seconds: float = 0.0
    broken: bool = False

    @property
    def holds(self) -> bool:
        """Whether checks that need this one can say something."""
        failed = any(finding.status == "fail" for finding in self.findings)
        return not self.broken and not failed and not self.skipped

    @property
    def skipped(self) -> bool:
        """Whether nothing was looked at."""
        return all(finding.status == "skip" for finding in self.findings)


def run(checks: Sequence[Check], context: Context, progress: Progress | None = None) -> tuple[Outcome, ...]:
    """Run checks.

    Args:
        checks: with all that they need; of what is missing is assumed that it holds.
        progress: told which checks are waited for.

    Returns:
        One outcome per check, in the order in which people see them, whatever the order in which they ended.
    """
    return _Run(checks, context, progress).all()


@dataclass
class _Run:
    checks: Sequence[Check]
    context: Context
    progress: Progress | None
    start: float = field(default_factory=time.monotonic)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    under_way: dict[str, tuple[Check, float, float]] = field(default_factory=dict)
    """id → check, when it began, when it has to be over."""
    ended: queue.SimpleQueue[tuple[str, tuple[Finding, ...], bool, float]] = field(
        default_factory=queue.SimpleQueue
    )

    def all(self) -> tuple[Outcome, ...]:
        waiting = sorted(self.checks, key=place)
        while waiting or self.under_way:
            waiting = [check for check in waiting if not self._begun(check)]
            if self.under_way:
                self._wait()
        return tuple(self.outcomes[check.id] for check in sorted(self.checks, key=place))

    def _begun(self, check: Check) -> bool:
        """Whether it was started, or skipped; False while something that it waits for is under way."""
        known = {one.id for one in self.checks}
        before = [name for name in (*check.needs, *check.after) if name in known]
        if any(name not in self.outcomes for name in before):
            return False
        missing = next((n for n in check.needs if n in known and not self.outcomes[n].holds), None)
        if missing is not None:
            because = self.outcomes[missing]
            reason = f"{missing} {_how(because)}"
            skipped = check.found("skip", f"{check.title}: not looked at", reason, cause=missing)
            self.outcomes[check.id] = Outcome(check, (skipped,))
        elif check.network and self.context.asked.offline:
            self.outcomes[check.id] = Outcome(check, (check.skip("--offline: no other machine is asked"),))
        else:
            self._start(check, before)
        return True

    def _start(self, check: Check, before: Sequence[str]) -> None:
        began = time.monotonic()
        bound = float("inf") if self.context.asked.everything else began + check.seconds
        if check.network:
            bound = min(bound, self.start + self.context.asked.timeout)
        done = {name: self.outcomes[name].findings for name in before}
        context = replace(self.context, deadline=bound, results=done)
        self.under_way[check.id] = (check, began, bound)
        threading.Thread(target=self._run, args=(check, context), daemon=True, name=check.id).start()

    def _run(self, check: Check, context: Context) -> None:
        """In a thread of its own, which nobody waits for beyond the bound."""
        broken = False
        try:
            found = tuple(check.run(context)) or (check.ok(),)
        except LkmError as error:
            reason = "\n".join(part for part in (error.message, error.detail) if part)
            found = (check.skip(reason) if error.code != OUT_OF_TIME else check.late(reason),)
        except BaseException as error:  # whatever a check does wrong, the others go on
            found, broken = (_broken(check, error),), True
        self.ended.put((check.id, found, broken, time.monotonic()))

    def _wait(self) -> None:
        """Until a check ends or has had its time."""
        first = min(bound for _, _, bound in self.under_way.values())
        if self.progress:
            self.progress.update(", ".join(sorted(self.under_way)))
        # In short pieces: a wait without end would not heed Ctrl-C everywhere.
        pause = min(max(0.0, first - time.monotonic()), _TICK_SECONDS)
        try:
            self._end(*self.ended.get(timeout=pause))
            while True:
                self._end(*self.ended.get_nowait())
        except queue.Empty:
            now = time.monotonic()
        for name, (check, began, bound) in list(self.under_way.items()):
            if now >= bound:
                del self.under_way[name]
                self.outcomes[name] = Outcome(check, (_late(check, bound - began),), now - began)

    def _end(self, name: str, found: tuple[Finding, ...], broken: bool, at: float) -> None:
        if name not in self.under_way:  # it was given up
            return
        check, began, _ = self.under_way.pop(name)
        self.outcomes[name] = Outcome(check, found, at - began, broken)


def _how(outcome: Outcome) -> str:
    if outcome.broken:
        return "is broken"
    failed = any(finding.status == "fail" for finding in outcome.findings)
    return "failed" if failed else "was not looked at"


def _broken(check: Check, error: BaseException) -> Finding:
    """Says which check it is; the traceback is in a log, as for any other bug."""
    from ..core.crash import write_log

    log = write_log(error, f"doctor --only {check.id}")
    said = str(error).splitlines()[0][:200] if str(error) else ""
    where = f"the traceback is in {log}" if log else "the traceback could not be written"
    return check.found(
        "warn",
        f"the check {check.id} itself is broken: {type(error).__name__}" + (f": {said}" if said else ""),
        f"this is a bug in lkm, and says nothing about the project; {where}",
        id="doctor.broken-check",
        check=check.id,
    )


def _late(check: Check, seconds: float) -> Finding:
    if check.network:
        return check.late("the time for all checks of the network was over; --timeout gives them more")
    return check.late(f"not done within {seconds:.2g} s; --all waits for it")
