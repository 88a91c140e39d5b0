"""What a person sees in the terminal: the whole on one screen."""

from __future__ import annotations

from ..core.counting import count
from ..core.document import Block, Document, Grid, Heading
from .inventory import Scan
from .rows import said_of
from .shape import actions
from .words import asked, flavour, headline, hours, livekit, place, some, unique

_FILES = 8


def summary(scan: Scan) -> Document:
    """The summary of a scan."""
    blocks: list[Block] = [Grid(("", ""), _facts(scan))]
    if scan.used:
        blocks += [*_calls(scan), *_files(scan), *_questions(scan)]
        blocks += _effort(scan) if scan.effort.phases else []
    elif scan.artefacts:
        rows = [(each.kind, _lines(each.file, each.lines)) for each in scan.artefacts[:_FILES]]
        rest = len(scan.artefacts) - _FILES
        rows += [("", f"and {count(rest, 'more file')}")] if rest > 0 else []
        blocks += [Heading("Still named in"), Grid(("", ""), rows)]
    blocks += _unread(scan)
    return Document(headline(scan), tuple(blocks))


def _facts(scan: Scan) -> list[tuple[str, str]]:
    rows = [("folder", str(scan.root))]
    if scan.version.flavour != "none":
        rows.append(("version", flavour(scan)))
    packages = [f"{asked(each)} ({place(each.file, each.line)})" for each in scan.version.packages]
    if packages:
        rows.append(("asks for", some(packages, 3)))
    users = _users(scan)
    if users:
        rows.append(("in", some(users, 4)))
    if scan.version.signalling and scan.used:
        through = ", ".join(scan.version.signalling)
        found = count(len(scan.messages), "message") if scan.messages else "no message by a literal name"
        rows.append(("signalling", f"{through}; {found}"))
    if scan.artefacts and scan.used:
        rows.append(("goes with it", _kinds(scan)))
    rows.append(("LiveKit", livekit(scan)))
    return rows


def _users(scan: Scan) -> list[str]:
    """The packages whose files use Mediasoup, with their frameworks."""
    owners = unique(p.folder for file in scan.files if (p := scan.app.package_of(file)) is not None)
    said = []
    for folder in owners:
        names = ", ".join(f.label for f in scan.app.frameworks.get(folder, ()))
        said.append(f"{folder or 'the top folder'}{f' ({names})' if names else ''}")
    return said


def _kinds(scan: Scan) -> str:
    counts: dict[str, int] = {}
    for each in scan.artefacts:
        counts[each.kind] = counts.get(each.kind, 0) + 1
    return ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items(), key=lambda item: -item[1]))


def _calls(scan: Scan) -> list[Block]:
    found = actions(scan)
    rows = [(said_of(key), str(number)) for key, number in found.items() if number]
    inferred = sum(call.confidence == "inferred" for call in scan.calls)
    if inferred:
        rows.append(("of these inferred", str(inferred)))
    return [Heading("Calls, by what has to be done"), Grid(("", ""), rows)] if rows else []


def _files(scan: Scan) -> list[Block]:
    ordered = sorted(scan.files.items(), key=lambda item: -sum(item[1]))
    rows = [
        (str(sites or ""), str(calls or ""), f"{path} ({count(scan.lines.get(path, 0), 'line')})")
        for path, (sites, calls) in ordered[:_FILES]
    ]
    rest = len(ordered) - _FILES
    rows += [("", "", f"and {count(rest, 'more file')}")] if rest > 0 else []
    return [Heading("Where"), Grid(("imports", "calls", "file"), rows, frozenset({0, 1}))]


def _questions(scan: Scan) -> list[Block]:
    if not scan.questions:
        return []
    rows = []
    for number, each in enumerate(scan.questions, 1):
        first = each.places[0]
        more = f" and {len(each.places) - 1} more" if len(each.places) > 1 else ""
        rows.append((f"{number}.", f"{each.ask} {first.file}:{first.line}{more}"))
    return [Heading("To be answered first"), Grid(("", ""), rows)]


def _effort(scan: Scan) -> list[Block]:
    total = hours(scan.effort.low, scan.effort.high)
    rows = [(hours(phase.low, phase.high), phase.name) for phase in scan.effort.phases]
    return [Heading(f"Effort: {total}, an estimate from these counts"), Grid(("", ""), rows, frozenset({0}))]


def _unread(scan: Scan) -> list[Block]:
    if not scan.unread:
        return []
    rows = [(each.kind, f"{place(each.file, each.line)}: {each.why}") for each in scan.unread]
    shown = rows[:5]
    if len(rows) > 5:
        shown.append(("", f"and {len(rows) - 5} more; --json has them all"))
    return [Heading("Not read, or not all of it"), Grid(("", ""), shown)]


def _lines(file: str, lines: list[int]) -> str:
    return f"{file}:{lines[0]}" if lines else file
