"""From findings to a diagnosis: symptoms are folded under their cause, and the gravest cause comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..core.result import Finding, Status
from .model import CATEGORIES
from .runner import Outcome

GRAVITY: dict[Status, int] = {"fail": 0, "warn": 1, "info": 2, "skip": 3, "ok": 4}


@dataclass(frozen=True, slots=True)
class Cause:
    """A finding that stands on its own, with those that come of it."""

    finding: Finding
    symptoms: tuple[Finding, ...] = ()

    @property
    def status(self) -> Status:
        """The gravest of all."""
        return min((one.status for one in (self.finding, *self.symptoms)), key=GRAVITY.__getitem__)

    @property
    def weight(self) -> tuple[int, bool]:
        """What comes first: the graver, and of two alike the one that more comes of."""
        explains = any(GRAVITY[one.status] <= GRAVITY["warn"] for one in self.symptoms)
        return GRAVITY[self.status], not explains


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What there is to say, the gravest first.

    Args:
        causes: every finding once, as a cause or as a symptom of one; categories with failures first, within
            a category by gravity, then as the checks are listed.
    """

    causes: tuple[Cause, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All in the order in which they are shown; a symptom's evidence says what it is folded under."""
        return tuple(
            finding
            for cause in self.causes
            for finding in (cause.finding, *(_marked(one, cause.finding) for one in cause.symptoms))
        )

    @property
    def problems(self) -> tuple[Cause, ...]:
        """The causes that fail or warn."""
        return tuple(cause for cause in self.causes if GRAVITY[cause.status] <= GRAVITY["warn"])


def diagnose(outcomes: Sequence[Outcome]) -> Diagnosis:
    """Fold what the checks found.

    Args:
        outcomes: in the order in which people see the checks.
    """
    found = [
        (outcome, replace(finding, seconds=outcome.seconds if number == 0 else None))
        for outcome in outcomes
        for number, finding in enumerate(outcome.findings)
    ]
    roots = _roots(found)
    under: dict[int, list[Finding]] = {}
    alone: list[int] = []
    for number, (_, finding) in enumerate(found):
        root = _root(number, found, roots)
        if root == number:
            alone.append(number)
        else:
            under.setdefault(root, []).append(finding)
    causes = [Cause(found[number][1], tuple(_sorted(under.get(number, [])))) for number in alone]
    gravest: dict[str, tuple[int, bool]] = {}
    for cause in causes:
        gravest[cause.finding.category] = min(cause.weight, gravest.get(cause.finding.category, cause.weight))
    causes.sort(
        key=lambda cause: (
            gravest[cause.finding.category],
            _category(cause.finding),
            cause.weight,
        )
    )
    return Diagnosis(tuple(causes))


_Found = Sequence[tuple[Outcome, Finding]]


def _roots(found: _Found) -> Mapping[str, int]:
    """By id of a check or finding, what can be a cause: it failed, or warns, or was skipped itself."""
    roots: dict[str, int] = {}
    for number, (outcome, finding) in enumerate(found):
        if finding.status in ("ok", "info"):
            continue
        for name in (finding.id, outcome.check.id):
            if name not in roots or GRAVITY[finding.status] < GRAVITY[found[roots[name]][1].status]:
                roots[name] = number
    return roots


def _root(number: int, found: _Found, roots: Mapping[str, int]) -> int:
    """The cause at the end of the chain that begins at a finding; itself where it is nobody's symptom.

    Of causes in a circle the first one stands for all.
    """
    chain = [number]
    while (above := _above(chain[-1], found, roots)) is not None:
        if above in chain:
            return min(chain[chain.index(above) :])
        chain.append(above)
    return chain[-1]


def _above(number: int, found: _Found, roots: Mapping[str, int]) -> int | None:
    """What a finding is a symptom of, if of anything."""
    outcome, finding = found[number]
    if finding.status in ("ok", "info"):
        return None
    named = _named(finding)
    # A skip is the symptom of what it was skipped for, and of nothing else.
    names = named or ([] if finding.status == "skip" else outcome.check.causes)
    for name in names:
        above = roots.get(name, number)
        if above == number or (found[above][0] is outcome and not named):
            continue
        if _explains(name, found[above][1], finding):
            return above
    return None


def _explains(name: str, cause: Finding, symptom: Finding) -> bool:
    """Whether a finding may stand above another, having been named by an id.

    What was not looked at explains no failure. A warning explains one only where it was meant itself: that a
    check has warned of something says little.
    """
    if cause.status == "skip":
        return symptom.status == "skip"
    return cause.status == "fail" or symptom.status != "fail" or cause.id == name


def _named(finding: Finding) -> list[str]:
    """The causes that a finding names itself."""
    named = finding.evidence.get("cause") or []
    return [named] if isinstance(named, str) else list(named)


def _sorted(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (GRAVITY[finding.status], _category(finding)))


def _category(finding: Finding) -> int:
    known = [name for name in CATEGORIES if name == finding.category]
    return CATEGORIES.index(known[0]) if known else len(CATEGORIES)


def _marked(symptom: Finding, cause: Finding) -> Finding:
    return replace(symptom, evidence={**symptom.evidence, "folded_under": cause.id})
