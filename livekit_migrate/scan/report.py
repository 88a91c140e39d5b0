"""The report of a scan, which is also the migration plan: what is there, what to decide, what to do."""

from __future__ import annotations

from ..core.counting import count
from ..core.document import Block, Document, FileMap, Grid, Heading, Item, Items, MappedFile, Paragraph, code
from .artefacts import WHAT
from .effort import BASIS
from .facts import Call
from .inventory import Scan
from .places import is_test
from .rows import row, said_of
from .signalling import Exchange
from .steps import steps
from .words import asked, by_file, flavour, headline, hours, livekit, place, some, span, unique

TITLE = "From Mediasoup to LiveKit"


def report(scan: Scan) -> Document:
    """The whole report."""
    blocks: list[Block] = [Paragraph(headline(scan) + ".", strong=True), *_there(scan)]
    if scan.version.flavour in ("library", "v2", "native"):
        blocks.append(Paragraph(flavour(scan), strong=True))
    if scan.used:
        blocks += _questions(scan)
        blocks += steps(scan) if scan.effort.phases else []
        blocks += [*_messages(scan), *_calls(scan), *_files(scan)]
    blocks += [*_artefacts(scan), *_effort(scan), *_limits(scan)]
    return Document(TITLE, tuple(blocks))


def _there(scan: Scan) -> list[Block]:
    rows = [("Mediasoup", flavour(scan))]
    rows += [
        ("asks for", f"{asked(each)} in {place(each.file, each.line)}") for each in scan.version.packages
    ]
    app = scan.app
    users = unique(p.folder for file in scan.files if (p := app.package_of(file)) is not None)
    for folder in users:
        names = ", ".join(f.label for f in app.frameworks.get(folder, ())) or "no framework known to lkm"
        rows.append(("used in", f"{code(folder) or 'the top folder'}: {names}"))
    if app.workspace.file:
        rows.append(("workspace", f"{', '.join(app.workspace.tools)}, by {code(app.workspace.file)}"))
    if app.manager.name:
        rows.append(("installed by", f"{app.manager.name} {app.manager.version}".strip()))
    if len({lock.rpartition("/")[0] for lock in app.manager.lockfiles}) < len(app.manager.lockfiles):
        locks = some([code(each) for each in app.manager.lockfiles])
        rows.append(("more than one lockfile", f"{locks}: only one of them can be right"))
    if scan.version.on_top:
        rows.append(("on top of it", some([code(each) for each in scan.version.on_top])))
    if scan.version.native:
        rows.append(("other languages", some([code(each) for each in scan.version.native])))
    rows.append(("LiveKit", livekit(scan)))
    return [Heading("What is there"), Grid(("", ""), rows), *_livekit(scan)]


def _livekit(scan: Scan) -> list[Block]:
    there = scan.livekit
    rows = [
        ("package", f"{code(name)} {code(version)} in {code(file)}") for name, version, file in there.packages
    ]
    rows += [("imported in", some([code(file) for file in there.files], 8))] if there.files else []
    rows += [("variable", f"{code(name)} in {place(file, line)}") for name, file, line in there.variables]
    rows += [("service", f"{code(name)} in {place(file, line)}") for name, file, line in there.services]
    rows += [("server configuration", code(path)) for path in there.configs]
    rows += [("switch", f"{code(name)} in {place(file, line)}") for name, file, line in there.flags]
    return [Heading("LiveKit so far", 3), Grid(("", ""), rows)] if rows else []


def _questions(scan: Scan) -> list[Block]:
    if not scan.questions:
        return []
    blocks: list[Block] = [
        Heading("Decide first"),
        Paragraph(
            "Each was raised by the lines below it. The answers change the work more than the code does."
        ),
    ]
    for number, each in enumerate(scan.questions, 1):
        places = [f"{place(p.file, p.line)} {code(p.what)}" for p in each.places]
        below = [*places[:6], *([f"and {len(places) - 6} more"] if len(places) > 6 else [])]
        blocks += [
            Heading(f"{number}. {each.ask}", 3),
            Paragraph(each.why),
            Items([Item(text) for text in below]),
        ]
    return blocks


def _messages(scan: Scan) -> list[Block]:
    if not scan.messages:
        return []
    media = [each for each in scan.messages if each.row is not None]
    rest = [each for each in scan.messages if each.row is None]
    blocks: list[Block] = [Heading("Signalling messages")]
    if media:
        rows = [(code(m.name), _direction(m), _ends(m), m.livekit) for m in media]
        blocks.append(Grid(("message", "goes", "where", "what takes its place"), rows))
    if rest:
        names = some([code(each.name) for each in rest], 40)
        blocks.append(Paragraph(f"By their names not about media, so the socket keeps them: {names}."))
    return blocks


def _direction(each: Exchange) -> str:
    return {"client-to-server": "to the server", "server-to-client": "to the client"}.get(each.direction, "?")


def _ends(each: Exchange) -> str:
    sent = some([place(m.file, m.line) for m in each.sent], 2)
    answered = some([span(m) for m in each.answered], 2)
    said = [f"answered in {answered}" if answered else "no handler was found by this name"]
    said.append(f"sent from {sent}" if sent else "no sender was found")
    if each.named:
        said.append(f"the name also stands in {some([place(file, line) for file, line in each.named], 3)}")
    return "; ".join(said)


def _calls(scan: Scan) -> list[Block]:
    if not scan.calls:
        return []
    by_row: dict[int | None, list[Call]] = {}
    for call in scan.calls:
        by_row.setdefault(call.row, []).append(call)
    rows = []
    for number in sorted(by_row, key=lambda n: (n is None, n)):
        calls, found = by_row[number], row(number)
        methods = some(unique(code(call.method) for call in calls), 5)
        where = some(by_file(((c.file, c.line) for c in calls), 6), 4)
        if found:
            rows.append(
                (
                    str(number),
                    found.topic,
                    methods,
                    str(len(calls)),
                    said_of(found.action),
                    found.livekit,
                    where,
                )
            )
        else:
            rows.append(("", "unknown to the mapping", methods, str(len(calls)), "look at each", "", where))
    inferred = sum(call.confidence == "inferred" for call in scan.calls)
    blocks: list[Block] = [
        Heading("Calls of Mediasoup, by what takes their place"),
        Grid(("row", "topic", "methods", "calls", "work", "in LiveKit", "where"), rows, frozenset({0, 3})),
    ]
    if inferred:
        blocks.append(
            Paragraph(
                f"{count(inferred, 'call')} of these {'is' if inferred == 1 else 'are'} inferred from "
                "names, not "
                "followed to an import; `lkm scan --json` says which."
            )
        )
    return blocks


def _files(scan: Scan) -> list[Block]:
    files = [
        MappedFile(
            path,
            scan.lines.get(path, 0),
            sites + calls,
            f"{count(sites, 'import')}, {count(calls, 'call')}{', a test' if is_test(path) else ''}",
        )
        for path, (sites, calls) in scan.files.items()
    ]
    return [Heading("Files"), FileMap(files, "imports and calls")]


def _artefacts(scan: Scan) -> list[Block]:
    if not scan.artefacts:
        return []
    rows = []
    for each in scan.artefacts:
        lines = ", ".join(str(line) for line in each.lines[:8]) + (" …" if len(each.lines) > 8 else "")
        words = some([code(word) for word in unique(hit.word for hit in each.hits)], 6)
        rows.append((code(each.file), WHAT[each.kind], lines, words))
    return [Heading("What goes with it"), Grid(("file", "what", "lines", "says"), rows)]


def _effort(scan: Scan) -> list[Block]:
    if not scan.effort.phases:
        return []
    rows = []
    for phase in scan.effort.phases:
        counts = ", ".join(f"{name}: {number}" for name, number in phase.counts.items() if number)
        rows.append((phase.name, hours(phase.low, phase.high), counts))
    total = hours(scan.effort.low, scan.effort.high)
    return [
        Heading("Effort"),
        Paragraph(f"{total} altogether. This is an estimate, {BASIS}."),
        Grid(("phase", "hours", "counted"), rows, frozenset({1})),
    ]


def _limits(scan: Scan) -> list[Block]:
    items = [Item(f"{place(each.file, each.line)}: {each.why}") for each in scan.unread[:40]]
    if len(scan.unread) > 40:
        items.append(Item(f"and {len(scan.unread) - 40} more"))
    blocks: list[Block] = [
        Heading("What this does not know"),
        Paragraph(
            "It is read off the source: nothing was run. Methods called by a computed name, messages "
            "whose name is a constant (`socket.on(Events.Join)`), code that is fetched "
            "at run time, and what other repositories send to this server are not in it."
        ),
    ]
    if items:
        blocks += [Paragraph("Not read, or not all of it:"), Items(items)]
    return blocks
