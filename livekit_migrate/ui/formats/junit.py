"""JUnit XML: what CI systems show as test results; each finding is a test, a warning is one that passed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from ...core.result import Finding, Result
from ...core.secret import redact
from ..text import visible
from . import Roots, error_text, message


def render(result: Result, roots: Roots) -> str:
    """One suite per category; what ended the command is a test of its own that errored."""
    by_category: dict[str, list[Finding]] = {}
    for finding in result.findings:
        by_category.setdefault(finding.category or result.command, []).append(finding)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    failures = sum(finding.status == "fail" for finding in result.findings)
    tests = len(result.findings) + bool(result.error)
    name = _attribute(f"lkm {result.command}")
    lines.append(
        f'<testsuites name={name} tests="{tests}" failures="{failures}" errors="{int(bool(result.error))}">'
    )
    for category, findings in by_category.items():
        lines += _suite(category, findings, roots)
    if result.error:
        text = error_text(result.error)
        lines += [
            f'  <testsuite name={name} tests="1" failures="0" errors="1" skipped="0">',
            f"    <testcase classname={name} name={_attribute(result.error.code)}>",
            f"      <error message={_attribute(result.error.message)}>{_text(text)}</error>",
            "    </testcase>",
            "  </testsuite>",
        ]
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _suite(category: str, findings: Sequence[Finding], roots: Roots) -> Iterator[str]:
    counts = {status: sum(f.status == status for f in findings) for status in ("fail", "skip")}
    seconds = sum(finding.seconds or 0 for finding in findings)
    yield (
        f'  <testsuite name={_attribute(category)} tests="{len(findings)}" failures="{counts["fail"]}" '
        f'errors="0" skipped="{counts["skip"]}" time="{seconds:.3f}">'
    )
    for finding in findings:
        yield from _case(finding, roots)
    yield "  </testsuite>"


def _case(finding: Finding, roots: Roots) -> Iterator[str]:
    file = roots.path(finding.location)
    place = f" file={_attribute(file)}" if file else ""
    if file and finding.location and finding.location.line:
        place += f' line="{finding.location.line}"'
    head = (
        f"    <testcase classname={_attribute(finding.id)} name={_attribute(finding.title)}"
        f'{place} time="{finding.seconds or 0:.3f}"'
    )
    text = message(finding, roots)
    match finding.status:
        case "fail":
            words = f"message={_attribute(finding.title)} type={_attribute(finding.id)}"
            inside = f"<failure {words}>{_text(text)}</failure>"
        case "skip":
            inside = f"<skipped message={_attribute(finding.detail or finding.title)}/>"
        case "warn" | "info":
            inside = f"<system-out>{_text(f'{finding.status}: {text}')}</system-out>"
        case _:
            yield f"{head}/>"
            return
    yield f"{head}>"
    yield f"      {inside}"
    yield "    </testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_clean(text).replace("\n", " "))


def _text(text: str) -> str:
    return escape(_clean(text))


def _clean(text: str) -> str:
    """Secrets masked, and no character that XML 1.0 has no place for."""
    shown = visible(redact(text))
    return "".join(c if _allowed(c) else "?" for c in shown)


def _allowed(c: str) -> bool:
    return c in "\n\t" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
